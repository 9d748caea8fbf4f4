using HxFunctions.Core.Configuration;

namespace HxFunctions.Cli.Commands;

/// <summary>What was probably meant by a name that does not exist.</summary>
internal static class LikelyNames
{
    /// <summary>The end of a message: a question, or nothing when no name is near.</summary>
    public static string Question(string typed, IEnumerable<string> names) =>
        Find(typed, names) is { Length: > 0 } found ? $" Did you mean {string.Join(" or ", found.Select(name => $"'{name}'"))}?" : "";

    /// <summary>The nearest names; all that are equally near.</summary>
    public static string[] Find(string typed, IEnumerable<string> names)
    {
        (string Name, int Distance)[] near =
        [
            .. names
                .Distinct(StringComparer.Ordinal)
                .Select(name => (name, DistanceTo(name, typed)))
                .Where(one => one.Item2 <= Allowed(typed)),
        ];
        int nearest = near.Length == 0 ? 0 : near.Min(one => one.Distance);
        return [.. near.Where(one => one.Distance == nearest).Select(one => one.Name).Order(StringComparer.Ordinal)];
    }

    /// <summary>A third of the letters may be wrong.</summary>
    private static int Allowed(string typed) => Math.Clamp(typed.TrimStart('-').Length / 3, 1, 3);

    /// <summary>Zero for the beginning of a name, of three letters at least.</summary>
    private static int DistanceTo(string name, string typed) =>
        typed.TrimStart('-').Length >= 3 && name.StartsWith(typed, StringComparison.OrdinalIgnoreCase)
            ? 0
            : NameDistance.Between(typed.ToLowerInvariant(), name.ToLowerInvariant());
}
