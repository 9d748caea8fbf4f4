namespace HxFunctions.Core.Routing;

/// <summary>Looks up a path that reads the same everywhere, segment by segment.</summary>
internal static class RouteLookup
{
    /// <summary>In so many places of the tree a path is looked up: parameters of several rules may stand beside each other.</summary>
    private const int MaxPlaces = 8;

    /// <summary>Marks the routes that an ordinary path is, or is below.</summary>
    /// <returns>False when it is in too many places at once; then some may be marked.</returns>
    public static bool TryMark(RouteTrie trie, ReadOnlySpan<char> path, Span<ulong> matched)
    {
        Span<int> at = stackalloc int[MaxPlaces],
            next = stackalloc int[MaxPlaces];
        at[0] = RouteTrie.Root;
        int count = 1;
        trie.MarkCovering(RouteTrie.Root, matched);
        for (int start = 1; start < path.Length && count > 0; )
        {
            ReadOnlySpan<char> segment = path[start..];
            int length = segment.IndexOf('/');
            segment = length < 0 ? segment : segment[..length];
            count = Advance(trie, at[..count], segment, next);
            if (count < 0)
            {
                return false;
            }

            foreach (int node in next[..count])
            {
                trie.MarkCovering(node, matched);
            }

            Span<int> done = at;
            at = next;
            next = done;
            start += segment.Length + 1;
        }

        foreach (int node in at[..count])
        {
            trie.MarkExact(node, matched);
            // Behind a slash at the end, some servers take an empty value.
            if (path[^1] == '/' && trie.ParametersAt(node) is { Many: >= 0 and int many })
            {
                trie.MarkCovering(many, matched);
                trie.MarkExact(many, matched);
            }
        }

        return true;
    }

    /// <returns>In how many places it is then; -1 when there is no room for them.</returns>
    private static int Advance(RouteTrie trie, ReadOnlySpan<int> at, ReadOnlySpan<char> segment, Span<int> next)
    {
        Dictionary<int, int> edges = trie.Find(segment);
        int count = 0;
        foreach (int node in at)
        {
            bool hasRoom = !edges.TryGetValue(node, out int child) || Add(child, next, ref count);
            if ((trie.Repeating[node >> 6] & (1UL << node)) != 0)
            {
                hasRoom &= Add(node, next, ref count);
            }

            if (trie.ParametersAt(node) is { } parameters)
            {
                hasRoom &= parameters.One < 0 || Add(parameters.One, next, ref count);
                hasRoom &= parameters.Many < 0 || Add(parameters.Many, next, ref count);
                int shape = 0;
                while (parameters.TryFindEndings(segment, ref shape, out List<RouteTrie.Ending> endings))
                {
                    foreach (RouteTrie.Ending ending in endings)
                    {
                        hasRoom &= ending.IsOverSlashesOnly || Add(ending.Child, next, ref count);
                    }
                }
            }

            if (!hasRoom)
            {
                return -1;
            }
        }

        return count;

        static bool Add(int node, Span<int> to, ref int count)
        {
            if (to[..count].Contains(node))
            {
                return true;
            }

            if (count == to.Length)
            {
                return false;
            }

            to[count++] = node;
            return true;
        }
    }
}
