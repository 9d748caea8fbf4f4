using System.Globalization;
using System.Text;
using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Http.Status;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HxFunctions.Cli.Commands;

/// <summary>Draws an answer of <c>/status/history</c>. Pure. All text of the answer is escaped: it may hold anything.</summary>
internal sealed class WatchView
{
    private const int HistoryWidth = 30;
    private const int IncidentsShown = 5;
    private const int RoutesShown = 40;
    private const string Grey = "grey";

    private readonly JsonElement _answer;
    private readonly bool _stale;

    private WatchView(JsonElement answer, bool stale)
    {
        _answer = answer;
        _stale = stale;
    }

    /// <param name="stale">Drawn in grey throughout: it is no longer known to be so.</param>
    /// <exception cref="InvalidOperationException">The answer isn't of the documented shape; or
    /// <see cref="KeyNotFoundException"/>.</exception>
    public static IRenderable Of(JsonElement answer, bool stale)
    {
        WatchView view = new(answer, stale);
        List<IRenderable> parts = [view.Headline(), view.Dependencies(), view.Routes()];
        if (view.Incidents() is { } incidents)
        {
            parts.Add(incidents);
        }

        return new Rows(parts);
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
            return new Rows(
                Of(answer, stale: false),
                new Markup($"[{Grey}]As of {Clock(answer.GetProperty("at"))} UTC. Press Ctrl+C to exit.[/]")
            );
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

    private Rows Headline()
    {
        JsonElement headline = _answer.GetProperty("headline");
        string colour = headline.GetProperty("state").GetString() switch
        {
            "open" => "green",
            "attention" => "yellow",
            _ => "red",
        };
        string since = headline.GetProperty("since") is { ValueKind: JsonValueKind.String } at
            ? $" since {Moment(at)} UTC, for {Ago(at)}"
            : "";
        List<IRenderable> lines = [new Markup($"[bold {Colour(colour)}]{Text(headline.GetProperty("title"))}[/]{since}")];
        lines.AddRange(headline.GetProperty("details").EnumerateArray().Select(detail => Line(Text(detail))));
        if (_answer.TryGetProperty("override", out JsonElement inEffect))
        {
            lines.Add(
                Line(
                    $"[{Colour("yellow")}]Override: {Text(inEffect.GetProperty("verdict"))}[/] for "
                        + $"{GuardCommand.Duration(inEffect.GetProperty("endsInSeconds"))} more: {Text(inEffect.GetProperty("reason"))}"
                )
            );
        }

        if (_answer.TryGetProperty("problems", out JsonElement problems))
        {
            lines.AddRange(problems.EnumerateArray().Select(p => Line($"[{Colour("red")}]{Text(p)}[/]")));
        }

        if (_answer.GetProperty("history").ValueEquals("unavailable"))
        {
            lines.Add(
                Line($"[{Colour("yellow")}]No history: Redis is unavailable. Below is what the instance that answered knows by itself.[/]")
            );
        }

        return new(lines);
    }

    private CliTable Dependencies()
    {
        CliTable table = NewTable(
                row => $"{row[0]}: {row[1]} for {row[4]} ({row[2]}, {row[3]})\n{row[5]}",
                "Dependency",
                "Status",
                "Reason",
                "Latency",
                "For",
                "Last hour"
            )
            .Right(3);
        foreach (JsonElement d in _answer.GetProperty("dependencies").EnumerateArray())
        {
            string status = d.GetProperty("status").GetString()!;
            table.AddRow(
                Markup.Escape(DependencyKind.DisplayNameOf(GuardCommand.OneLine(d.GetProperty("name").GetString()))),
                $"[{Colour(StatusWords.ColourOf(status))}]{StatusWords.Of(status)}[/]",
                ReasonOf(d),
                d.GetProperty("latencyMs") is { ValueKind: JsonValueKind.Number } latency ? StatusText.Latency(latency.GetDouble()) : "–",
                d.GetProperty("since") is { ValueKind: JsonValueKind.String } since ? Ago(since) : "–",
                History(d.GetProperty("windows"))
            );
        }

        return table;
    }

    private static string ReasonOf(JsonElement dependency)
    {
        string reason = Text(dependency.GetProperty("reason")).Replace('_', ' ');
        return dependency.TryGetProperty("detail", out JsonElement detail) ? $"{reason} ({Text(detail).Replace('_', ' ')})" : reason;
    }

    /// <summary>Rules that come to the same stand together.</summary>
    private CliTable Routes()
    {
        CliTable table = NewTable(row => $"Reads {row[0]}, writes {row[1]}\n{row[2]}", "Reads", "Writes", "Routes");
        IEnumerable<IGrouping<(string Read, string Write), JsonElement>> groups = _answer
            .GetProperty("rules")
            .EnumerateArray()
            .GroupBy(r => (Read: Verdict(r.GetProperty("read")), Write: Verdict(r.GetProperty("write"))));
        foreach (IGrouping<(string Read, string Write), JsonElement> group in groups)
        {
            table.AddRow(
                group.Key.Read,
                group.Key.Write,
                Listed([.. group.Select(r => Text(r.GetProperty("rule")) + Methods(r.GetProperty("methods")))])
            );
        }

        return table;
    }

    /// <summary>The default rules are some hundred.</summary>
    private static string Listed(string[] routes) =>
        routes.Length <= RoutesShown
            ? string.Join(' ', routes)
            : $"{string.Join(' ', routes[..RoutesShown])} and {routes.Length - RoutesShown} more: hx routes list";

    private CliTable? Incidents()
    {
        WatchIncident[] all = [.. WatchIncident.All(_answer)];
        if (all.Length == 0)
        {
            return null;
        }

        CliTable table = NewTable(
            row => $"{row[0]}: {row[1]}\n{row[2]} to {row[3]}, {row[4]}",
            "Incident",
            "Reason",
            "Start (UTC)",
            "End",
            "Duration"
        );
        foreach (WatchIncident incident in all.Take(IncidentsShown))
        {
            table.AddRow(
                Markup.Escape(incident.What),
                Markup.Escape(incident.Reason),
                incident.Start is { } start ? StatusText.Full(start) : "not recorded",
                incident.End is { } end ? StatusText.Full(end) : $"[{Colour("red")}]ongoing[/]",
                incident.Duration is { } duration ? StatusText.Duration(duration) : "–"
            );
        }

        if (all.Length > IncidentsShown)
        {
            table.Caption = $"{all.Length - IncidentsShown} more on the status page";
        }

        return table;
    }

    private string Verdict(JsonElement verdict)
    {
        bool closed = verdict.GetProperty("verdict").ValueEquals("closed"),
            wouldBe = verdict.GetProperty("wouldBe").ValueEquals("closed");
        string missing = string.Join(
            ", ",
            verdict
                .GetProperty("missing")
                .EnumerateArray()
                .Select(m => Markup.Escape(DependencyKind.DisplayNameOf(GuardCommand.OneLine(m.GetString()))))
        );
        string why = (closed, wouldBe) switch
        {
            (true, true) => $": {missing}",
            (true, false) => ": manual override",
            (false, true) => $" (would be closed: {missing})",
            _ => "",
        };
        return $"[{Colour(closed ? "red" : "green")}]{(closed ? "closed" : "open")}[/]{why}";
    }

    private static string Methods(JsonElement methods) =>
        methods.ValueKind == JsonValueKind.Array
            ? $" ({Markup.Escape(string.Join(',', methods.EnumerateArray().Select(m => GuardCommand.OneLine(m.GetString()))))})"
            : "";

    /// <summary>The last hour, the worst of two minutes in each character; its height says the same as its colour.</summary>
    private string History(JsonElement windows)
    {
        if (!windows.TryGetProperty(StatusWindow.Hour.Name, out JsonElement hour))
        {
            return "–";
        }

        string[] cells =
        [
            .. hour.GetProperty("cells")
                .EnumerateArray()
                .Select(c => c.ValueKind == JsonValueKind.Object ? c.GetProperty("status").GetString()! : ""),
        ];
        StringBuilder text = new();
        foreach (string[] pair in cells.Chunk(Math.Max(1, cells.Length / HistoryWidth)))
        {
            (string glyph, string colour) =
                pair.Contains("fail") ? ("█", "red")
                : pair.Contains("warn") ? ("▄", "yellow")
                : pair.Contains("pass") ? ("▁", "green")
                : ("·", Grey);
            text.Append(CultureInfo.InvariantCulture, $"[{Colour(colour)}]{glyph}[/]");
        }

        return text.ToString();
    }

    private CliTable NewTable(Func<string[], string> narrow, params string[] columns) =>
        new(columns) { Narrow = narrow, Style = _stale ? new Style(Color.Grey) : Style.Plain };

    private Markup Line(string markup) => _stale ? new(markup, new Style(Color.Grey)) : new(markup);

    private string Colour(string colour) => _stale ? Grey : colour;

    private static string Text(JsonElement text) => Markup.Escape(GuardCommand.OneLine(text.GetString()));

    private static string Moment(JsonElement at) => StatusText.Full(at.GetDateTimeOffset());

    private static string Clock(JsonElement at) => StatusText.Clock(at.GetDateTimeOffset());

    /// <summary>Until the answer was made, by the same clock.</summary>
    private string Ago(JsonElement at) => StatusText.Duration(_answer.GetProperty("at").GetDateTimeOffset() - at.GetDateTimeOffset());
}
