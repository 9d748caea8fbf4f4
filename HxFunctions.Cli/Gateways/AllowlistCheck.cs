using System.Text.Json;
using HxFunctions.Cli.Smoke;
using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Gateways;

/// <summary>An entry of an allowlist, and the rule that guards it.</summary>
/// <param name="Rule"><see langword="null"/>: none does.</param>
internal sealed record AllowlistFinding(AllowlistEntry Entry, string? Rule);

/// <summary>Holds an allowlist against rules: what a rule guards can't be let pass unasked.</summary>
internal sealed class AllowlistCheck
{
    private readonly IReadOnlyList<GuardRule> _rules;
    private readonly RouteMatcher _matcher;

    public AllowlistCheck(GuardRuleSet set, string? basePath)
    {
        _rules = [.. set.Rules, Canary.Rule];
        _matcher = new(_rules, basePath, set.Exemptions);
    }

    public AllowlistFinding Look(AllowlistEntry entry)
    {
        ulong[] matched = new ulong[_matcher.WordCount];
        _matcher.TryMatch(entry.Path, entry.Is, matched);
        return new(entry, _rules.Where((rule, i) => (matched[i >> 6] & (1UL << i)) != 0 && rule.Applies(entry.Is)).FirstOrDefault()?.Route);
    }

    /// <summary>The rules of <c>/guard/verdicts</c>. What can't be understood there guards more rather than less.</summary>
    /// <exception cref="FormatException">It is no answer of HxFunctions, or of another version.</exception>
    public static GuardRuleSet ReadVerdicts(JsonElement verdicts)
    {
        if (
            SmokeAnswer.MemberOf(verdicts, "rules") is not { ValueKind: JsonValueKind.Array } rules
            || SmokeAnswer.MemberOf(verdicts, "exempt") is not { ValueKind: JsonValueKind.Array } exempt
        )
        {
            throw new FormatException("There are no rules in it.");
        }

        return new(
            [.. rules.EnumerateArray().Where(rule => From(rule) != RuleOrigins.Wire(RuleOrigin.BuiltIn)).Select(ReadRule)],
            [.. exempt.EnumerateArray().Select(ReadExemption).OfType<RouteExemption>()]
        );
    }

    private static GuardRule ReadRule(JsonElement rule)
    {
        RuleOrigin origin = OriginOf(rule) ?? RuleOrigin.Misconfigured;
        bool isExact = origin == RuleOrigin.LiteLlm;
        return TextOf(rule, "rule") is { } route && RoutePattern.TryParse(route, isExact, out _, out _)
            ? new(route, MethodsOf(rule), []) { Origin = origin, IsExact = isExact }
            : throw new FormatException("A rule in it can't be read.");
    }

    /// <summary>One that can't be read exempts nothing.</summary>
    private static RouteExemption? ReadExemption(JsonElement exemption)
    {
        GuardMethods methods = MethodsOf(exemption);
        return
            TextOf(exemption, "route") is { } route
            && RoutePattern.TryParse(route, isExact: true, out RoutePattern? pattern, out _)
            && !pattern.CoversBelow
            && OriginOf(exemption) is { } origin
            && (methods == GuardMethods.All) == (SmokeAnswer.MemberOf(exemption, "methods") is { ValueKind: JsonValueKind.Null })
            ? new(route, methods, origin)
            : null;
    }

    private static GuardMethods MethodsOf(JsonElement rule)
    {
        if (SmokeAnswer.MemberOf(rule, "methods") is not { ValueKind: JsonValueKind.Array } names)
        {
            return GuardMethods.All;
        }

        GuardMethods[] methods = [.. names.EnumerateArray().Select(name => GuardMethod.Parse(SmokeAnswer.TextOf(name) ?? ""))];
        return methods.Contains(GuardMethods.Other) || methods.Length == 0
            ? GuardMethods.All
            : methods.Aggregate(GuardMethods.None, (all, one) => all | one);
    }

    private static RuleOrigin? OriginOf(JsonElement rule) =>
        Enum.GetValues<RuleOrigin>().Cast<RuleOrigin?>().FirstOrDefault(origin => origin!.Value.Wire() == From(rule));

    private static string? From(JsonElement rule) => TextOf(rule, "from");

    private static string? TextOf(JsonElement rule, string name) =>
        SmokeAnswer.MemberOf(rule, name) is { } member ? SmokeAnswer.TextOf(member) : null;
}
