using System.Collections.Frozen;

namespace HxFunctions.Core.Routing;

/// <summary>The segments of all rules as a tree of numbered nodes. A walk over a path's tokens moves through it.</summary>
/// <remarks>
/// Edges are kept by segment, not by node: one lookup of the segment serves every node that a walk is in at that moment.
/// </remarks>
internal sealed class RouteTrie
{
    /// <summary>The node in front of all segments.</summary>
    public const int Root = 0;

    /// <summary>No place in the tree: "what comes next may be the authority of an absolute target". See <see cref="RouteWalk"/>.</summary>
    public const int Authority = 1;

    private static readonly Dictionary<int, int> NoEdges = [];

    private readonly FrozenDictionary<string, Dictionary<int, int>>.AlternateLookup<ReadOnlySpan<char>> _edges;
    private readonly int[][] _rulesAt;

    /// <summary>
    /// Puts every rule into the tree, and again behind the base path if there is one: once for the gateway's or the backend's, twice for
    /// the same one at both.
    /// </summary>
    /// <exception cref="ArgumentException">A prefix isn't in the plain form of <see cref="RoutePrefix"/>.</exception>
    public RouteTrie(IReadOnlyList<GuardRule> rules, string basePath)
    {
        Dictionary<string, Dictionary<int, int>> edges = new(StringComparer.OrdinalIgnoreCase);
        List<List<int>> rulesAt =
        [
            [],
            [],
        ];
        for (int rule = 0; rule < rules.Count; rule++)
        {
            if (!RoutePrefix.TryNormalise(rules[rule].Prefix, out string prefix, out string? problem))
            {
                throw new ArgumentException($"The prefix of rule {rule + 1} {problem}.", nameof(rules));
            }

            Insert(prefix, rule);
            if (basePath.Length > 0)
            {
                Insert(basePath + prefix, rule);
                Insert(basePath + basePath + prefix, rule);
            }
        }

        StartNodes = basePath.Length == 0 ? [Root] : [Root, NodeOf(basePath), NodeOf(basePath + basePath)];
        _edges = edges.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
        _rulesAt = [.. rulesAt.Select(list => list.ToArray())];

        void Insert(string prefix, int rule) => rulesAt[NodeOf(prefix)].Add(rule);

        int NodeOf(string prefix)
        {
            int node = Root;
            foreach (string segment in prefix.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                if (!edges.TryGetValue(segment, out Dictionary<int, int>? ofSegment))
                {
                    edges[segment] = ofSegment = [];
                }

                if (!ofSegment.TryGetValue(node, out int child))
                {
                    child = rulesAt.Count;
                    ofSegment.Add(node, child);
                    rulesAt.Add([]);
                }

                node = child;
            }

            return node;
        }
    }

    /// <summary>The nodes behind which a path begins: the root, and the base path once and twice, which a server may have cut
    /// off.</summary>
    public int[] StartNodes { get; }

    public int NodeCount => _rulesAt.Length;

    /// <summary>The edges that carry this segment, in any case: from a node to the next; none when no rule has it.</summary>
    public Dictionary<int, int> Find(ReadOnlySpan<char> segment) =>
        _edges.TryGetValue(segment, out Dictionary<int, int>? found) ? found : NoEdges;

    /// <summary>Marks the rules whose last segment is this node.</summary>
    public void Mark(int node, Span<ulong> matched)
    {
        foreach (int rule in _rulesAt[node])
        {
            matched[rule >> 6] |= 1UL << rule;
        }
    }
}
