using System.Buffers;

namespace HxFunctions.Core.Configuration;

/// <summary>What a dependency may be called: it stands in routes, JSON, metrics and Redis keys.</summary>
internal static class DependencyName
{
    /// <summary>The rule in words, for problems.</summary>
    public const string Form = "at most 40 letters, digits, '_' and '-', starting with a letter or digit";

    private const int Longest = 40;
    private static readonly SearchValues<char> Characters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-");

    /// <param name="name">In lower case.</param>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= Longest && name[0] is not ('_' or '-') && !name.AsSpan().ContainsAnyExcept(Characters);
}
