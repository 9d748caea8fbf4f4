using System.Text.Json;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Cli.Smoke;

/// <summary>Asks the function app: what it knows of its dependencies, which rules its guard has, and what it says of a request.</summary>
/// <param name="whyNoKey">Why a key that was given is not sent, as a sentence.</param>
internal sealed class FunctionApp(SmokeClient client, string? key, string? whyNoKey)
{
    private const string Suite = "function app";
    private static readonly string IsTheBase = RemoteFailures.Meaning(404, "--functions");

    /// <summary><c>/healthz/deps</c>: a flag for each dependency that is configured.</summary>
    public Task<SmokeAnswer> DependenciesAsync(CancellationToken cancellationToken) =>
        client.GetAsync("healthz/deps", null, cancellationToken);

    /// <summary>Judges <see cref="DependenciesAsync"/>: what the rules need is configured. That one is down is for <c>hx check</c> to
    /// judge: here it is how the guard is seen to close.</summary>
    public SmokeResult Dependencies(SmokeAnswer answer, GuardKnowledge known)
    {
        (SmokeOutcome outcome, string found, string advice) =
            Refused(answer) is var (problem, what) ? (SmokeOutcome.Fail, problem, what)
            : ConfiguredDependencies.Read(answer.Json) is { } configured ? configured.Judge(known.Needs)
            : (SmokeOutcome.Fail, "the answer is not from HxFunctions", IsTheBase);
        return new(Suite, "dependencies", "GET /healthz/deps", outcome, answer.Took, found, advice);
    }

    /// <summary><c>/healthz/ready</c>: a wrong configuration closes everything, which looks like an outage. What else it says is for
    /// <c>hx ready</c> to judge.</summary>
    public async Task<SmokeResult> ConfigurationAsync(CancellationToken cancellationToken)
    {
        SmokeAnswer answer = await client.GetAsync("healthz/ready", null, cancellationToken);
        SmokeResult Result(SmokeOutcome outcome, string found, string advice) =>
            new(Suite, "configuration", "GET /healthz/ready", outcome, answer.Took, found, advice);

        return (answer.Status, answer.Text("status"), answer.Text("reason")) switch
        {
            (200, "pass", _) => Result(SmokeOutcome.Pass, "valid", ""),
            (503, "fail", Reasons.Misconfigured) => Result(
                SmokeOutcome.Fail,
                "misconfigured",
                "every guarded route is closed until this is corrected: /health/all of the function app lists the problems"
            ),
            (503, "fail", Reasons.Unknown) => Result(SmokeOutcome.Pass, "valid", "not everything has been checked recently: see hx ready"),
            _ => Result(SmokeOutcome.Skipped, "", "unknown: see /healthz/deps"),
        };
    }

    /// <summary><c>/guard/verdicts</c>: the prefixes that are guarded, and for how long a gateway may go by an old verdict.</summary>
    public async Task<(SmokeResult Result, GuardKnowledge Known)> RulesAsync(CancellationToken cancellationToken)
    {
        SmokeAnswer answer = await client.GetAsync("guard/verdicts", key, cancellationToken);
        (SmokeResult, GuardKnowledge) Fail(string found, string advice) =>
            (new(Suite, "guard", "GET /guard/verdicts", SmokeOutcome.Fail, answer.Took, found, advice), GuardKnowledge.None);

        if (Refused(answer) is var (problem, advice))
        {
            return Fail(problem, advice);
        }

        if (answer.Member("rules") is not { ValueKind: JsonValueKind.Array } rules)
        {
            return Fail("the answer is not from HxFunctions", IsTheBase);
        }

        if (GuardKnowledge.Read(answer, rules) is not { } known)
        {
            return Fail("rules that can't be read", "does the function app have the same version as hx?");
        }

        if (known.Routes.Count == 0)
        {
            return Fail("no rules", "nothing is guarded: check GUARD_ROUTES of the function app");
        }

        if (known.Routes.Count > GuardedRoute.MaxCount)
        {
            return Fail("too many rules", $"more than {GuardedRoute.MaxCount} prefixes can't be tested");
        }

        string mode = answer.Text("mode") switch
        {
            "enforce" => "enforce",
            "shadow" => "shadow",
            "off" => "off",
            _ => "unknown",
        };
        string found = $"{known.Routes.Count} {(known.Routes.Count == 1 ? "prefix" : "prefixes")}, mode {mode}";
        return (
            new(
                Suite,
                "guard",
                "GET /guard/verdicts",
                SmokeOutcome.Pass,
                answer.Took,
                found,
                mode == "enforce" ? "" : "nothing is closed in this mode"
            ),
            known
        );
    }

    /// <summary><c>/guard</c>: what it says of a GET of this path now.</summary>
    /// <returns>The verdict, and whether any rule is about the path.</returns>
    public async Task<(Verdict Verdict, bool HasRule)> AskAsync(string path, CancellationToken cancellationToken)
    {
        SmokeAnswer answer = await client.GetAsync($"guard?path={Uri.EscapeDataString(path)}&method=GET", key, cancellationToken);
        Verdict verdict = (answer.Status, answer.Text("verdict")) switch
        {
            (200, "open") => Verdict.Open,
            (503, "closed") => Verdict.Closed,
            _ => Verdict.Unknown,
        };
        return (verdict, answer.Text("rule") is not null);
    }

    private (string Found, string Advice)? Refused(SmokeAnswer answer) =>
        answer.Status switch
        {
            200 => null,
            0 => (answer.Failure, "is the function app or hx serve running at --functions?"),
            401 when key is null => (
                "401",
                $"it asks for a key: {whyNoKey?.TrimEnd('.') ?? "name the variable that holds the key with --functions-key-env"}"
            ),
            401 => ("401", "it refuses the key: --functions-key-env must name a variable that holds a function, host or master key"),
            404 when answer.IsProblem => ("404", "ENABLE_HEALTH_ENDPOINTS is false there"),
            var status => ($"{status}", RemoteFailures.Meaning(status, "--functions")),
        };
}
