using System.Text;
using System.Xml;

namespace HxFunctions.Core.Http.Status;

/// <summary>Text of others, fit for XML.</summary>
internal static class XmlText
{
    /// <summary>Replaces what no XML document may hold (https://www.w3.org/TR/xml/#charsets), and leaves out what turns the direction of
    /// writing for all that follows (Unicode's embeddings, overrides and isolates).</summary>
    public static string Clean(string text)
    {
        StringBuilder clean = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool turns = rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
            if (!turns)
            {
                // A lone surrogate is U+FFFD already: that is how runes are enumerated.
                clean.Append(rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "\uFFFD" : rune.ToString());
            }
        }

        return clean.ToString();
    }
}
