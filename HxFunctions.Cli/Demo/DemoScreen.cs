using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HxFunctions.Cli.Demo;

/// <summary>
/// A terminal on which lines are added above a panel that stays at the bottom and is drawn anew. Spectre.Console's own live display leaves
/// the panel's remains beside what is written over it.
/// </summary>
internal sealed class DemoScreen(IAnsiConsole console)
{
    private static readonly TimeSpan RefreshEvery = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private Func<IRenderable>? _panel;
    private int _panelLines;

    /// <summary>Adds lines above the panel.</summary>
    public void Write(IRenderable renderable) => Paint(renderable);

    /// <summary>Shows the panel for as long as this runs.</summary>
    public async Task WithPanelAsync(Func<IRenderable> panel, Func<Task> action)
    {
        _panel = panel;
        using CancellationTokenSource over = new CancellationTokenSource();
        Task refreshed = RefreshAsync(over.Token);
        try
        {
            await action();
        }
        finally
        {
            await over.CancelAsync();
            await refreshed;
            _panel = null;
            Paint(null);
        }
    }

    private async Task RefreshAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            Paint(null);
            await Task.Delay(RefreshEvery, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Paint(IRenderable? above)
    {
        lock (_lock)
        {
            Frame frame = new Frame(_panelLines, above, _panel?.Invoke());
            console.Write(frame);
            _panelLines = frame.PanelLines;
        }
    }

    /// <summary>Takes the old panel away, writes what comes above, and draws the new panel: in one go, so that nothing flickers.</summary>
    private sealed class Frame(int oldPanelLines, IRenderable? above, IRenderable? panel) : IRenderable
    {
        public int PanelLines { get; private set; }

        public Measurement Measure(RenderOptions options, int maxWidth) => new(1, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
        {
            List<Segment> segments = new List<Segment>();
            if (oldPanelLines > 0)
            {
                segments.Add(Segment.Control(string.Create(CultureInfo.InvariantCulture, $"\r\u001b[{oldPanelLines}A\u001b[J")));
            }

            if (above is not null)
            {
                segments.AddRange(above.Render(options, maxWidth));
            }

            List<Segment> shown = panel?.Render(options, maxWidth).ToList() ?? [];
            segments.AddRange(shown);
            PanelLines = shown.Count(segment => segment.IsLineBreak);
            return segments;
        }
    }
}

/// <summary>A line as it is, however wide the terminal, so that it can be copied.</summary>
internal sealed class Verbatim(string line) : IRenderable
{
    public Measurement Measure(RenderOptions options, int maxWidth) => new(1, maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => [new(line), Segment.LineBreak];
}
