using System.Globalization;

namespace HxFunctions.Core.Telemetry;

/// <summary>Words of others as they may stand in a log or on a terminal.</summary>
internal static class LogText
{
    /// <summary>
    /// On one line: whoever may set an override must not be able to add a line to a log, or to send a terminal an escape sequence. Control
    /// characters, line breaks of any kind and invisible marks that turn the direction of writing become spaces.
    /// </summary>
    public static string OneLine(string? text) =>
        string.Create(
            text?.Length ?? 0,
            text,
            static (line, from) =>
            {
                for (int i = 0; i < line.Length; i++)
                {
                    line[i] = IsPlain(from![i]) ? from[i] : ' ';
                }
            }
        );

    private static bool IsPlain(char c) =>
        char.GetUnicodeCategory(c)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
            );
}
