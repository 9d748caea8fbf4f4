using System.Collections.Frozen;

namespace HxFunctions.Core.Routing;

/// <summary>The segments of all routes as a tree of numbered nodes. A walk over a path's tokens moves through it.</summary>
/// <remarks>
/// Edges of literals are kept by segment, not by node: one lookup of the segment serves every node that a walk is in at that moment.
/// </remarks>
internal sealed class RouteTrie
{
    /// <summary>The node in front of all segments.</summary>
    public const int Root = 0;

    /// <summary>No place in the tree: "what comes next may be the authority of an absolute target". See <see cref="RouteWalk"/>.</summary>
    public const int Authority = 1;

    private static readonly Dictionary<int, int> NoEdges = [];
    private static readonly List<Ending> NoEndings = [];

    private readonly FrozenDictionary<string, Dictionary<int, int>>.AlternateLookup<ReadOnlySpan<char>> _edges;
    private readonly int[][] _coveringAt;
    private readonly int[][] _exactAt;
    private readonly Parameters?[] _parametersAt;

    /// <summary>
    /// Puts every route into the tree, and again behind each base path: behind one for the gateway's or the backend's, behind any two, or
    /// the same one twice, for one at each.
    /// </summary>
    public RouteTrie(IReadOnlyList<RoutePattern> routes, IReadOnlyList<string> basePaths)
    {
        Builder builder = new();
        RouteSegment[][] mounts = [.. basePaths.Select(Literals)];
        StartNodes =
        [
            .. new[] { Root }
                .Concat(mounts.Select(mount => builder.NodeOf(mount)))
                .Concat(mounts.SelectMany(outer => mounts.Select(inner => builder.NodeOf([.. outer, .. inner]))))
                .Distinct(),
        ];
        for (int route = 0; route < routes.Count; route++)
        {
            foreach (int start in StartNodes)
            {
                builder.Insert(start, routes[route], route);
            }
        }

        _edges = builder.Edges.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
        _coveringAt = [.. builder.CoveringAt.Select(list => list.ToArray())];
        _exactAt = [.. builder.ExactAt.Select(list => list.ToArray())];
        _parametersAt = [.. builder.ParametersAt];
        Parameterised = SetOf(node => _parametersAt[node] is not null);
        Repeating = SetOf(builder.Repeating.Contains);
        RepeatingOverSlashes = SetOf(node => builder.Repeating.Contains(node) || builder.AnyOne.Contains(node));
    }

    /// <summary>The nodes behind which a path begins: the root, and one or two base paths, which servers may have cut off.</summary>
    public int[] StartNodes { get; }

    public int NodeCount => _exactAt.Length;

    /// <summary>The nodes at which a parameter comes next, as a set.</summary>
    public ulong[] Parameterised { get; }

    /// <summary>The nodes behind <c>{name:path}</c>, in which any further segment belongs to its value, as a set.</summary>
    public ulong[] Repeating { get; }

    /// <summary>The same where a segment's value may hold slashes: those behind <c>{name}</c>, too.</summary>
    public ulong[] RepeatingOverSlashes { get; }

    /// <summary>The edges that carry this segment, in any case: from a node to the next; none when no route has it.</summary>
    public Dictionary<int, int> Find(ReadOnlySpan<char> segment) =>
        _edges.TryGetValue(segment, out Dictionary<int, int>? found) ? found : NoEdges;

    /// <summary>The parameters that may come next; <see langword="null"/> when none does.</summary>
    public Parameters? ParametersAt(int node) => _parametersAt[node];

    /// <summary>Marks the routes that cover what is below this node.</summary>
    public void MarkCovering(int node, Span<ulong> matched) => Mark(_coveringAt[node], matched);

    /// <summary>Marks the routes that a path is which ends at this node.</summary>
    public void MarkExact(int node, Span<ulong> matched) => Mark(_exactAt[node], matched);

    private static RouteSegment[] Literals(string basePath) =>
        [.. basePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(s => new RouteSegment(SegmentKind.Literal, s))];

    private static void Mark(int[] routes, Span<ulong> matched)
    {
        foreach (int route in routes)
        {
            matched[route >> 6] |= 1UL << route;
        }
    }

    private ulong[] SetOf(Func<int, bool> holds)
    {
        ulong[] set = new ulong[(NodeCount + 63) / 64];
        for (int node = 0; node < NodeCount; node++)
        {
            set[node >> 6] |= holds(node) ? 1UL << node : 0;
        }

        return set;
    }

    /// <summary>The edges of parameters: each from a node to the next.</summary>
    internal sealed class Parameters
    {
        private readonly Dictionary<string, List<Ending>> _endings = new(StringComparer.OrdinalIgnoreCase);

        private readonly Dictionary<string, List<Ending>>.AlternateLookup<ReadOnlySpan<char>> _endingsBySpan;

        /// <summary>One text for each length and first character of those that parameters have at their end.</summary>
        private readonly List<string> _shapes = [];

        public Parameters() => _endingsBySpan = _endings.GetAlternateLookup<ReadOnlySpan<char>>();

        /// <summary>Behind <c>{name}</c>, or -1.</summary>
        public int One { get; set; } = -1;

        /// <summary>Behind <c>{name:path}</c>, or -1.</summary>
        public int Many { get; set; } = -1;

        public bool HasEndings => _shapes.Count > 0;

        /// <summary>Behind the parameters that have this text at their end, in any case.</summary>
        public List<Ending> EndingsOf(ReadOnlySpan<char> text) =>
            _endingsBySpan.TryGetValue(text, out List<Ending>? found) ? found : NoEndings;

        /// <summary>Behind the next parameter that a value ends as. However many there are, each shape is looked up once.</summary>
        /// <param name="value">The segment.</param>
        /// <param name="shape">0 to begin with.</param>
        /// <param name="endings">What was found; none when there is nothing more.</param>
        public bool TryFindEndings(ReadOnlySpan<char> value, ref int shape, out List<Ending> endings)
        {
            while (shape < _shapes.Count)
            {
                string text = _shapes[shape++];
                // Letters differ by this bit alone from those of the other case.
                if (text.Length <= value.Length && (value[^text.Length] | 0x20) == (text[0] | 0x20))
                {
                    endings = EndingsOf(value[^text.Length..]);
                    if (endings.Count > 0)
                    {
                        return true;
                    }
                }
            }

            endings = NoEndings;
            return false;
        }

        public void Add(string text, Ending ending)
        {
            if (!_endings.TryGetValue(text, out List<Ending>? ofText))
            {
                _endings[text] = ofText = [];
                if (!_shapes.Exists(shape => shape.Length == text.Length && shape[0] == text[0]))
                {
                    _shapes.Add(text);
                }
            }

            ofText.Add(ending);
        }
    }

    /// <param name="IsMany">Whether the parameter is a <c>{name:path}</c>.</param>
    /// <param name="IsWithin">Whether the node is within the parameter's value, not in front of it.</param>
    internal sealed record Ending(int Child, bool IsMany, bool IsWithin)
    {
        /// <summary>Whether it only counts where the value of a <c>{name}</c> may hold slashes.</summary>
        public bool IsOverSlashesOnly => IsWithin && !IsMany;
    }

    private sealed class Builder
    {
        public Dictionary<string, Dictionary<int, int>> Edges { get; } = new(StringComparer.OrdinalIgnoreCase);
        public List<List<int>> CoveringAt { get; } =
        [
            [],
            [],
        ];
        public List<List<int>> ExactAt { get; } =
        [
            [],
            [],
        ];
        public List<Parameters?> ParametersAt { get; } = [null, null];
        public HashSet<int> Repeating { get; } = [];
        public HashSet<int> AnyOne { get; } = [];

        public void Insert(int start, RoutePattern route, int index)
        {
            int node = NodeOf(route.Segments, start);
            (route.CoversBelow ? CoveringAt : ExactAt)[node].Add(index);
        }

        public int NodeOf(IReadOnlyList<RouteSegment> segments, int start = Root)
        {
            int node = start;
            foreach (RouteSegment segment in segments)
            {
                node = segment.Kind == SegmentKind.Literal ? Literal(node, segment.Text) : Parameter(node, segment);
            }

            return node;
        }

        private int Literal(int node, string text)
        {
            if (!Edges.TryGetValue(text, out Dictionary<int, int>? ofSegment))
            {
                Edges[text] = ofSegment = [];
            }

            if (!ofSegment.TryGetValue(node, out int child))
            {
                child = NewNode();
                ofSegment.Add(node, child);
            }

            return child;
        }

        private int Parameter(int node, RouteSegment segment)
        {
            bool isMany = segment.Kind == SegmentKind.Many;
            Parameters parameters = ParametersOf(node);
            int within = isMany ? parameters.Many : parameters.One;
            if (within < 0)
            {
                within = NewNode();
                _ = (isMany ? Repeating : AnyOne).Add(within);
                if (isMany)
                {
                    parameters.Many = within;
                }
                else
                {
                    parameters.One = within;
                }
            }

            if (segment.Text.Length == 0)
            {
                return within;
            }

            foreach (Ending ending in parameters.EndingsOf(segment.Text))
            {
                if (ending.IsMany == isMany && !ending.IsWithin)
                {
                    return ending.Child;
                }
            }

            // The ending may come with the value's first segment, or with a later one.
            int child = NewNode();
            parameters.Add(segment.Text, new(child, isMany, IsWithin: false));
            ParametersOf(within).Add(segment.Text, new(child, isMany, IsWithin: true));
            return child;
        }

        private Parameters ParametersOf(int node) => ParametersAt[node] ??= new();

        private int NewNode()
        {
            CoveringAt.Add([]);
            ExactAt.Add([]);
            ParametersAt.Add(null);
            return ExactAt.Count - 1;
        }
    }
}
