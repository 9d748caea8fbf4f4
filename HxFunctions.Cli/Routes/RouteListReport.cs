using System.Text;
using System.Text.Json;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Http;
using HxFunctions.Core.Routing;
using Spectre.Console;

namespace HxFunctions.Cli.Routes;

/// <summary>The rules and exemptions that are in effect, for people and for machines.</summary>
internal static class RouteListReport
{
    private static readonly Dictionary<(string Template, GuardMethods Methods), LiteLlmRoute> Rows = LiteLlmRoutes
        .All.DistinctBy(row => (row.Template, row.Methods))
        .ToDictionary(row => (row.Template, row.Methods));

    private const int WidthForReasons = 110;

    public static string Json(GuardRuleSet set) =>
        CliJson.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("rules");
            foreach (GuardRule rule in set.Rules)
            {
                writer.WriteStartObject();
                WriteRoute(writer, rule.Route, rule.Methods);
                writer.WriteStrings("needs", rule.Dependencies);
                writer.WriteBoolean("exact", IsExact(rule));
                writer.WriteStrings("writing", GuardMethod.NamesOf(rule.Writing));
                WriteOrigin(writer, rule.Route, rule.Methods, rule.Origin);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteStartArray("exemptions");
            foreach (RouteExemption exemption in set.Exemptions)
            {
                writer.WriteStartObject();
                WriteRoute(writer, exemption.Route, exemption.Methods);
                WriteOrigin(writer, exemption.Route, exemption.Methods, exemption.Origin);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });

    public static string Text(GuardRuleSet set, TextWriter output)
    {
        ILookup<RuleOrigin, GuardRule> rules = set.Rules.ToLookup(rule => rule.Origin);
        ILookup<RuleOrigin, RouteExemption> exemptions = set.Exemptions.ToLookup(exemption => exemption.Origin);
        StringBuilder text = new();
        AddRules(text, output, $"Rules of {Variables.GuardRoutes}", [.. rules[RuleOrigin.Configured]]);
        AddRules(text, output, "Default prefixes", [.. rules[RuleOrigin.DefaultPrefix]]);
        // Nearly all need the same, so that a column for it would only take room.
        foreach (
            IGrouping<string, GuardRule> group in rules[RuleOrigin.LiteLlm]
                .GroupBy(rule => string.Join(", ", rule.Dependencies), StringComparer.Ordinal)
        )
        {
            AddListed(
                text,
                output,
                $"Rules from LiteLLM's list that need {group.Key}, each for exactly its route",
                group.Select(rule => (rule.Route, rule.Methods, rule.Writing))
            );
        }

        AddExemptions(text, output, [.. exemptions[RuleOrigin.Configured]]);
        AddListed(
            text,
            output,
            "Exempt from the default rules by LiteLLM's list",
            exemptions[RuleOrigin.LiteLlm].Select(exemption => (exemption.Route, exemption.Methods, GuardMethods.None))
        );
        string origins = string.Join(
            ", ",
            new[] { RuleOrigin.Configured, RuleOrigin.DefaultPrefix, RuleOrigin.LiteLlm }
                .Where(origin => rules[origin].Any())
                .Select(origin => $"{rules[origin].Count()} from {NameOf(origin)}")
        );
        text.AppendLine(
            $"  {set.Rules.Count} {(set.Rules.Count == 1 ? "rule" : "rules")} ({origins}), {set.Exemptions.Count} "
                + (set.Exemptions.Count == 1 ? "exemption" : "exemptions")
        );
        return text.ToString();
    }

    private static void AddRules(StringBuilder text, TextWriter output, string title, IReadOnlyList<GuardRule> rules)
    {
        CliTable table = new("Route", "Methods", "Covers", "Needs");
        foreach (GuardRule rule in rules)
        {
            table.AddRow(
                Markup.Escape(rule.Route),
                MethodsOf(rule.Methods, rule.Writing),
                IsExact(rule) ? "this route" : "this and all below",
                string.Join(", ", rule.Dependencies)
            );
        }

        Add(text, output, title, table, rules.Count);
    }

    private static void AddExemptions(StringBuilder text, TextWriter output, IReadOnlyList<RouteExemption> exemptions)
    {
        CliTable table = new("Route", "Methods");
        foreach (RouteExemption exemption in exemptions)
        {
            table.AddRow(Markup.Escape(exemption.Route), MethodsOf(exemption.Methods, GuardMethods.None));
        }

        Add(text, output, $"Exemptions of {Variables.GuardRoutes}", table, exemptions.Count);
    }

    private static void AddListed(
        StringBuilder text,
        TextWriter output,
        string title,
        IEnumerable<(string Route, GuardMethods Methods, GuardMethods Writing)> routes
    )
    {
        // Where both don't fit, a route in one piece is worth more than the reason.
        bool hasRoom = CliConsole.WidthOf(output) >= WidthForReasons;
        CliTable table = new CliTable(hasRoom ? ["Route", "Methods", "LiteLLM", "Why"] : ["Route", "Methods", "LiteLLM"])
        {
            Narrow = row => $"{row[0]}: {row[1]}, LiteLLM {row[2]}",
        }.Whole(0);

        foreach ((string route, GuardMethods methods, GuardMethods writing) in routes)
        {
            LiteLlmRoute? row = Rows.GetValueOrDefault((route, methods));
            string[] cells = [Markup.Escape(route), MethodsOf(methods, writing), VersionsOf(row), Markup.Escape(row?.Why ?? "")];
            table.AddRow(hasRoom ? cells : cells[..^1]);
        }

        Add(text, output, title, table, table.Count);
    }

    private static void Add(StringBuilder text, TextWriter output, string title, CliTable table, int rows)
    {
        if (rows > 0)
        {
            text.AppendLine($"  {title}").Append(CliConsole.Render(table, output)).AppendLine();
        }
    }

    /// <summary>The first version read may not be the first that has it.</summary>
    private static string VersionsOf(LiteLlmRoute? row) =>
        row is null ? ""
        : row.Until.Length == 0 ? $"{row.Since}+"
        : $"{row.Since}–{row.Until}";

    private static bool IsExact(GuardRule rule) =>
        RoutePattern.TryParse(rule.Route, rule.IsExact, out RoutePattern? pattern, out _) && !pattern.CoversBelow;

    private static string MethodsOf(GuardMethods methods, GuardMethods writing) =>
        methods == GuardMethods.All ? "all" : GuardMethod.Format(methods, writing);

    private static string NameOf(RuleOrigin origin) =>
        origin switch
        {
            RuleOrigin.Configured => Variables.GuardRoutes,
            RuleOrigin.DefaultPrefix => "default prefixes",
            _ => "LiteLLM's list",
        };

    private static void WriteRoute(Utf8JsonWriter writer, string route, GuardMethods methods)
    {
        writer.WriteString("route", route);
        writer.WriteMethods(methods);
    }

    private static void WriteOrigin(Utf8JsonWriter writer, string route, GuardMethods methods, RuleOrigin origin)
    {
        writer.WriteString("from", origin.Wire());
        if (origin != RuleOrigin.LiteLlm || !Rows.TryGetValue((route, methods), out LiteLlmRoute? row))
        {
            return;
        }

        writer.WriteString("since", row.Since);
        writer.WriteString("until", row.Until.Length == 0 ? null : row.Until);
        writer.WriteString("database", row.Database == DatabaseUse.None ? "no" : row.Database.ToString().ToLowerInvariant());
        writer.WriteString("why", row.Why);
    }
}
