using System.Text.Json;
using HxFunctions.Core.Http.Status;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HxFunctions.Cli.Commands;

/// <summary>What happened: the last incidents, manual overrides among them.</summary>
internal static class WatchIncidents
{
    private const int IncidentsShown = 5;

    public static IRenderable Of(JsonElement answer, WatchInk ink)
    {
        WatchIncident[] all = [.. WatchIncident.All(answer)];
        if (all.Length == 0)
        {
            return ink.Empty(answer.GetProperty("history").ValueEquals("available") ? EmptyStates.NoIncident : EmptyStates.NoIncidentKnown);
        }

        CliTable table = ink.Table(
                "Incidents (UTC)",
                row => $"{row[0]}: {row[1]}\n{row[2]}{(row[3].Length > 0 ? $", {row[3]}" : "")}",
                "Incident",
                "Reason",
                "When (UTC)",
                "Duration"
            )
            .Sentences(1, 2)
            .Whole(3);
        foreach (WatchIncident incident in all.Take(IncidentsShown))
        {
            table.AddRow(
                Markup.Escape(incident.What),
                Markup.Escape(incident.Reason),
                When(incident, ink),
                incident.Duration is { } duration ? StatusText.Duration(duration) : ""
            );
        }

        if (all.Length > IncidentsShown)
        {
            table.Caption = $"{all.Length - IncidentsShown} more on the status page";
        }

        return table;
    }

    /// <summary>The year goes without saying: nothing is older than a week.</summary>
    private static string When(WatchIncident incident, WatchInk ink)
    {
        string ongoing = $"[{ink.Colour("red")}]ongoing[/]";
        return incident switch
        {
            { Start: { } start, End: null } => $"{ongoing} since {Moment(start)}",
            { Start: { } start, End: { } end } => StatusText.Day(start) == StatusText.Day(end)
                ? $"{Moment(start)} to {StatusText.Clock(end)}"
                : $"{Moment(start)} to {Moment(end)}",
            { End: { } end } => $"start not recorded, ended {Moment(end)}",
            _ => $"{ongoing}, start not recorded",
        };
    }

    private static string Moment(DateTimeOffset at) => $"{StatusText.Day(at)} {StatusText.Clock(at)}";
}
