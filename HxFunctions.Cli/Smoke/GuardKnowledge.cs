using System.Text.Json;
using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Smoke;

/// <summary>What the function app told of its guard.</summary>
/// <param name="Cached">How long a gateway may go by what it heard.</param>
/// <param name="Needs">The dependencies that its rules need.</param>
/// <param name="NeedsDatabase">Whether a rule that is open now needs PostgreSQL.</param>
internal sealed record GuardKnowledge(
    IReadOnlyList<GuardedRoute> Routes,
    TimeSpan Cached,
    IReadOnlyCollection<string> Needs,
    DatabaseNeed NeedsDatabase
)
{
    /// <summary>It told nothing: the default rules are tried, which need PostgreSQL.</summary>
    public static GuardKnowledge None { get; } = new(GuardedRoute.Defaults, TimeSpan.FromSeconds(1), [], DatabaseNeed.Now);

    /// <param name="verdicts">The answer of <c>/guard/verdicts</c>.</param>
    /// <param name="rules">Its rules.</param>
    /// <returns><see langword="null"/>: there is a rule that can't be read.</returns>
    public static GuardKnowledge? Read(SmokeAnswer verdicts, JsonElement rules)
    {
        // Which of LiteLLM's own routes are guarded is hx routes check's to say, and a template names no route that could be
        // tried: here one below each prefix is.
        GuardedRoute?[] routes = [.. rules.EnumerateArray().Where(IsOwn).Select(ReadRoute)];
        if (routes.Contains(null))
        {
            return null;
        }

        double cached =
            verdicts.Member("cacheSeconds") is { ValueKind: JsonValueKind.Number } seconds && seconds.TryGetDouble(out double s)
                ? Math.Clamp(s, 1, 10)
                : 1;
        HashSet<string> exempt = [.. ExemptReads(verdicts.Member("exempt"))];
        return new(
            [.. Merged(routes!).Select(r => r.Without(exempt))],
            TimeSpan.FromSeconds(cached),
            [.. rules.EnumerateArray().SelectMany(NeedsOf).Distinct()],
            NeedOf(rules)
        );
    }

    private static DatabaseNeed NeedOf(JsonElement rules)
    {
        JsonElement[] needing = [.. rules.EnumerateArray().Where(rule => NeedsOf(rule).Contains(DependencyName.Postgres))];
        return needing.Length == 0 ? DatabaseNeed.Never
            : needing.Any(IsOpen) ? DatabaseNeed.Now
            : DatabaseNeed.WhenOpen;
    }

    /// <summary>Names in the form that a dependency's has; others can't be shown.</summary>
    private static IEnumerable<string> NeedsOf(JsonElement rule) =>
        SmokeAnswer.MemberOf(rule, "needs") is { ValueKind: JsonValueKind.Array } needs
            ? needs.EnumerateArray().Select(SmokeAnswer.TextOf).OfType<string>().Where(DependencyName.IsValid)
            : [];

    private static bool IsOpen(JsonElement rule) =>
        SmokeAnswer.MemberOf(rule, "read") is { } read
        && SmokeAnswer.MemberOf(read, "verdict") is { ValueKind: JsonValueKind.String } verdict
        && verdict.ValueEquals("open");

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

    private static GuardedRoute? ReadRoute(JsonElement rule)
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

/// <summary>When the gateway has to have its database, by the guard's rules.</summary>
internal enum DatabaseNeed
{
    /// <summary>No rule needs PostgreSQL.</summary>
    Never,

    /// <summary>Rules need it, and all of them are closed now.</summary>
    WhenOpen,

    /// <summary>A rule needs it and is open.</summary>
    Now,
}
