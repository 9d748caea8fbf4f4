using System.Diagnostics;
using System.Globalization;
using HxFunctions.Cli.Commands;
using Spectre.Console;
using Spectre.Console.Rendering;

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
/// Where the story is told: lines with the time since the start. On a terminal they are coloured and stand over a small table of the traffic as it is now;
/// elsewhere they are plain text, one line each.
/// </summary>
internal sealed class DemoPage
{
    private const int TimeWidth = 9;
    private static readonly TimeSpan RefreshEvery = TimeSpan.FromMilliseconds(200);

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly TextWriter _output;
    private readonly IAnsiConsole? _terminal;

    public DemoPage(TextWriter output)
    {
        _output = output;
        if (!CliConsole.IsTerminal(output))
            return;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (console.Profile.Capabilities.Ansi)
            _terminal = console;
    }

    /// <summary>A line with the time.</summary>
    public void Say(string text, DemoTone tone = DemoTone.Plain) =>
        Write(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_started).TotalSeconds,5:0.0} s"), text, tone);

    /// <summary>A line that belongs to the last one.</summary>
    public void Add(string text, DemoTone tone = DemoTone.Plain) => Write("", text, tone);

    public void Blank() => Write("", "", DemoTone.Plain);

    /// <summary>Lines that are to be copied: never wrapped.</summary>
    public void Verbatim(params IReadOnlyList<string> lines)
    {
        lock (_lock)
        {
            foreach (var line in lines)
            {
                if (_terminal is null)
                    _output.WriteLine(line);
                else
                    _terminal.Write(new Unwrapped(line));
            }
        }
    }

    public void Results(IReadOnlyList<DemoResult> results)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("Step", "Closed after", "Promised", "Reopened after", "Promised", "Slowest answer", "Came true");
        for (var column = 1; column <= 5; column++) table.Columns[column].RightAligned();
        foreach (var result in results)
        {
            table.AddRow(
                Markup.Escape(result.Step.Name), Text(result.Closed), DemoScript.Text(result.Step.Promised), Text(result.Reopened),
                DemoScript.Text(result.ReopenPromised), DemoScript.Milliseconds(result.Slowest), CameTrue(result));
        }

        lock (_lock)
        {
            if (_terminal is null)
                _output.Write(CliConsole.Render(table, _output));
            else
                _terminal.Write(table);
        }
    }

    /// <summary>Runs the story; on a terminal with the table of the traffic under it for as long.</summary>
    public async Task WithTrafficAsync(SteadyTraffic traffic, Func<Task> story)
    {
        if (_terminal is null)
        {
            await story();
            return;
        }

        await _terminal.Live(TrafficTable(traffic)).AutoClear(true).StartAsync(async live =>
        {
            using var over = new CancellationTokenSource();
            var refreshed = RefreshAsync(live, traffic, over.Token);
            try
            {
                await story();
            }
            finally
            {
                await over.CancelAsync();
                await refreshed;
            }
        });
    }

    private async Task RefreshAsync(LiveDisplayContext live, SteadyTraffic traffic, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            lock (_lock)
                live.UpdateTarget(TrafficTable(traffic));
            await Task.Delay(RefreshEvery, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static Table TrafficTable(SteadyTraffic traffic)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderStyle(Style.Parse("grey"))
            .AddColumns("Through the gateway", "Now", "For", "Answers", "What the caller reads");
        for (var column = 1; column <= 3; column++) table.Columns[column].RightAligned().NoWrap();
        foreach (var route in traffic.Routes)
        {
            var (last, since, count) = route.Now;
            if (last is null)
                continue;
            var open = last.Status == 200;
            table.AddRow(
                Markup.Escape(route.ToString()), open ? "[green]200[/]" : $"[red]{last.Status}[/]",
                string.Create(CultureInfo.InvariantCulture, $"{since.TotalSeconds:0.0} s"),
                count.ToString("N0", CultureInfo.InvariantCulture), open ? "" : Markup.Escape(last.Detail ?? ""));
        }

        return table;
    }

    private void Write(string time, string text, DemoTone tone)
    {
        lock (_lock)
        {
            if (_terminal is null)
            {
                _output.WriteLine($"{time.PadRight(TimeWidth)}{text}".TrimEnd());
                return;
            }

            // A grid, so that a long line goes on under its own beginning.
            var grid = new Grid().AddColumn(new GridColumn().Width(TimeWidth).NoWrap().Padding(0, 0)).AddColumn(new GridColumn().Padding(0, 0));
            grid.AddRow(new Text(time, Style.Parse("grey")), new Text(text, StyleOf(tone)));
            _terminal.Write(grid);
        }
    }

    private static Style StyleOf(DemoTone tone) => Style.Parse(tone switch
    {
        DemoTone.Quiet => "grey",
        DemoTone.Event => "bold yellow",
        DemoTone.Good => "green",
        DemoTone.Bad => "red",
        _ => "default",
    });

    private static string Text(TimeSpan? span) => span is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.TotalSeconds:0.0} s") : "–";

    private static string CameTrue(DemoResult result) => result switch
    {
        { CameTrue: false } => "[red]no[/]",
        { IsLate: true } => "[yellow]yes, late[/]",
        _ => "[green]yes[/]",
    };

    /// <summary>A line as it is, however wide.</summary>
    private sealed class Unwrapped(string line) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => new(1, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => [new(line), Segment.LineBreak];
    }
}
