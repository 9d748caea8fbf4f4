using System.Globalization;
using System.Text;
using System.Text.Json;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Http.Status;
using Spectre.Console.Rendering;

namespace HxFunctions.Cli.Commands;

/// <summary>The dependencies as they are now, with the last hour as a bar.</summary>
internal static class WatchDependencies
{
    /// <summary>Minutes in each character of the bar, so that the table fits 80 columns.</summary>
    private const int MinutesShownAsOne = 3;

    public static IRenderable Of(JsonElement answer, WatchInk ink)
    {
        JsonElement dependencies = answer.GetProperty("dependencies");
        if (dependencies.GetArrayLength() == 0)
        {
            return ink.Empty(
                "No dependency is configured. Set PG_URL, REDIS_URL, QDRANT_URL or DEPENDENCIES: each dependency then has a line here."
            );
        }

        DateTimeOffset now = answer.GetProperty("at").GetDateTimeOffset();
        CliTable table = ink.Table("Dependencies", Narrow, "Dependency", "Status", "Reason", "Latency", "For", "Last hour")
            .Right(3)
            .Whole(5);
        foreach (JsonElement dependency in dependencies.EnumerateArray())
        {
            string status = dependency.GetProperty("status").GetString()!;
            table.AddRow(
                WatchText.DependencyOf(dependency.GetProperty("name")),
                $"[{ink.Colour(StatusWords.ColourOf(status))}]{StatusWords.Of(status)}[/]",
                ReasonOf(dependency, status),
                dependency.GetProperty("latencyMs") is { ValueKind: JsonValueKind.Number } latency
                    ? StatusText.Latency(latency.GetDouble())
                    : CliTable.Nothing,
                dependency.GetProperty("since") is { ValueKind: JsonValueKind.String } since
                    ? StatusText.Duration(now - since.GetDateTimeOffset())
                    : CliTable.Nothing,
                LastHour(dependency.GetProperty("windows"), ink)
            );
        }

        return table;
    }

    /// <summary>What is not known is left out.</summary>
    private static string Narrow(string[] row)
    {
        string duration = row[4] == CliTable.Nothing ? "" : $" for {row[4]}";
        string latency = row[3] == CliTable.Nothing ? "" : $", {row[3]}";
        return $"{row[0]}: {row[1]}{duration} ({row[2]}{latency})\n{row[5]}";
    }

    private static string ReasonOf(JsonElement dependency, string status)
    {
        if (status == "unknown" && dependency.GetProperty("reason").ValueEquals(Reasons.Unknown))
        {
            return EmptyStates.NotChecked;
        }

        string reason = WatchText.ReasonOf(dependency.GetProperty("reason"));
        return dependency.TryGetProperty("detail", out JsonElement detail) ? $"{reason} ({WatchText.ReasonOf(detail)})" : reason;
    }

    /// <summary>The worst of some minutes in each character; its height says the same as its colour.</summary>
    private static string LastHour(JsonElement windows, WatchInk ink)
    {
        if (!windows.TryGetProperty(StatusWindow.Hour.Name, out JsonElement hour))
        {
            return CliTable.Nothing;
        }

        IEnumerable<string> cells = hour.GetProperty("cells")
            .EnumerateArray()
            .Select(c => c.ValueKind == JsonValueKind.Object ? c.GetProperty("status").GetString()! : "");
        StringBuilder text = new();
        foreach (string[] some in cells.Chunk(MinutesShownAsOne))
        {
            (string glyph, string colour) =
                some.Contains("fail") ? ("█", "red")
                : some.Contains("warn") ? ("▄", "yellow")
                : some.Contains("pass") ? ("▁", "green")
                : ("·", WatchInk.Grey);
            text.Append(CultureInfo.InvariantCulture, $"[{ink.Colour(colour)}]{glyph}[/]");
        }

        return text.ToString();
    }
}
