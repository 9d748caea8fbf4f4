using System.Text.Json;
using HxFunctions.Core.Http.Status;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HxFunctions.Cli.Commands;

/// <summary>
/// Draws an answer of <c>/status/history</c>: first how it is now, then how it was, for what doesn't fit the screen is cut at its end.
/// Pure. All text of the answer is escaped: it may hold anything.
/// </summary>
internal static class WatchView
{
    /// <param name="stale">Drawn in grey throughout: it is no longer known to be so.</param>
    /// <exception cref="InvalidOperationException">The answer isn't of the documented shape; or
    /// <see cref="KeyNotFoundException"/>.</exception>
    public static IRenderable Of(JsonElement answer, bool stale)
    {
        WatchInk ink = new(stale);
        return new Rows(
            WatchHeadline.Of(answer, ink),
            WatchDependencies.Of(answer, ink),
            WatchRoutes.Of(answer, ink),
            WatchUptime.Of(answer, ink),
            WatchIncidents.Of(answer, ink)
        );
    }

    /// <summary>The whole screen, with what to say under it.</summary>
    /// <param name="last">The last answer; <see langword="null"/>: none yet.</param>
    /// <param name="fault">Why there is no newer one; <see langword="null"/>: it is the newest.</param>
    public static IRenderable Screen(JsonElement? last, string? fault, TimeSpan age)
    {
        if (last is not { } answer)
        {
            return new Markup($"[red]{Markup.Escape(fault ?? "")}[/] Trying again; press Ctrl+C to exit.");
        }

        if (fault is null)
        {
            string clock = StatusText.Clock(answer.GetProperty("at").GetDateTimeOffset());
            return new Rows(Of(answer, stale: false), new Markup($"[{WatchInk.Grey}]As of {clock} UTC. Press Ctrl+C to exit.[/]"));
        }
        // At the top, for what doesn't fit the screen is cut at its end.
        return new Rows(
            new Markup($"[red]No answer for {StatusText.Duration(age)}: {Markup.Escape(fault)}[/] Below is the last answer."),
            Of(answer, stale: true)
        );
    }

    /// <summary>Whether all is up and nothing is closed.</summary>
    public static bool IsHealthy(JsonElement answer) =>
        answer.GetProperty("headline").GetProperty("state").GetString() is "open" or "attention"
        && answer.GetProperty("dependencies").EnumerateArray().All(d => d.GetProperty("status").GetString() is "pass" or "warn");
}
