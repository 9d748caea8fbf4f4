using System.Text;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Http.Status;

/// <summary>A small image with a state, for a wiki or a readme. The state is a word and a shape, not a colour alone.</summary>
internal static class StatusBadge
{
    public const string ContentType = "image/svg+xml; charset=utf-8";
    private const int Height = 20;
    private const int Padding = 6;
    private const int IconWidth = 14;

    /// <summary>The width of a character in 11 pixels of Verdana, rounded up. <c>textLength</c> holds other fonts to it.</summary>
    private const int CharacterWidth = 7;

    private const int MaxLabelLength = 40;

    /// <summary>One dependency.</summary>
    public static byte[] Of(string name, DependencyStatus status) => Draw(name, Headline.StateOf(status).ToLowerInvariant(), status);

    /// <summary>All of them: "all up", or how many are not.</summary>
    public static byte[] OfAll(IReadOnlyList<DependencyStatus> statuses)
    {
        if (statuses.Count == 0)
        {
            return Draw("dependencies", "none configured", DependencyStatus.Unknown);
        }

        string[] parts =
        [
            .. statuses
                .Where(s => s != DependencyStatus.Pass)
                .GroupBy(s => s)
                .OrderBy(g => Severity(g.Key))
                .Select(g => $"{g.Count()} {Headline.StateOf(g.Key).ToLowerInvariant()}"),
        ];
        return Draw("dependencies", parts.Length == 0 ? "all up" : string.Join(", ", parts), statuses.MinBy(Severity));
    }

    /// <summary>What is seen to fail comes before what nobody has looked at.</summary>
    private static int Severity(DependencyStatus status) =>
        status switch
        {
            DependencyStatus.Fail => 0,
            DependencyStatus.Unknown => 1,
            DependencyStatus.Warn => 2,
            _ => 3,
        };

    private static byte[] Draw(string name, string state, DependencyStatus status)
    {
        string label = XmlText.Clean(name);
        label = label.Length <= MaxLabelLength ? label : label[..(MaxLabelLength - 1)] + "…";
        int labelText = label.Length * CharacterWidth,
            stateText = state.Length * CharacterWidth,
            left = labelText + (2 * Padding),
            width = left + IconWidth + stateText + (3 * Padding);
        // White on each of these has a contrast of 4.5 or more (WCAG 2.2, 1.4.3); StatusBadgeTests reckons it.
        (string colour, string icon) = status switch
        {
            DependencyStatus.Pass => ("#1a7a4a", "M2 7.5l3 3 6-7"),
            DependencyStatus.Warn => ("#8a5300", "M6.5 1.5v6M6.5 10.5v.5"),
            DependencyStatus.Fail => ("#b3261e", "M2 2l9 9M11 2l-9 9"),
            _ => ("#57606a", "M4 4a2.5 2.5 0 1 1 3.5 2.3q-1 .5-1 1.7M6.5 11v.1"),
        };
        HtmlWriter svg = new();
        svg.Add(
            $"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{Height}" role="img" aria-label="{label}: {state}"><title>{label}: {state}</title><path fill="#3d464f" d="M0 0h{left}v{Height}H0z"/><path fill="{colour}" d="M{left} 0h{width - left}v{Height}H{left}z"/>"""
        );
        svg.Add(
            $"""<path transform="translate({left + Padding} 4)" d="{icon}" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"/><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x="{Padding}" y="14" textLength="{labelText}">{label}</text><text x="{left + (2 * Padding) + IconWidth}" y="14" textLength="{stateText}">{state}</text></g></svg>"""
        );
        return Encoding.UTF8.GetBytes(svg.ToString());
    }
}
