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

    private readonly FrozenDictionary<string, Edges>.AlternateLookup<ReadOnlySpan<char>> _edges;
    private readonly int[][] _rulesAt;
    private readonly bool[] _isLeaf;

    /// <summary>
    /// Puts every rule into the tree, and again behind the base path if there is one: once for the gateway's or the backend's, twice for
    /// the same one at both.
    /// </summary>
    /// <exception cref="ArgumentException">A prefix isn't in the plain form of <see cref="RoutePrefix"/>.</exception>
    public RouteTrie(IReadOnlyList<GuardRule> rules, string basePath)
    {
        Dictionary<string, Edges> edges = new(StringComparer.OrdinalIgnoreCase);
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
        _isLeaf = new bool[rulesAt.Count];
        Array.Fill(_isLeaf, true);
        foreach (Edges ofSegment in edges.Values)
        {
            ofSegment.MarkParents(_isLeaf);
        }

        void Insert(string prefix, int rule) => rulesAt[NodeOf(prefix)].Add(rule);

        int NodeOf(string prefix)
        {
            int node = Root;
            foreach (string segment in prefix.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                if (!edges.TryGetValue(segment, out Edges? ofSegment))
                {
                    edges[segment] = ofSegment = new();
                }

                int child = ofSegment.From(node);
                if (child < 0)
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

    /// <summary>The edges that carry this segment, in any case; none when no rule has it.</summary>
    public Edges Find(ReadOnlySpan<char> segment) => _edges.TryGetValue(segment, out Edges? found) ? found : Edges.None;

    /// <summary>Whether no rule goes on from this node.</summary>
    public bool IsLeaf(int node) => _isLeaf[node];

    /// <summary>Marks the rules whose last segment is this node.</summary>
    public void Mark(int node, Span<ulong> matched)
    {
        foreach (int rule in _rulesAt[node])
        {
            matched[rule >> 6] |= 1UL << rule;
        }
    }

    /// <summary>All edges of one segment: from a parent, in ascending order, to the child at the same index.</summary>
    internal sealed class Edges
    {
        public static readonly Edges None = new();

        public int[] Parents { get; private set; } = [];

        public int[] Children { get; private set; } = [];

        /// <summary>Where the segment leads from this node, or -1.</summary>
        public int From(int node)
        {
            int index = Parents.AsSpan().BinarySearch(node);
            return index < 0 ? -1 : Children[index];
        }

        public void Add(int parent, int child)
        {
            int index = ~Parents.AsSpan().BinarySearch(parent);
            Parents = [.. Parents.AsSpan(0, index), parent, .. Parents.AsSpan(index)];
            Children = [.. Children.AsSpan(0, index), child, .. Children.AsSpan(index)];
        }

        public void MarkParents(bool[] isLeaf)
        {
            foreach (int parent in Parents)
            {
                isLeaf[parent] = false;
            }
        }
    }
}
