using System.Globalization;
using System.Text;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Telemetry;
using Spectre.Console;

namespace HxFunctions.Cli.Gateways;

/// <summary>What was found, for people: the one thing to know, a line for each thing that was looked at, and what to do.</summary>
internal static class GatewayCheckReport
{
    public static string Text(GatewayCheckResult? result, IReadOnlyList<AllowlistFinding> allowlist, TimeSpan took, TextWriter output)
    {
        CliTable table = new("Check", "Result", "Found");
        if (result is not null)
        {
            Add(table, result);
        }

        AllowlistFinding[] guarded = [.. allowlist.Where(one => one.Rule is not null)];
        if (allowlist.Count > 0)
        {
            table.AddRow("allowlist", Word(guarded.Length == 0), Text($"{guarded.Length} of {Entries(allowlist.Count)} guarded"));
        }

        StringBuilder text = new();
        if (result is not null)
        {
            text.AppendLine($"  {GatewayWords.Headline(result)}").AppendLine();
        }

        text.Append(CliConsole.Render(table, output));
        AppendTrouble(text, result, guarded, output);
        return text.AppendLine().Append(CliConsole.Indented(Summary(result, took), output)).ToString();
    }

    private static void Add(CliTable table, GatewayCheckResult result)
    {
        table.AddRow("the canary as it is", Word(result.Plain.IsClosed), Text(GatewayWords.Found(result.Plain)));
        foreach (CanaryAsk ask in result.Canary.Where(ask => ask.Method != "GET" && ask.Verdict != CanaryVerdict.NotAsked))
        {
            table.AddRow($"the canary by {ask.Method}", Word(ask.IsClosed), Text(GatewayWords.Found(ask)));
        }

        CanaryAsk[] others = [.. result.Canary.Where(ask => !ask.Spelling.IsPlain && ask.Verdict != CanaryVerdict.NotAsked)];
        if (others.Length > 0)
        {
            string found = string.Join(
                ", ",
                others.GroupBy(Kind).OrderByDescending(kind => kind.Count()).Select(kind => $"{kind.Count()} {kind.Key}")
            );
            table.AddRow($"the canary in {others.Length} disguises", Word(others.All(ask => ask.IsClosed)), Text(found));
        }

        if (result.Open is { } open)
        {
            table.AddRow(Text($"{open.Target} (open path)"), Word(open.Passes), Text(GatewayWords.Found(open)));
        }

        if (result.Upgrade is { } upgrade)
        {
            table.AddRow("upgrade to HTTP/2 (h2c)", Word(upgrade.IsRefused), Text(GatewayWords.Found(upgrade)));
        }

        if (result.Time is { } time)
        {
            table.AddRow("added time", Word(time.Fault.Length == 0), Text(GatewayWords.Found(time)));
        }
    }

    private static string Kind(CanaryAsk ask) =>
        ask.Verdict switch
        {
            CanaryVerdict.Refused => "refused by the guard",
            CanaryVerdict.RefusedAsForm or CanaryVerdict.Dropped => "refused because of their form",
            CanaryVerdict.Through => "got through",
            CanaryVerdict.GuardSilent => "without a usable answer from the guard",
            CanaryVerdict.ClosedAsAnother => "closed, but not as the canary",
            CanaryVerdict.RateLimited => "refused by a rate limit (429)",
            _ => "without an answer",
        };

    private static void AppendTrouble(StringBuilder text, GatewayCheckResult? result, AllowlistFinding[] guarded, TextWriter output)
    {
        // Where nothing is asked, the spellings have nothing to tell.
        foreach (
            IGrouping<string, CanaryAsk> disguise in (result is null or { Asks: false } ? [] : result.Canary)
                .Where(ask => !ask.IsClosed && !ask.Spelling.IsPlain && ask.Verdict != CanaryVerdict.NotAsked)
                .GroupBy(ask => ask.Spelling.Disguise)
        )
        {
            text.AppendLine().AppendLine($"  {disguise.Key} (read as the canary by: {disguise.First().Spelling.UndoneBy})");
            foreach (CanaryAsk ask in disguise)
            {
                text.AppendLine($"    {ask.Method} {ask.Spelling.Shown}: {GatewayWords.Found(ask)}");
            }
        }

        if (guarded.Length > 0)
        {
            text.AppendLine()
                .AppendLine("  guarded entries of the allowlist. Remove them: the gateway must ask the guard about these paths");
            foreach (AllowlistFinding one in guarded)
            {
                string rule = LogText.OneLine(one.Rule);
                text.AppendLine($"    line {one.Entry.Line}: {one.Entry.Method} {one.Entry.Path}: the rule {rule}");
            }
        }

        string[] advice =
        [
            .. (result?.Canary ?? []).Select(GatewayWords.Advice),
            result?.Open is { } open ? GatewayWords.Advice(open) : "",
            result?.Upgrade is { } upgrade ? GatewayWords.Advice(upgrade) : "",
            result?.Time is { } time ? GatewayWords.Advice(time) : "",
        ];
        foreach (string one in advice.Where(one => one.Length > 0).Distinct())
        {
            text.AppendLine().Append(CliConsole.Indented($"What to do: {one}", output));
        }
    }

    /// <summary>What was asked and what not: nobody should take more from it than it says.</summary>
    private static string Summary(GatewayCheckResult? result, TimeSpan took)
    {
        StringBuilder text = new();
        if (result is not null)
        {
            int asked = result.Canary.Count(ask => ask.Verdict != CanaryVerdict.NotAsked);
            text.Append(CultureInfo.InvariantCulture, $"{asked} {(asked == 1 ? "request" : "requests")} for the canary");
            if (asked < result.Canary.Count)
            {
                text.Append(CultureInfo.InvariantCulture, $", {result.Canary.Count - asked} not sent");
            }

            text.Append(CultureInfo.InvariantCulture, $"; {result.Undecided} spellings not tested, because the guard can't decide on them");
            text.Append("; ");
        }

        return text.Append(CultureInfo.InvariantCulture, $"{took.TotalSeconds:0.0} s").ToString();
    }

    private static string Entries(int count) => count == 1 ? "1 entry" : string.Create(CultureInfo.InvariantCulture, $"{count} entries");

    private static string Word(bool good) => good ? "[green]pass[/]" : "[red]fail[/]";

    private static string Text(string text) => Markup.Escape(text);
}
