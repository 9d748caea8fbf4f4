using System.Text;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Routing;
using Spectre.Console;

namespace HxFunctions.Cli.Routes;

/// <summary>What <c>hx routes check</c> found, for people.</summary>
internal static class RouteAuditReport
{
    /// <summary>More entries to copy than these are only in the JSON.</summary>
    private const int MaxEntries = 20;

    /// <summary>A document may hold a path of any length.</summary>
    private const int MaxShown = 200;

    public static string Text(RouteAuditResult result, TextWriter output)
    {
        StringBuilder text = new();
        AddSection(
            text,
            output,
            "Admin routes that no rule guards",
            Operations(result.Unguarded, "Sure", SurenessOf),
            result.Unguarded.Count
        );
        // Those of another base path need only that, which stands at the end.
        if (result.ForeignBasePath is null)
        {
            AddEntries(
                text,
                result.DefaultRules == 0
                    ? $"To guard them, add the word 'default' to {Variables.GuardRoutes}, which guards most admin routes, or:"
                    : $"To guard them, add to {Variables.GuardRoutes}, after the word 'default' and a semicolon:",
                result.Unguarded
            );
        }

        AddSection(
            text,
            output,
            $"Entries of {Variables.GuardRoutes} that match nothing in the document",
            Entries(result.Unmatched),
            result.Unmatched.Count
        );
        AddSection(
            text,
            output,
            "Guarded routes that need neither the database nor Redis",
            Operations(result.Needless, "Rule", RulesOf),
            result.Needless.Count
        );
        AddEntries(text, $"To keep them open, add to {Variables.GuardRoutes}:", result.Needless);
        AddSection(
            text,
            output,
            $"Admin routes that {Variables.GuardRoutes} exempts (not a finding)",
            Operations(result.Exempted, "Sure", SurenessOf),
            result.Exempted.Count
        );
        AddSection(
            text,
            output,
            "Open routes that may be admin routes (not a finding: check them)",
            Operations(result.Possible, "Sure", SurenessOf),
            result.Possible.Count
        );
        AddSection(
            text,
            output,
            $"Entries of {Variables.GuardRoutes} for routes that LiteLLM has, but that are not in the document (not a finding)",
            Entries(result.Hidden),
            result.Hidden.Count
        );
        foreach (string line in Summary(result))
        {
            text.AppendLine($"  {line}");
        }

        return text.ToString();
    }

    private static IEnumerable<string> Summary(RouteAuditResult result)
    {
        int unknown = result.Operations.Count - result.KnownCount;
        string version = Shown(result.Version) is { Length: > 0 } said ? $" of version {said}" : "";
        yield return $"{Count(result.Operations.Count, "operation")}{version}: {result.GuardedCount} guarded, "
            + $"{result.Operations.Count - result.GuardedCount} open";
        yield return $"{result.KnownCount} in the list of LiteLLM's routes, {unknown} not"
            + (unknown > 0 ? ": LiteLLM is newer than the list, or has pass-through endpoints" : "");
        if (result.IsForeign)
        {
            yield return "No default rule matches anything here: this is not LiteLLM's document, or DOCS_FILTERED shortens it";
        }
        else if (result.UnmatchedDefaultRules > 0)
        {
            yield return $"{result.UnmatchedDefaultRules} of {result.DefaultRules} default rules match nothing here: routes of "
                + "other versions, hidden routes, and routes that are loaded late";
        }

        if (result.Unreadable > 0)
        {
            yield return $"{Count(result.Unreadable, "path")} of the document can't be read completely, and may be missing above";
        }

        if (result.ForeignBasePath is { } path)
        {
            yield return $"According to the document, requests begin with {path} (SERVER_ROOT_PATH): set {Variables.GuardBasePath}={path}";
        }

        if (result.OtherBasePath is { } other)
        {
            yield return $"According to the document, requests begin with {other} (SERVER_ROOT_PATH). If they reach the gateway like that, "
                + $"add {other} to {Variables.GuardBasePath}, after a comma";
        }

        string[] found =
        [
            .. new[]
            {
                (result.Unguarded.Count, "unguarded"),
                (result.Unmatched.Count, "unmatched"),
                (result.Needless.Count, "guarded without need"),
            }
                .Where(finding => finding.Count > 0)
                .Select(finding => $"{finding.Count} {finding.Item2}"),
        ];
        yield return result.IsClean ? "pass: nothing found" : $"fail{(found.Length > 0 ? ": " : "")}{string.Join(", ", found)}";
    }

    private static void AddSection(StringBuilder text, TextWriter output, string title, CliTable table, int rows)
    {
        if (rows > 0)
        {
            text.AppendLine($"  {title}").Append(CliConsole.Render(table, output)).AppendLine();
        }
    }

    private static void AddEntries(StringBuilder text, string title, IReadOnlyList<AuditedOperation> operations)
    {
        string[] entries = [.. operations.Select(operation => operation.Entry).OfType<string>().Distinct(StringComparer.Ordinal)];
        if (entries.Length == 0)
        {
            return;
        }

        text.AppendLine($"  {title}");
        foreach (string entry in entries.Take(MaxEntries))
        {
            text.AppendLine($"    {entry};");
        }

        if (entries.Length > MaxEntries)
        {
            text.AppendLine($"    and {entries.Length - MaxEntries} more: -o json shows all");
        }

        text.AppendLine();
    }

    private static CliTable Operations(IReadOnlyList<AuditedOperation> operations, string column, Func<AuditedOperation, string> cell)
    {
        CliTable table = new("Method", "Route", column, "Why") { Narrow = row => $"{row[0]} {row[1]}: {row[2]}; {row[3]}" };
        foreach (AuditedOperation operation in operations)
        {
            table.AddRow(
                GuardMethod.Format(operation.Operation.Method),
                Markup.Escape(Shown(operation.Route)),
                Markup.Escape(cell(operation)),
                Markup.Escape(Shown(operation.Judgement.Why))
            );
        }

        return table;
    }

    private static CliTable Entries(IReadOnlyList<string> entries)
    {
        CliTable table = new("Entry");
        foreach (string entry in entries)
        {
            table.AddRow(Markup.Escape(entry));
        }

        return table;
    }

    private static string SurenessOf(AuditedOperation operation) => operation.Judgement.Word;

    private static string RulesOf(AuditedOperation operation) =>
        operation.Rules is [var first, ..] rules ? first.Route + (rules.Count > 1 ? $" and {rules.Count - 1} more" : "") : "";

    /// <summary>The document's words, which may hold anything: on one line, without control characters.</summary>
    private static string Shown(string? text)
    {
        string line = GuardCommand.OneLine(text).Trim();
        return line.Length <= MaxShown ? line : line[..(MaxShown - 1)] + "…";
    }

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";
}
