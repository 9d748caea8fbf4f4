using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace HxFunctions.Wiring.Yaml;

/// <summary>
/// Mapping keys from the top of a file down, such as <c>litellm_settings.cache_params.type</c>. A key that holds a dot, a space, a quote or
/// a backslash stands in double quotes, with <c>\"</c> and <c>\\</c> for the last two: <c>"a.b".c</c>.
/// </summary>
internal sealed record YamlPath
{
    /// <summary>UTF-16 units of a whole path: YAML 1.1 ends a key at 1024.</summary>
    private const int MaxPathLength = 1000;

    private YamlPath(IReadOnlyList<string> keys) => Keys = keys;

    /// <summary>At least one; none is empty.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <exception cref="ArgumentException">There are no keys, or one is empty.</exception>
    public static YamlPath Of(params string[] keys)
    {
        if (keys.Length == 0 || keys.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException("A path has at least one key, and none is empty.", nameof(keys));
        }

        return new([.. keys]);
    }

    /// <summary>Never throws.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out YamlPath? path)
    {
        path = null;
        if (text.Length is 0 or > MaxPathLength)
        {
            return false;
        }

        List<string> keys = [];
        int i = 0;
        while (true)
        {
            if (!TryReadKey(text, ref i, out string? key))
            {
                return false;
            }

            keys.Add(key);
            if (i == text.Length)
            {
                break;
            }

            if (text[i++] is not '.')
            {
                return false;
            }
        }

        path = new(keys);
        return true;
    }

    public bool Equals(YamlPath? other) => other is not null && Keys.SequenceEqual(other.Keys, StringComparer.Ordinal);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (string key in Keys)
        {
            hash.Add(key, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }

    /// <summary>What <see cref="TryParse"/> reads.</summary>
    public override string ToString() => string.Join('.', Keys.Select(Quote));

    /// <summary>The first keys, as <see cref="ToString"/> has them.</summary>
    public string Upper(int count) => string.Join('.', Keys.Take(count).Select(Quote));

    /// <summary>Whether the other path leads on from this one, or is the same.</summary>
    public bool IsPrefixOf(YamlPath other) =>
        Keys.Count <= other.Keys.Count && Keys.SequenceEqual(other.Keys.Take(Keys.Count), StringComparer.Ordinal);

    private static bool TryReadKey(string text, ref int i, [NotNullWhen(true)] out string? key)
    {
        int start = i;
        if (i == text.Length || text[i] is not '"')
        {
            while (i < text.Length && text[i] is not '.' && IsPlain(text[i]))
            {
                i++;
            }

            key = text[start..i];
            return key.Length > 0;
        }

        StringBuilder unquoted = new();
        for (i++; i < text.Length && text[i] is not '"'; i++)
        {
            if (text[i] is '\\' && (++i == text.Length || text[i] is not ('"' or '\\')))
            {
                key = null;
                return false;
            }

            unquoted.Append(text[i]);
        }

        key = unquoted.ToString();
        return i++ < text.Length && key.Length > 0;
    }

    private static string Quote(string key) =>
        key.All(c => c is not '.' && IsPlain(c))
            ? key
            : $"\"{key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static bool IsPlain(char character) =>
        character is not ('"' or '\\') && !char.IsWhiteSpace(character) && !char.IsControl(character);
}
