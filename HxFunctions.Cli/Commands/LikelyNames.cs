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
            : Distance(typed.ToLowerInvariant(), name.ToLowerInvariant());

    /// <summary>
    /// How many letters must be put in, left out, exchanged or swapped with their neighbour: the optimal string alignment distance
    /// (Damerau, "A technique for computer detection and correction of spelling errors", Communications of the ACM 7(3), 1964).
    /// </summary>
    internal static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                int exchanged = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(exchanged, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }
}
