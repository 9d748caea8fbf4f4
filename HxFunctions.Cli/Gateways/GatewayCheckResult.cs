using HxFunctions.Core.Http;

namespace HxFunctions.Cli.Gateways;

/// <summary>One ask for the canary.</summary>
internal sealed record CanaryAsk(Spelling Spelling, string Method, CanaryVerdict Verdict, RawAnswer? Answer)
{
    /// <summary>Whether this is as it should be.</summary>
    public bool IsClosed =>
        Verdict is CanaryVerdict.Refused or CanaryVerdict.RefusedAsForm or CanaryVerdict.Dropped
        // The guard has only 400 for what is no request's target, and a gateway has no words for that but these.
        || (Verdict == CanaryVerdict.GuardSilent && !GuardedRequest.IsTarget(Spelling.Target));

    public int Status => Answer?.Status ?? 0;
}

/// <summary>The open path: whether it passes, and what it got.</summary>
internal sealed record OpenAsk(string Target, RawAnswer Answer)
{
    public bool IsRefusedByGuard => CanaryJudge.IsClosedByGuard(Answer);

    public bool IsGuardSilent => CanaryJudge.IsGuardSilent(Answer);

    /// <summary>What the backend itself refuses has passed. A server in trouble may be either, and is of no use to callers.</summary>
    public bool Passes => !IsRefusedByGuard && !IsGuardSilent && Answer.Status is > 0 and not (502 or 503 or 504);
}

/// <summary>
/// The open path with an offer to go on in HTTP/2 (<c>Upgrade: h2c</c>). A gateway that passes it on to a backend that agrees has no part
/// in the requests that follow: none of them is asked about.
/// </summary>
internal sealed record UpgradeAsk(string Target, RawAnswer Answer)
{
    public bool IsAccepted => Answer.Status == 101;

    /// <summary>Whatever else came, the connection stays HTTP/1.1; silence proves nothing.</summary>
    public bool IsRefused => !IsAccepted && Answer.Silence is (Silence.None or Silence.Closed);
}

/// <summary>What an ask takes with and without the guard: medians.</summary>
/// <param name="Asks">Of each kind.</param>
/// <param name="Through">Through the gateway.</param>
/// <param name="Direct">Without the guard.</param>
/// <param name="Fault">Why it could not be measured; empty: it was.</param>
internal sealed record AddedTime(int Asks, TimeSpan Through, TimeSpan Direct, int ThroughStatus, int DirectStatus, string Fault = "")
{
    public TimeSpan Added => Through - Direct;

    /// <summary>Whether both were given the same kind of answer: otherwise the work behind may differ, too.</summary>
    public bool IsSameAnswer => ThroughStatus == DirectStatus;
}

/// <summary>All that was found at a gateway.</summary>
/// <param name="Canary">The plain ask first.</param>
/// <param name="Undecided">Spellings that aren't asked: the guard can't say what they are.</param>
/// <param name="UndecidedDisguises">Disguises of which nothing is asked for that.</param>
/// <param name="Open"><see langword="null"/>: it wasn't asked.</param>
/// <param name="Upgrade"><see langword="null"/>: it wasn't asked.</param>
/// <param name="RefusesNeighbour">Whether a path beside the canary's is refused as the canary, too.</param>
/// <param name="Time"><see langword="null"/>: not asked for, or not worth it.</param>
/// <param name="IsOutOfTime">Whether something wasn't asked for lack of time.</param>
internal sealed record GatewayCheckResult(
    IReadOnlyList<CanaryAsk> Canary,
    int Undecided,
    IReadOnlyList<string> UndecidedDisguises,
    OpenAsk? Open,
    UpgradeAsk? Upgrade,
    bool RefusesNeighbour,
    AddedTime? Time,
    bool IsOutOfTime
)
{
    public CanaryAsk Plain => Canary[0];

    public IEnumerable<CanaryAsk> Through => Canary.Where(ask => ask.Verdict == CanaryVerdict.Through);

    public int Count(CanaryVerdict verdict) => Canary.Count(ask => ask.Verdict == verdict);

    /// <summary>Whether the gateway asks the guard; <see langword="null"/>: it can't be told.</summary>
    public bool? Asks =>
        RefusesNeighbour ? null
        : Count(CanaryVerdict.Refused) > 0 ? true
        : Plain.Verdict == CanaryVerdict.Through ? false
        : null;

    public bool IsGood =>
        Plain.Verdict == CanaryVerdict.Refused
        && !RefusesNeighbour
        && Canary.All(ask => ask.IsClosed)
        && Open is { Passes: true }
        && Upgrade is { IsRefused: true }
        && !IsOutOfTime
        && Time is null or { Fault: "" };
}
