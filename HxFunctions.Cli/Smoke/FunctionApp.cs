using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Smoke;

/// <summary>Asks the function app: what it knows of its dependencies, which rules its guard has, and what it says of a request.</summary>
internal sealed class FunctionApp(SmokeClient client, string? key)
{
    private const string Suite = "function app";
    private const string IsTheBase = "is --functions the app's base URL, without /api unless its host.json says so?";

    private static readonly string[] All = [.. DependencyKind.All.Select(kind => kind.Name)];

    /// <summary><c>/healthz/deps</c>: all three are there, up or down. That one is down is for <c>hx check</c> to judge: here it is how the
    /// guard is seen to close.</summary>
    public async Task<SmokeResult> DependenciesAsync(CancellationToken cancellationToken)
    {
        SmokeAnswer answer = await client.GetAsync("healthz/deps", null, cancellationToken);
        SmokeResult Result(SmokeOutcome outcome, string found, string advice) =>
            new(Suite, "dependencies", "GET /healthz/deps", outcome, answer.Took, found, advice);

        if (Refused(answer) is var (problem, advice))
        {
            return Result(SmokeOutcome.Fail, problem, advice);
        }

        JsonElement?[] states = [.. All.Select(answer.Member)];
        if (answer.Json is not { ValueKind: JsonValueKind.Object })
        {
            return Result(SmokeOutcome.Fail, "not HxFunctions's answer", IsTheBase);
        }

        string found = string.Join(", ", All.Zip(states, (name, state) => $"{name} {Word(state)}"));
        if (states.Any(s => s is not { ValueKind: JsonValueKind.True or JsonValueKind.False }))
        {
            return Result(SmokeOutcome.Fail, found, "set the URL of what is missing: PG_URL, REDIS_URL, QDRANT_URL of the function app");
        }

        return Result(
            SmokeOutcome.Pass,
            found,
            states.Any(s => s is { ValueKind: JsonValueKind.False }) ? "what is down: hx check says why" : ""
        );
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
            return Fail("not HxFunctions's answer", IsTheBase);
        }

        // Which of LiteLLM's own routes are guarded is hx routes check's to say, and a template names no route that could be
        // tried: here one below each prefix is.
        GuardedRoute?[] routes = [.. rules.EnumerateArray().Where(IsOwn).Take(GuardedRoute.MaxCount + 1).Select(Read)];
        if (routes.Contains(null))
        {
            return Fail("rules that can't be read", "is the function app of the same version as hx?");
        }

        if (routes.Length == 0)
        {
            return Fail("no rule", "nothing is guarded: GUARD_ROUTES of the function app");
        }

        if (routes.Length > GuardedRoute.MaxCount)
        {
            return Fail("too many rules", $"more than {GuardedRoute.MaxCount} prefixes are not tried");
        }

        double cached =
            answer.Member("cacheSeconds") is { ValueKind: JsonValueKind.Number } seconds && seconds.TryGetDouble(out double s)
                ? Math.Clamp(s, 1, 10)
                : 1;
        HashSet<string> exempt = [.. ExemptReads(answer.Member("exempt"))];
        GuardKnowledge known = new([.. Merged(routes!).Select(r => r.Without(exempt))], TimeSpan.FromSeconds(cached));
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

    private static string Word(JsonElement? state) =>
        state?.ValueKind switch
        {
            JsonValueKind.True => "up",
            JsonValueKind.False => "down",
            _ => "missing",
        };

    private (string Found, string Advice)? Refused(SmokeAnswer answer) =>
        answer.Status switch
        {
            200 => null,
            0 => (answer.Failure, "is the function app, or hx serve, up at --functions?"),
            401 or 403 when key is null => (
                $"{answer.Status}",
                "it asks for a key: name the variable that holds it with --functions-key-env"
            ),
            401 or 403 => (
                $"{answer.Status}",
                "it refuses the key: --functions-key-env must name a variable with a function, host or master key"
            ),
            404 => ("404", answer.IsProblem ? "ENABLE_HEALTH_ENDPOINTS is turned off there" : IsTheBase),
            >= 300 and < 400 => ($"{answer.Status}, a redirect", "--functions is not where the app answers: http for https?"),
            _ => ($"{answer.Status}", "the function app's log"),
        };

    /// <summary>Routes whose GET is open although a rule covers it.</summary>
    private static IEnumerable<string> ExemptReads(JsonElement? exemptions)
    {
        if (exemptions is not { ValueKind: JsonValueKind.Array } all)
        {
            yield break;
        }

        foreach (JsonElement exemption in all.EnumerateArray())
        {
            if (CoversReads(exemption) && SmokeAnswer.MemberOf(exemption, "route") is { } route && SmokeAnswer.TextOf(route) is { } text)
            {
                yield return text;
            }
        }
    }

    private static bool CoversReads(JsonElement ruleOrExemption) =>
        SmokeAnswer.MemberOf(ruleOrExemption, "methods") is not { ValueKind: JsonValueKind.Array } methods
        || methods.EnumerateArray().Any(m => m.ValueKind == JsonValueKind.String && m.ValueEquals("GET"));

    private static bool IsOwn(JsonElement rule) =>
        (
            SmokeAnswer.MemberOf(rule, "from") is not { ValueKind: JsonValueKind.String } from
            || !(from.ValueEquals("litellm") || from.ValueEquals("built-in"))
        ) && !(SmokeAnswer.MemberOf(rule, "rule") is { } route && SmokeAnswer.TextOf(route) is { } text && RoutePattern.IsTemplate(text));

    private static GuardedRoute? Read(JsonElement rule)
    {
        if (
            SmokeAnswer.MemberOf(rule, "rule") is not { } prefix
            || SmokeAnswer.TextOf(prefix) is not { } text
            || !RoutePrefix.TryNormalise(text, out string plain, out _)
        )
        {
            return null;
        }

        return new(plain, CoversReads(rule), SafeReads.For(plain));
    }

    /// <summary>A prefix may have a rule per method.</summary>
    private static IEnumerable<GuardedRoute> Merged(IEnumerable<GuardedRoute> routes) =>
        routes
            .GroupBy(r => r.Prefix, StringComparer.OrdinalIgnoreCase)
            .Select(g => g.First() with { GuardsReads = g.Any(r => r.GuardsReads) });
}

/// <summary>What the function app told of its guard.</summary>
/// <param name="Cached">How long a gateway may go by what it heard.</param>
internal sealed record GuardKnowledge(IReadOnlyList<GuardedRoute> Routes, TimeSpan Cached)
{
    /// <summary>It told nothing: the default rules are tried.</summary>
    public static GuardKnowledge None { get; } = new(GuardedRoute.Defaults, TimeSpan.FromSeconds(1));
}
