using HxFunctions.Cli.Smoke;

namespace HxFunctions.Cli.Gateways;

/// <summary>Why there was no answer.</summary>
internal enum Silence
{
    /// <summary>There was one.</summary>
    None,

    /// <summary>No connection, or no TLS.</summary>
    Unreachable,

    /// <summary>The connection ended before anything came.</summary>
    Closed,

    /// <summary>Nothing came in time.</summary>
    Late,

    /// <summary>What came is no answer of HTTP/1.</summary>
    NotHttp,
}

/// <summary>How an ask ended.</summary>
/// <param name="Answer">Status 0: there was none, and why in words.</param>
/// <param name="RetryAfter">What the answer's Retry-After says, when it says seconds.</param>
/// <param name="IsReusable">Whether another request may follow on the connection.</param>
internal sealed record RawAnswer(SmokeAnswer Answer, Silence Silence, TimeSpan? RetryAfter = null, bool IsReusable = false)
{
    public int Status => Answer.Status;

    public static RawAnswer Without(Silence silence, string why, TimeSpan took) => new(new(0, "", [], false, took, why), silence);
}
