namespace HxFunctions.Cli.Smoke;

/// <summary>A GET that shows whether a guarded prefix works, and changes nothing.</summary>
/// <param name="Path">With the query that keeps the answer short.</param>
/// <param name="Answered">The status that tells that it was let in and looked up.</param>
/// <param name="AdminsOnly">LiteLLM refuses keys without admin rights there. Else 200 for such a key is no fault.</param>
/// <param name="IsGuess">It is the prefix itself: which parameters it wants, and whom it lets in, isn't known.</param>
internal sealed record SafeRead(string Path, int Answered = 200, bool AdminsOnly = true, bool IsGuess = false)
{
    /// <summary>The path alone.</summary>
    public string Route => Path.Split('?', 2)[0];
}

/// <summary>Which GET stands for which guarded prefix: LiteLLM's own (<c>LiteLLMRoutes</c> in its <c>proxy/_types.py</c>), and each other
/// prefix for itself.</summary>
/// <remarks>
/// Who else than an admin is let in follows from <c>non_proxy_admin_allowed_routes_check</c> in <c>proxy/auth/route_checks.py</c> (1.81.9):
/// any key on <c>info_routes</c>, the roles <c>internal_user</c> and <c>internal_user_viewer</c> on <c>spend_tracking_routes</c>, and the
/// second one, or a key with the permission <c>get_spend_routes</c>, on <c>global_spend_tracking_routes</c>. Some endpoints then refuse by
/// themselves (<c>/team/list</c>); <c>/key/list</c> lists the keys of the caller's user.
/// </remarks>
internal static class SafeReads
{
    /// <summary>An id that nobody has: a lookup by it reads one row, or none.</summary>
    private const string UnknownId = "hx-smoke";

    private static readonly Dictionary<string, SafeRead> LiteLlm = new(StringComparer.OrdinalIgnoreCase)
    {
        ["/"] = new("/v1/models", AdminsOnly: false),
        ["/v1"] = new("/v1/models", AdminsOnly: false),
        ["/key"] = new("/key/list?page=1&size=1", AdminsOnly: false),
        ["/v2/key"] = new("/v2/key/info"),
        ["/user"] = new("/user/list?page=1&page_size=1"),
        ["/v2/user"] = new("/v2/user/info", AdminsOnly: false),
        ["/team"] = new("/team/list"),
        ["/v2/team"] = new("/v2/team/list?page=1&page_size=1"),
        ["/organization"] = new("/organization/list", AdminsOnly: false),
        ["/customer"] = new("/customer/list"),
        ["/budget"] = new("/budget/list"),
        ["/credentials"] = new("/credentials"),
        // There is no list; what isn't there is 400, after the key has been looked at.
        ["/invitation"] = new($"/invitation/info?invitation_id={UnknownId}", Answered: 400),
        ["/config"] = new("/config/list?config_type=general_settings"),
        ["/spend"] = new($"/spend/users?user_id={UnknownId}", AdminsOnly: false),
        ["/global"] = new("/global/spend", AdminsOnly: false),
        ["/jwt"] = new("/jwt/key/mapping/list"),
        ["/model"] = new("/model/info", AdminsOnly: false),
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
        // Of a guess, nobody knows who may read it, unless another prefix is asked by this very route.
        bool adminsOnly = LiteLlm.Values.Any(read => read.AdminsOnly && read.Route.Equals(prefix, StringComparison.OrdinalIgnoreCase));
        return unsafeHere ? null : new(prefix, AdminsOnly: adminsOnly, IsGuess: true);
    }
}
