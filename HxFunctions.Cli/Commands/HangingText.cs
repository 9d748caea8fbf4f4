using Spectre.Console.Rendering;

namespace HxFunctions.Cli.Commands;

/// <summary>A text whose further lines stand deeper than its first, so that one can see where the next text begins.</summary>
/// <param name="by">In columns.</param>
/// <param name="more">How much deeper.</param>
internal sealed class HangingText(IRenderable text, int by, int more) : IRenderable
{
    public Measurement Measure(RenderOptions options, int maxWidth) => new(Math.Min(by + more + 1, maxWidth), maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        int room = maxWidth - by;
        bool fits = text.Measure(options, int.MaxValue).Max <= room;
        int indent = by;
        foreach (SegmentLine line in Segment.SplitLines(text.Render(options, fits ? room : room - more)))
        {
            yield return Segment.Padding(indent);
            foreach (Segment segment in line)
            {
                yield return segment;
            }

            yield return Segment.LineBreak;
            indent = by + more;
        }
    }
}
