namespace HxFunctions.Wiring.Yaml;

/// <summary>
/// A file that can't be read, or can't be edited without a risk. The message is a phrase that says what is there and what to do; it names
/// keys and anchors, never values.
/// </summary>
/// <param name="message">As above.</param>
/// <param name="line">1-based.</param>
/// <param name="column">1-based, in UTF-16 units; a byte order mark doesn't count.</param>
internal sealed class YamlRefusedException(string message, int line, int column) : Exception(message)
{
    /// <summary>1-based.</summary>
    public int Line { get; } = line;

    /// <summary>1-based.</summary>
    public int Column { get; } = column;

    /// <summary>A refusal at an offset of the text.</summary>
    public static YamlRefusedException At(string text, int offset, string message)
    {
        (int line, int column) = YamlText.Position(text, offset);
        return new(message, line, column);
    }
}
