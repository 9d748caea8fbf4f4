namespace HxFunctions.Core.Configuration;

/// <summary>How far two names are apart.</summary>
internal static class NameDistance
{
    /// <summary>
    /// How many letters must be put in, left out, exchanged or swapped with their neighbour: the optimal string alignment distance
    /// (Damerau, "A technique for computer detection and correction of spelling errors", Communications of the ACM 7(3), 1964).
    /// </summary>
    public static int Between(string a, string b)
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
