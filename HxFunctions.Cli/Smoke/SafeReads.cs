namespace HxFunctions.Cli.Smoke;

/// <summary>A GET that shows whether a guarded prefix works, and changes nothing.</summary>
/// <param name="Path">With the query that keeps the answer short.</param>
/// <param name="Answered">The status that tells that it was let in and looked up.</param>
/// <param name="OwnData">Any key gets its own data there: 200 for a key that may not administer is no fault.</param>
/// <param name="IsGuess">It is the prefix itself: which parameters it wants isn't known.</param>
internal sealed record SafeRead(string Path, int Answered = 200, bool OwnData = false, bool IsGuess = false)
{
    /// <summary>The path alone.</summary>
    public string Route => Path.Split('?', 2)[0];
}

/// <summary>Which GET stands for which guarded prefix: LiteLLM's own (<c>LiteLLMRoutes</c> in its <c>proxy/_types.py</c>), and each other
/// prefix for itself.</summary>
internal static class SafeReads
{
    /// <summary>An id that nobody has: a lookup by it reads one row, or none.</summary>
    private const string UnknownId = "hx-smoke";

    private static readonly Dictionary<string, SafeRead> LiteLlm = new(StringComparer.OrdinalIgnoreCase)
    {
        ["/"] = new("/v1/models", OwnData: true),
        ["/v1"] = new("/v1/models", OwnData: true),
        ["/key"] = new("/key/list?page=1&size=1"),
        ["/v2/key"] = new("/v2/key/info"),
        ["/user"] = new("/user/list?page=1&page_size=1"),
        ["/v2/user"] = new("/v2/user/info", OwnData: true),
        ["/team"] = new("/team/list"),
        ["/v2/team"] = new("/v2/team/list?page=1&page_size=1"),
        ["/organization"] = new("/organization/list", OwnData: true),
        ["/customer"] = new("/customer/list"),
        ["/budget"] = new("/budget/list"),
        // There is no list; what isn't there is 400, after the key has been looked at.
        ["/invitation"] = new($"/invitation/info?invitation_id={UnknownId}", Answered: 400),
        ["/config"] = new("/config/list?config_type=general_settings"),
        ["/spend"] = new($"/spend/users?user_id={UnknownId}"),
        ["/global"] = new("/global/spend"),
        ["/jwt"] = new("/jwt/key/mapping/list"),
        ["/model"] = new("/model/info", OwnData: true),
    };

    /// <summary>GETs of LiteLLM's that are no mere reads: calls to every model, test messages, an entry in the cache.</summary>
    private static readonly string[] Unsafe = ["/health", "/cache/ping", "/sso"];

    /// <param name="prefix">A rule's, in plain form.</param>
    /// <returns><see langword="null"/> when no GET below it is known to be safe.</returns>
    public static SafeRead? For(string prefix)
    {
        if (LiteLlm.TryGetValue(prefix, out SafeRead? known))
        {
            return known;
        }

        bool unsafeHere = Unsafe.Any(u =>
            prefix.Equals(u, StringComparison.OrdinalIgnoreCase) || prefix.StartsWith(u + "/", StringComparison.OrdinalIgnoreCase)
        );
        return unsafeHere ? null : new(prefix, IsGuess: true);
    }
}
