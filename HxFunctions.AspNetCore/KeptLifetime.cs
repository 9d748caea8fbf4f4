using System.Globalization;
using System.Net.Http.Headers;

namespace HxFunctions.AspNetCore;

/// <summary>What may be done with a kept answer.</summary>
internal enum KeptUse
{
    /// <summary>It counts.</summary>
    Fresh,

    /// <summary>It counts, and is asked about again meanwhile.</summary>
    WhileAsking,

    /// <summary>It counts when the guard gives no answer.</summary>
    WithoutAnswer,

    Over,
}

/// <summary>How long an answer may be kept: as <c>Cache-Control</c> says it (RFC 9111 section 5.2.2, RFC 5861).</summary>
/// <param name="MaxAge">How long it counts as it is.</param>
/// <param name="WhileRevalidate">How long after that it counts while it is asked about again.</param>
/// <param name="IfError">How long after <paramref name="MaxAge"/> it counts when there is no answer.</param>
internal sealed record KeptLifetime(TimeSpan MaxAge, TimeSpan WhileRevalidate, TimeSpan IfError)
{
    /// <summary>An hour, as the guard says it. What claims more is not believed.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public KeptUse UseAt(TimeSpan age) =>
        age < MaxAge ? KeptUse.Fresh
        : age - MaxAge < WhileRevalidate ? KeptUse.WhileAsking
        : age - MaxAge < IfError ? KeptUse.WithoutAnswer
        : KeptUse.Over;

    /// <returns>Null: it may not be kept.</returns>
    public static KeptLifetime? Of(HttpResponseHeaders headers)
    {
        CacheControlHeaderValue? control = headers.CacheControl;
        return
            control is { NoStore: false, NoCache: false, Private: true, MaxAge: { } maxAge }
            // What a cache on the way has kept is as old as that cache says; the guard's answers come without one.
            && headers.Age is null
            && !headers.Vary.Contains("*")
            ? new(Bounded(maxAge), Seconds(control, "stale-while-revalidate"), Seconds(control, "stale-if-error"))
            : null;
    }

    private static TimeSpan Seconds(CacheControlHeaderValue control, string name)
    {
        NameValueHeaderValue[] found =
        [
            .. control.Extensions.Where(extension => extension.Name.Equals(name, StringComparison.OrdinalIgnoreCase)),
        ];
        // Said twice it is nothing to rely on.
        return found is [{ Value: { } text }] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            ? Bounded(TimeSpan.FromSeconds(seconds))
            : TimeSpan.Zero;
    }

    private static TimeSpan Bounded(TimeSpan time) => time < Longest ? time : Longest;
}
