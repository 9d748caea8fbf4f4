using System.Diagnostics;
using System.Globalization;
using HxFunctions.Cli.Commands;
using Spectre.Console;

namespace HxFunctions.Cli.Demo;

/// <summary>How a line is meant; shown as a colour on terminals that have any, and always said in words as well.</summary>
internal enum DemoTone
{
    Plain,
    Quiet,
    Event,
    Good,
    Bad,
}

/// <summary>
/// Where the story is told: lines with the time since the start. On a terminal they are coloured and stand over a small table of the
/// traffic as it is now; elsewhere they are plain text, one line each.
/// </summary>
internal sealed class DemoPage
{
    private const int TimeWidth = 9;

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly TextWriter _output;
    private readonly DemoScreen? _screen;

    public DemoPage(TextWriter output)
    {
        _output = TextWriter.Synchronized(output);
        if (!CliConsole.IsTerminal(output))
        {
            return;
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (console.Profile.Capabilities.Ansi)
        {
            _screen = new(console);
        }
    }

    /// <summary>A line with the time.</summary>
    public void Say(string text, DemoTone tone = DemoTone.Plain) =>
        Write(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_started).TotalSeconds, 5:0.0} s"), text, tone);

    /// <summary>A line that belongs to the last one.</summary>
    public void Add(string text, DemoTone tone = DemoTone.Plain) => Write("", text, tone);

    /// <summary>A line that is never wrapped.</summary>
    public void Copyable(string line)
    {
        if (_screen is null)
        {
            _output.WriteLine(line);
        }
        else
        {
            _screen.Write(new Verbatim(line));
        }
    }

    public void Results(IReadOnlyList<DemoResult> results)
    {
        // Dense, to fit 80 columns.
        CliTable table = new CliTable("Step", "Closed after", "Promised", "Reopened after", "Promised", "Slowest answer", "Came true")
        {
            IsDense = true,
            Narrow = row =>
                $"{row[0]}: closed after {row[1]} (promised {row[2]}), reopened after {row[3]} (promised {row[4]}); came true: {row[6]}",
        }
            .Whole(0)
            .Right(1, 2, 3, 4, 5);

        foreach (DemoResult result in results)
        {
            table.AddRow(
                Markup.Escape(result.Step.Name),
                Measured(result.Closed),
                Promised(result.Step.Promised),
                Measured(result.Reopened),
                Promised(result.ReopenPromised),
                Milliseconds(result.Slowest),
                Passed(result)
            );
        }

        if (_screen is null)
        {
            _output.Write(_output.NewLine + CliConsole.Render(table, _output) + _output.NewLine);
        }
        else
        {
            _screen.Write(table);
        }
    }

    /// <summary>Runs the story; on a terminal with the table of the traffic under it for as long.</summary>
    public Task WithTrafficAsync(SteadyTraffic traffic, Func<Task> story) =>
        _screen is null ? story() : _screen.WithPanelAsync(() => TrafficTable(traffic), story);

    /// <summary>A time that was measured, in seconds; a dash for none.</summary>
    public static string Measured(TimeSpan? span) =>
        span is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.TotalSeconds:0.0} s") : "–";

    /// <summary>A time that was promised or granted, in seconds.</summary>
    public static string Promised(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#} s");

    public static string Milliseconds(TimeSpan span) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, span.TotalMilliseconds):0} ms");

    private static Table TrafficTable(SteadyTraffic traffic)
    {
        Table table = new Table()
            .Border(TableBorder.Rounded)
            .BorderStyle(Style.Parse("grey"))
            .AddColumns("Through the gateway", "Now", "For", "Answers", "What the caller reads");
        for (int column = 1; column <= 3; column++)
        {
            table.Columns[column].RightAligned().NoWrap();
        }

        foreach (RouteWatch route in traffic.Routes)
        {
            (TrafficAnswer? last, TimeSpan since, int count) = route.Now;
            if (last is null)
            {
                continue;
            }

            bool open = last.Status == 200;
            table.AddRow(
                Markup.Escape(route.ToString()),
                open ? "[green]200[/]" : $"[red]{last.Status}[/]",
                Measured(since),
                count.ToString("N0", CultureInfo.InvariantCulture),
                open ? "" : Markup.Escape(last.Detail ?? "")
            );
        }

        return table;
    }

    private void Write(string time, string text, DemoTone tone)
    {
        if (_screen is null)
        {
            _output.WriteLine($"{time.PadRight(TimeWidth)}{text}");
            return;
        }

        // A grid, so that a long line goes on under its own beginning.
        Grid grid = new Grid()
            .AddColumn(new GridColumn().Width(TimeWidth).NoWrap().Padding(0, 0))
            .AddColumn(new GridColumn().Padding(0, 0));
        grid.AddRow(new Text(time, Style.Parse("grey")), new Text(text, StyleOf(tone)));
        _screen.Write(grid);
    }

    private static Style StyleOf(DemoTone tone) =>
        Style.Parse(
            tone switch
            {
                DemoTone.Quiet => "grey",
                DemoTone.Event => "bold yellow",
                DemoTone.Good => "green",
                DemoTone.Bad => "red",
                _ => "default",
            }
        );

    internal static string Passed(DemoResult result) =>
        result switch
        {
            { Passed: true } => "[green]yes[/]",
            { IsLate: true, Faults.Count: 0 } => "[red]no, late[/]",
            _ => "[red]no[/]",
        };
}
