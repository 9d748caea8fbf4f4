using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace HxFunctions.Core.Http.Status;

/// <summary>
/// Writes HTML, and encodes whatever it is given: the literal parts of an interpolated string are markup, its holes are text. There is no
/// way to write a value as markup.
/// </summary>
/// <remarks>A hole may stand in an element's text or in a quoted attribute, nowhere else: not in a script, a style, a tag's name or an
/// attribute without quotes.</remarks>
internal sealed class HtmlWriter
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private readonly StringBuilder _text = new(32 * 1024);

    /// <summary>Adds markup with encoded values.</summary>
#pragma warning disable CA1822 // The handler writes to this writer.
    public void Add([InterpolatedStringHandlerArgument("")] ref Markup markup)
#pragma warning restore CA1822
    { }

    /// <summary>Adds the content of a style or script of ours.</summary>
    public void AddAsset(StatusAsset asset) => _text.Append(asset.Content);

    /// <summary>Adds a time in UTC. The page's script puts the reader's local time beside it.</summary>
    /// <param name="text">How it is written; date, time and "UTC" when not given.</param>
    public void AddTime(DateTimeOffset at, string? text = null) =>
        Add($"""<time datetime="{StatusText.Iso(at)}">{text ?? StatusText.Full(at) + " UTC"}</time>""");

    public override string ToString() => _text.ToString();

    [InterpolatedStringHandler]
    internal readonly ref struct Markup(int literalLength, int formattedCount, HtmlWriter writer)
    {
        private readonly HtmlWriter _writer = Prepared(literalLength, formattedCount, writer);

        public void AppendLiteral(string literal) => _writer._text.Append(literal);

        public void AppendFormatted(string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                _writer._text.Append(Encoder.Encode(value));
            }
        }

        public void AppendFormatted(int value) => _writer._text.Append(value);

        private static HtmlWriter Prepared(int literalLength, int formattedCount, HtmlWriter writer)
        {
            writer._text.EnsureCapacity(writer._text.Length + literalLength + (formattedCount * 16));
            return writer;
        }
    }
}
