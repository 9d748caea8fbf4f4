namespace HxFunctions.Core.Configuration;

/// <summary>Words in a sentence.</summary>
internal static class WordList
{
    /// <summary>As in <c>a, b and c</c>.</summary>
    public static string And(params ReadOnlySpan<string> words) => Join(words, "and");

    /// <summary>As in <c>a, b or c</c>.</summary>
    public static string Or(params ReadOnlySpan<string> words) => Join(words, "or");

    private static string Join(ReadOnlySpan<string> words, string last) =>
        words.Length == 0 ? ""
        : words.Length == 1 ? words[0]
        : $"{string.Join(", ", words[..^1]!)} {last} {words[^1]}";
}
