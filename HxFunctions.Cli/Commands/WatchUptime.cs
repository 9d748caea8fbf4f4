using System.Text.Json;
using HxFunctions.Core.Http.Status;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HxFunctions.Cli.Commands;

/// <summary>For how much of each window a dependency was up, in the words of the page.</summary>
internal static class WatchUptime
{
    public static IRenderable Of(JsonElement answer, WatchInk ink)
    {
        if (answer.GetProperty("history").ValueEquals("none"))
        {
            // With a wrong configuration nothing is checked, and the headline says so.
            return answer.TryGetProperty("problems", out _)
                ? new Rows()
                : ink.Empty("No history is kept without REDIS_URL. Set it, and uptime, bars and incidents appear here.");
        }

        JsonElement[] dependencies = [.. answer.GetProperty("dependencies").EnumerateArray().Where(TellsUptime)];
        if (dependencies.Length == 0)
        {
            return new Rows();
        }

        if (!dependencies.Any(HasUptime))
        {
            return ink.Empty("No history yet. Uptime appears here with the first check.");
        }

        string[] titles = [.. StatusWindow.All.Select(window => window.Title)];
        CliTable table = ink.Table("Uptime", row => Narrow(row, titles), ["Uptime", .. titles]).Whole(1, 2, 3);
        foreach (JsonElement dependency in dependencies)
        {
            JsonElement windows = dependency.GetProperty("windows");
            table.AddRow([WatchText.DependencyOf(dependency.GetProperty("name")), .. StatusWindow.All.Select(w => WordsOf(windows, w))]);
        }

        return table;
    }

    private static string Narrow(string[] row, string[] titles) =>
        string.Join(
            '\n',
            titles.Select((title, i) => $"{title}: {row[i + 1].Replace("\n", ", ", StringComparison.Ordinal)}").Prepend(row[0])
        );

    /// <summary>An app of before it was told has none, and one whose Redis gives nothing has no windows at all.</summary>
    private static bool TellsUptime(JsonElement dependency) =>
        dependency.GetProperty("windows").EnumerateObject().Any(window => window.Value.TryGetProperty("uptimePercent", out _));

    private static bool HasUptime(JsonElement dependency) =>
        dependency.GetProperty("windows").EnumerateObject().Any(window => PercentOf(window.Value) is not null);

    private static double? PercentOf(JsonElement window) =>
        window.TryGetProperty("uptimePercent", out JsonElement percent) && percent.ValueKind == JsonValueKind.Number
            ? percent.GetDouble()
            : null;

    /// <summary>The per cent, and below them a line for each thing that they don't say.</summary>
    private static string WordsOf(JsonElement windows, StatusWindow window)
    {
        if (!windows.TryGetProperty(window.Name, out JsonElement given))
        {
            return CliTable.Nothing;
        }

        bool degraded = given
            .GetProperty("cells")
            .EnumerateArray()
            .Any(c => c.ValueKind == JsonValueKind.Object && c.GetProperty("status").ValueEquals("warn"));
        IEnumerable<string> words = Uptime.LossesOf(Time(given, "downSeconds"), degraded, Time(given, "noDataSeconds"));
        if (Uptime.WordsOf(PercentOf(given)) is { } percent)
        {
            words = words.Prepend($"[bold]{percent} up[/]");
        }

        return string.Join('\n', words);
    }

    private static TimeSpan Time(JsonElement window, string property) => TimeSpan.FromSeconds(window.GetProperty(property).GetDouble());
}
