using Spectre.Console;
using Spectre.Console.Rendering;

namespace HxFunctions.Cli.Commands;

/// <summary>How <c>hx watch</c> draws: in colours, or all in grey.</summary>
/// <param name="stale">In grey: what is shown is no longer known to be so.</param>
internal sealed class WatchInk(bool stale)
{
    public const string Grey = "grey";

    private Style Style => stale ? new Style(Color.Grey) : Style.Plain;

    public string Colour(string colour) => stale ? Grey : colour;

    public Markup Line(string markup) => new(markup, Style);

    /// <summary>A line where a table would be if there were anything for it.</summary>
    public IRenderable Empty(string sentence) => new Rows(new Text(" "), Line(Markup.Escape(sentence)));

    /// <param name="heading">What it is about, for a screen on which it doesn't fit.</param>
    /// <param name="narrow">How a row reads there.</param>
    public CliTable Table(string heading, Func<string[], string> narrow, params string[] columns) =>
        new(columns)
        {
            BlockHeading = heading,
            Narrow = narrow,
            IsDense = true,
            Style = Style,
        };
}
