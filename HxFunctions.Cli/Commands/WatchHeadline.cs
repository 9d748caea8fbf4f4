using System.Text.Json;
using HxFunctions.Core.Http.Status;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HxFunctions.Cli.Commands;

/// <summary>Whether requests pass, why not, and what else one must know to read the rest.</summary>
internal static class WatchHeadline
{
    public static IRenderable Of(JsonElement answer, WatchInk ink)
    {
        JsonElement headline = answer.GetProperty("headline");
        string colour = headline.GetProperty("state").GetString() switch
        {
            "open" => "green",
            "attention" => "yellow",
            _ => "red",
        };
        string since = "";
        if (headline.GetProperty("since") is { ValueKind: JsonValueKind.String } at)
        {
            // Until the answer was made, by the same clock.
            DateTimeOffset began = at.GetDateTimeOffset(),
                now = answer.GetProperty("at").GetDateTimeOffset();
            since = $" since {StatusText.Full(began)} UTC, for {StatusText.Duration(now - began)}";
        }

        List<IRenderable> lines = [new Markup($"[bold {ink.Colour(colour)}]{WatchText.Of(headline.GetProperty("title"))}[/]{since}")];
        lines.AddRange(headline.GetProperty("details").EnumerateArray().Select(detail => ink.Line(WatchText.Of(detail))));
        if (answer.TryGetProperty("override", out JsonElement inEffect))
        {
            lines.Add(
                ink.Line(
                    $"[{ink.Colour("yellow")}]Override: {WatchText.Of(inEffect.GetProperty("verdict"))}[/] for "
                        + $"{GuardCommand.Duration(inEffect.GetProperty("endsInSeconds"))} more: "
                        + WatchText.Of(inEffect.GetProperty("reason"))
                )
            );
        }

        if (answer.TryGetProperty("problems", out JsonElement problems))
        {
            lines.AddRange(problems.EnumerateArray().Select(p => ink.Line($"[{ink.Colour("red")}]{WatchText.Of(p)}[/]")));
        }

        if (answer.GetProperty("history").ValueEquals("unavailable"))
        {
            lines.Add(
                ink.Line(
                    $"[{ink.Colour("yellow")}]No history: Redis is unavailable. Below is what the instance that answered knows by itself; "
                        + "uptime and incidents come back with Redis.[/]"
                )
            );
        }

        return new Rows(lines);
    }
}
