using System.Globalization;
using HxFunctions.Cli.Commands;
using Spectre.Console;

namespace HxFunctions.Cli.Smoke;

/// <summary>Results for people and for machines.</summary>
internal static class SmokeReport
{
    public static string Json(IReadOnlyList<SmokeResult> results, TimeSpan took) =>
        CliJson.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("status", results.Any(r => r.Outcome == SmokeOutcome.Fail) ? "fail" : "pass");
            foreach (
                (SmokeOutcome outcome, string name) in new[]
                {
                    (SmokeOutcome.Pass, "passed"),
                    (SmokeOutcome.Fail, "failed"),
                    (SmokeOutcome.Skipped, "skipped"),
                }
            )
            {
                writer.WriteNumber(name, results.Count(r => r.Outcome == outcome));
            }

            writer.WriteNumber("seconds", Math.Round(took.TotalSeconds, 3));
            writer.WriteStartArray("checks");
            foreach (SmokeResult result in results)
            {
                writer.WriteStartObject();
                writer.WriteString("suite", result.Suite);
                writer.WriteString("name", result.Name);
                writer.WriteString("request", result.Request);
                writer.WriteString("status", result.Word);
                writer.WriteString("found", result.Found);
                if (result.Verdict is not null)
                {
                    writer.WriteString("verdict", result.Verdict);
                }

                if (result.Advice.Length > 0)
                {
                    writer.WriteString("advice", result.Advice);
                }

                writer.WriteNumber("seconds", Math.Round(result.Took.TotalSeconds, 3));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });

    /// <summary>One line for each side of the servers, one for each guarded prefix, and below what to do, each thing once.</summary>
    public static string Table(IReadOnlyList<SmokeResult> results, TimeSpan took, TextWriter output)
    {
        Table servers = new Table().Border(TableBorder.Simple).AddColumns("Check", "Result", "Found", "Time", "What to do");
        servers.Columns[3].RightAligned();
        foreach (SmokeResult result in results.Where(r => !IsRoute(r)))
        {
            servers.AddRow(
                Markup.Escape($"{result.Request} ({result.Name})"),
                Word(result),
                Markup.Escape(result.Found),
                Time(result.Took),
                Markup.Escape(result.Advice)
            );
        }

        Table routes = new Table()
            .Border(TableBorder.Simple)
            .AddColumns("Guarded", "Looked at", "Guard", "Admin key", "No key", "Limited key", "Time");
        routes.Columns[6].RightAligned();
        foreach (IGrouping<string, SmokeResult> route in results.Where(IsRoute).GroupBy(r => r.Suite))
        {
            string[] cells = [.. route.Select(Cell)];
            SmokeResult first = route.First();
            routes.AddRow(
                Markup.Escape(first.Suite["route ".Length..]),
                Markup.Escape(first.Request),
                first.Verdict ?? "",
                cells[0],
                cells[1],
                cells[2],
                Time(TimeSpan.FromTicks(route.Sum(r => r.Took.Ticks)))
            );
        }

        return CliConsole.Render(servers, output)
            + Environment.NewLine
            + CliConsole.Render(routes, output)
            + Environment.NewLine
            + Advice(results)
            + Summary(results, took);
    }

    private static bool IsRoute(SmokeResult result) => result.Suite.StartsWith("route ", StringComparison.Ordinal);

    private static string Word(SmokeResult result) => Coloured(result, result.Word);

    private static string Cell(SmokeResult result) => Coloured(result, $"{result.Word} {result.Found}".TrimEnd());

    private static string Coloured(SmokeResult result, string text)
    {
        string colour = result.Outcome switch
        {
            SmokeOutcome.Pass => "green",
            SmokeOutcome.Fail => "red",
            _ => "grey",
        };
        return $"[{colour}]{Markup.Escape(text)}[/]";
    }

    private static string Time(TimeSpan time) =>
        time == TimeSpan.Zero ? "" : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms");

    /// <summary>What the routes' results mean; many routes share one cause. That no limited key was given is in the first table.</summary>
    private static string Advice(IReadOnlyList<SmokeResult> results)
    {
        IEnumerable<string> lines = results
            .Where(r => IsRoute(r) && r.Outcome != SmokeOutcome.Pass && r.Advice.Length > 0 && r.Advice != RouteProbe.NoLimitedKey)
            .GroupBy(r => (r.Outcome, r.Advice))
            .OrderByDescending(g => g.Key.Outcome)
            .Select(g => $"  {g.First().Word} ({Routes(g)}): {g.Key.Advice}{Environment.NewLine}");
        string text = string.Concat(lines);
        return text.Length == 0 ? "" : text + Environment.NewLine;
    }

    private static string Routes(IEnumerable<SmokeResult> results)
    {
        string[] names = [.. results.Select(r => r.Suite["route ".Length..]).Distinct()];
        return names.Length <= 3 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(2))} and {names.Length - 2} more";
    }

    private static string Summary(IReadOnlyList<SmokeResult> results, TimeSpan took) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"  {results.Count(r => r.Outcome == SmokeOutcome.Pass)} passed, "
                + $"{results.Count(r => r.Outcome == SmokeOutcome.Fail)} failed, "
                + $"{results.Count(r => r.Outcome == SmokeOutcome.Skipped)} skipped in {took.TotalSeconds:0.0} s{Environment.NewLine}"
        );
}
