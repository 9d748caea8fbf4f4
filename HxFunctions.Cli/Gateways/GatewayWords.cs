using System.Globalization;
using HxFunctions.Cli.Smoke;

namespace HxFunctions.Cli.Gateways;

/// <summary>What was found at a gateway, in words: for people first.</summary>
internal static class GatewayWords
{
    public const string AllWell = "The gateway asks the guard, and obeys it.";
    public const string DoesNotAsk = "The gateway does not ask the guard.";
    private const string Canary = "canary";
    private const string GuardIsSilent = "is the guard up, and does the gateway ask it with the right key? hx ready and hx smoke show more";
    private const string Policy =
        "every route and method of the gateway must ask the guard, with the path as it was sent: docs/gateways.md. A guard that has no "
        + "canary is older than hx";

    /// <summary>The one thing to know first.</summary>
    public static string Headline(GatewayCheckResult result) =>
        result switch
        {
            { RefusesNeighbour: true } => "It is unclear whether the gateway asks: it refuses other paths like the canary, too.",
            { Asks: false } => DoesNotAsk,
            { Plain.Verdict: CanaryVerdict.Silent } => $"The gateway gave no answer: {result.Plain.Answer!.Answer.Failure}.",
            { Plain.Verdict: CanaryVerdict.GuardSilent } => "The gateway asks, but the guard gave no usable answer.",
            { Plain.Verdict: CanaryVerdict.ClosedAsAnother } => "The guard closed the canary's path, but not as the canary.",
            { Plain.Verdict: CanaryVerdict.NotLetIn } => $"The gateway lets nobody in without a key ({result.Plain.Status}).",
            { Plain.Verdict: CanaryVerdict.Redirected } => $"The gateway answers with a redirect ({result.Plain.Status}).",
            { Plain.Verdict: CanaryVerdict.RateLimited } => "The gateway limits the request rate (429).",
            { Plain.Verdict: CanaryVerdict.Failure } => $"The gateway answers {result.Plain.Status}, and not with the guard's "
                + "problem body.",
            _ when result.Through.Any() => string.Create(
                CultureInfo.InvariantCulture,
                $"The canary got through in {result.Through.Count()} of {result.Canary.Count} requests."
            ),
            { Upgrade.IsAccepted: true } => "Requests can pass the gateway unasked, through an upgrade to HTTP/2 (h2c).",
            { Open.IsRefusedByGuard: true } => "The gateway asks the guard, but model traffic is refused.",
            { Open.Passes: false } => "The gateway asks the guard, but the open path does not pass.",
            { IsOutOfTime: true } => "The gateway asks the guard, but there was no time to ask everything.",
            { IsGood: false } => "The gateway asks the guard, but some checks failed.",
            _ => AllWell,
        };

    /// <summary>What an ask for the canary got, in a few words.</summary>
    public static string Found(CanaryAsk ask) =>
        ask.Verdict switch
        {
            CanaryVerdict.Refused => $"{ask.Status} by the guard",
            CanaryVerdict.RefusedAsForm => $"{ask.Status}, not by the guard: this form is refused",
            CanaryVerdict.Dropped => "connection closed: this form is refused",
            CanaryVerdict.Through when ask.Answer!.Silence != Silence.None => "got through: the answer is not HTTP/1.1",
            CanaryVerdict.Through => $"got through: {ask.Status}",
            CanaryVerdict.GuardSilent => $"{ask.Status}, closed: no usable answer from the guard",
            CanaryVerdict.ClosedAsAnother => $"{ask.Status} by the guard, but not as the canary",
            CanaryVerdict.NotAsked => "not asked",
            CanaryVerdict.Silent => ask.Answer!.Answer.Failure,
            _ => $"{ask.Status}, not by the guard",
        };

    /// <summary>What to do about it; empty: nothing.</summary>
    public static string Advice(CanaryAsk ask) =>
        ask.IsClosed
            ? ""
            : ask.Verdict switch
            {
                CanaryVerdict.Through => Policy,
                CanaryVerdict.GuardSilent => GuardIsSilent,
                CanaryVerdict.ClosedAsAnother =>
                    "is the guard's GUARD_BASE_PATH right, and does it have the same version as hx? Check again when all "
                        + "dependencies are up",
                CanaryVerdict.NotLetIn => "give the name of its header, and of the variable that holds the key: --header-env NAME=VARIABLE",
                CanaryVerdict.Redirected => "use the URL that it redirects to: https instead of http?",
                CanaryVerdict.RateLimited => "check again later, or give the key a higher limit",
                CanaryVerdict.Failure =>
                    "is the guard up? Some gateways give this answer when they can't ask it. Otherwise the guard isn't asked, "
                        + "and the backend fails",
                CanaryVerdict.Silent => "is the gateway up at this URL? See its log",
                _ => "",
            };

    public static string Found(OpenAsk open) =>
        open switch
        {
            { IsRefusedByGuard: true } => $"{open.Answer.Status} by the guard",
            { IsGuardSilent: true } => $"{open.Answer.Status}: no usable answer from the guard",
            { Answer.Status: 0 } => open.Answer.Answer.Failure,
            _ => open.Answer.Status.ToString(CultureInfo.InvariantCulture),
        };

    public static string Advice(OpenAsk open) =>
        open switch
        {
            { Passes: true } => "",
            { IsRefusedByGuard: true } =>
                "no default rule guards model traffic: is this path guarded on purpose (GUARD_ROUTES)? --open tests another path",
            { IsGuardSilent: true } => GuardIsSilent,
            _ => "is the backend behind the gateway up?",
        };

    public static string Found(UpgradeAsk upgrade) =>
        upgrade switch
        {
            { IsAccepted: true } => "101: further requests pass through this connection unasked",
            { Answer.Silence: Silence.None } => $"{upgrade.Answer.Status}: the connection stays HTTP/1.1",
            { IsRefused: true } => "connection closed: refused",
            _ => upgrade.Answer.Answer.Failure,
        };

    public static string Advice(UpgradeAsk upgrade) =>
        upgrade.IsAccepted
            ? "the gateway must pass on the header Upgrade only if it is websocket, as the ready configurations do: docs/gateways.md"
            : "";

    public static string Found(AddedTime time) =>
        time.Fault.Length > 0
            ? time.Fault
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{time.Through.TotalMilliseconds:0.00} ms with the guard, {time.Direct.TotalMilliseconds:0.00} ms without: "
                    + $"{time.Added.TotalMilliseconds:+0.00;-0.00;0.00} ms (medians of {time.Asks})"
            );

    public static string Advice(AddedTime time) =>
        time.Fault.Length > 0 ? "without this, the added time is unknown"
        : !time.IsSameAnswer
            ? $"not the same work: {time.ThroughStatus} through the gateway, {time.DirectStatus} without; use --direct-header-env for a key"
        : "";

    public static string Found(AllowlistFinding finding) =>
        finding.Rule is null ? "no rule guards it" : $"guarded by the rule {finding.Rule}";

    /// <summary>Everything as results, one for each ask and each entry.</summary>
    public static IReadOnlyList<SmokeResult> Results(GatewayCheckResult? result, IReadOnlyList<AllowlistFinding> allowlist)
    {
        List<SmokeResult> results = [];
        if (result is not null)
        {
            results.AddRange(result.Canary.Select(Of));
            if (result.Open is { } open)
            {
                results.Add(
                    new(
                        "gateway",
                        "open path",
                        $"GET {open.Target}",
                        open.Passes ? SmokeOutcome.Pass : SmokeOutcome.Fail,
                        open.Answer.Answer.Took,
                        Found(open),
                        Advice(open)
                    )
                );
            }

            if (result.Upgrade is { } upgrade)
            {
                results.Add(
                    new(
                        "gateway",
                        "upgrade to HTTP/2 (h2c)",
                        $"GET {upgrade.Target}",
                        upgrade.IsRefused ? SmokeOutcome.Pass : SmokeOutcome.Fail,
                        upgrade.Answer.Answer.Took,
                        Found(upgrade),
                        Advice(upgrade)
                    )
                );
            }

            if (result.RefusesNeighbour)
            {
                results.Add(new("gateway", "another path", "", SmokeOutcome.Fail, TimeSpan.Zero, "refused as the canary", Policy));
            }

            if (result.Time is { } time)
            {
                results.Add(
                    new(
                        "gateway",
                        "added time",
                        "",
                        time.Fault.Length == 0 ? SmokeOutcome.Pass : SmokeOutcome.Fail,
                        TimeSpan.Zero,
                        Found(time),
                        Advice(time)
                    )
                );
            }
        }

        results.AddRange(
            allowlist.Select(one => new SmokeResult(
                "allowlist",
                $"line {one.Entry.Line}",
                $"{one.Entry.Method} {one.Entry.Path}",
                one.Rule is null ? SmokeOutcome.Pass : SmokeOutcome.Fail,
                TimeSpan.Zero,
                Found(one),
                one.Rule is null ? "" : "remove it from the list: the gateway must ask the guard about paths that a rule guards"
            ))
        );
        return results;
    }

    private static SmokeResult Of(CanaryAsk ask) =>
        new(
            Canary,
            ask.Spelling.IsPlain ? "as it is" : ask.Spelling.Disguise,
            $"{ask.Method} {ask.Spelling.Shown}",
            ask.Verdict == CanaryVerdict.NotAsked ? SmokeOutcome.Skipped
                : ask.IsClosed ? SmokeOutcome.Pass
                : SmokeOutcome.Fail,
            ask.Answer?.Answer.Took ?? TimeSpan.Zero,
            Found(ask),
            Advice(ask)
        );
}
