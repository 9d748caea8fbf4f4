using System.Numerics;

namespace HxFunctions.Core.Routing;

/// <summary>Walks the tokens of a path's widest reading through the rules, in all states at once that some server may be in.</summary>
/// <remarks>
/// Why nothing slips through, per way of reading. In a server's reading that a rule matches, each segment of the rule comes
/// from one token here, in order, or, where a parameter stands, from any tokens; what lies between vanished on that server. All that can
/// vanish is covered, and all that can be a parameter's value:
/// <list type="bullet">
/// <item>Slashes merged, backslashes as slashes, dots and spaces at the end or spaces in front of a segment dropped (<c>+</c> is a
/// space in form decoding): both kinds of slash separate; tokens that are nothing but dots and spaces change no state. Kept, they are a
/// value. Empty tokens one after the other are read until one adds no state: states only come, so that no further one adds any.</item>
/// <item>Dots resolved: whatever dots remove, however coarse the removed segments were (an encoded slash may have been inside), ends in
/// a dot-dot token here, and what they lead back to is a state that was reached before. So dot-dot brings back every state ever
/// reached. Dots kept: rules have no dot segments, so what was matched before stays matched.</item>
/// <item><c>;params</c> dropped: a token is cut there. When slashes may be read differently (see below), the parameter may reach over
/// following tokens (<c>/v1;a%2fb/keys</c>), so from there on no state ends any more.</item>
/// <item>Query and fragment cut, where the mark came up by decoding or is a <c>#</c>, and everything behind a semicolon: the reading
/// ends with what is left of the token, which may complete a rule, or be a value or its end; where nothing is left, it ends where it
/// was, or where dots lead back to. In the reading that keeps the mark the token is no rule's segment, but a value. A value may hold
/// some marks and be cut at another, so that what a rule wants at its end (<c>:count</c>) is looked for in front of each.</item>
/// <item>Slashes read differently: a value may hold slashes that were encoded, and be nothing else (<c>/model/%2f/update</c>). So
/// behind a <c>{name}</c> any further token may belong to it, and an empty token may be one. Behind a <c>{name:path}</c> any may in all
/// readings, and its value may be empty, as Starlette has it: <c>/team//callback</c> is <c>/team/{id:path}/callback</c>.</item>
/// <item>Absolute form reduced: what follows <c>scheme:</c> in front, or an empty token in front (<c>//host</c>), may be an authority,
/// and behind an authority the root begins anew. "In front" is wherever the root is a state, since all before it may vanish, and behind
/// the base path, which a server may have cut off. When slashes may be read differently, the authority may reach over following tokens
/// too.</item>
/// <item>Prefixes: a node once reached marks its rules for good. Exact rules: a path ends in a state that is left behind its last
/// token, or where a reading was cut off.</item>
/// </list>
/// Work per token is bounded by the rules that hold its segment, the parameters at the states that it comes from, and the words of the
/// state sets: linear in the path. Texts behind parameters are looked up by shape, once for each mark in a token.
/// </remarks>
internal ref struct RouteWalk
{
    /// <summary>Trees up to 21,000 nodes keep their state sets on the stack.</summary>
    private const int MaxStackWords = 1024;

    /// <summary>So many edges are gone through one by one. A path is rarely in more states at once.</summary>
    /// <remarks>Both ways together take 40 µs for 8 KB of <c>/admin/..</c> and 100 rules that end so; through the edges alone it is 115,
    /// and more with more rules.</remarks>
    private const int FewEdges = 8;

    /// <summary>What servers cut off, with all behind it in the segment (a parameter) or in the path (a query, a fragment).</summary>
    private const string Marks = ";?#";

    private readonly RouteTrie _trie;
    private readonly bool _slashesDiffer;
    private readonly Span<ulong> _matched;
    private readonly Span<ulong> _ever;
    private Span<ulong> _active;
    private Span<ulong> _next;
    private bool _neverEnds;

    private RouteWalk(RouteTrie trie, bool slashesDiffer, Span<ulong> matched, Span<ulong> sets)
    {
        int words = sets.Length / 3;
        _trie = trie;
        _slashesDiffer = slashesDiffer;
        _matched = matched;
        _ever = sets[..words];
        _active = sets.Slice(words, words);
        _next = sets[(2 * words)..];
    }

    /// <summary>Marks every rule that the reading may fall under.</summary>
    /// <param name="trie">The rules.</param>
    /// <param name="reading">The widest reading of a path, without the slash that it was sent with in front.</param>
    /// <param name="slashesDiffer">Whether a server that decodes less may see fewer separators than the reading has.</param>
    /// <param name="matched">One bit per rule.</param>
    public static void Walk(RouteTrie trie, ReadOnlySpan<char> reading, bool slashesDiffer, Span<ulong> matched)
    {
        int words = 3 * ((trie.NodeCount + 63) / 64);
        Span<ulong> sets = words <= MaxStackWords ? stackalloc ulong[words] : new ulong[words];
        sets.Clear();
        new RouteWalk(trie, slashesDiffer, matched, sets).Run(reading);
    }

    private void Run(ReadOnlySpan<char> reading)
    {
        Enter(_active, RouteTrie.Root);
        while (true)
        {
            int end = reading.IndexOfAny('/', '\\');
            Step(end < 0 ? reading : reading[..end]);
            if (end < 0)
            {
                MarkExact(_active);
                return;
            }

            reading = reading[(end + 1)..];
            // An empty token only adds states. One that added none is followed by no other that does.
            if (end == 0 && _active.SequenceEqual(_next))
            {
                reading = reading.TrimStart(@"/\");
            }
        }
    }

    private void Step(ReadOnlySpan<char> token)
    {
        int cut = token.IndexOfAny(Marks);
        bool ends = cut >= 0 && token[cut] != ';';
        int length = cut < 0 ? token.Length : cut;
        int dots = 0;
        for (; length > 0 && token[length - 1] is '.' or ' ' or '+'; length--)
        {
            dots += token[length - 1] == '.' ? 1 : 0;
        }

        ReadOnlySpan<char> name = token[..length].TrimStart(" +");
        if (name.IsEmpty && !ends)
        {
            Vanish(token, dots);
        }
        else
        {
            // The reading that is cut off here has nothing of the token: it ends where it was, or where dots lead back to.
            if (name.IsEmpty)
            {
                MarkExact(dots >= 2 ? _ever : _active);
            }

            Advance(token, name, ends);
        }

        // Or it ends with what is left of the token. Behind a semicolon, too: some servers cut all that follows, and a query may.
        if (cut >= 0)
        {
            MarkExact(_active);
        }

        if (_slashesDiffer && cut >= 0 && token[cut..].Contains(';'))
        {
            _neverEnds = true;
        }
    }

    /// <summary>A token of dots and spaces, or of nothing: it goes, and takes others along when there are two dots; or it stays, as a
    /// value.</summary>
    private void Vanish(ReadOnlySpan<char> token, int dots)
    {
        (dots >= 2 ? _ever : _active).CopyTo(_next);
        FollowParameters(token);
        Swap();
        if (IsInFront())
        {
            Enter(_active, RouteTrie.Authority);
        }
    }

    private void Advance(ReadOnlySpan<char> token, ReadOnlySpan<char> name, bool ends)
    {
        if (_neverEnds)
        {
            _active.CopyTo(_next);
        }
        else
        {
            _next.Clear();
        }

        FollowParameters(token);
        Follow(_trie.Find(name), ends);

        if (!ends && name is [.., ':'] && IsInFront())
        {
            Enter(_next, RouteTrie.Root);
            Enter(_next, RouteTrie.Authority);
        }

        if (Has(_active, RouteTrie.Authority))
        {
            Enter(_next, RouteTrie.Root);
            if (_slashesDiffer)
            {
                Enter(_next, RouteTrie.Authority);
            }
        }

        Swap();
    }

    /// <summary>Takes a token for a parameter's value, or a part of it, from all active nodes.</summary>
    private readonly void FollowParameters(ReadOnlySpan<char> token)
    {
        ulong[] repeating = _slashesDiffer ? _trie.RepeatingOverSlashes : _trie.Repeating;
        for (int word = 0; word < _active.Length; word++)
        {
            _next[word] |= _active[word] & repeating[word];
            for (ulong nodes = _active[word] & _trie.Parameterised[word]; nodes != 0; nodes &= nodes - 1)
            {
                FollowParameters(_trie.ParametersAt((word << 6) + BitOperations.TrailingZeroCount(nodes))!, token);
            }
        }
    }

    private readonly void FollowParameters(RouteTrie.Parameters parameters, ReadOnlySpan<char> token)
    {
        // Nothing is a value when it was an encoded slash.
        if (parameters.One >= 0 && (token.Length > 0 || _slashesDiffer))
        {
            Enter(_next, parameters.One);
        }

        if (parameters.Many >= 0)
        {
            Enter(_next, parameters.Many);
        }

        if (parameters.HasEndings)
        {
            FollowEndings(parameters, token);
        }
    }

    /// <summary>The value may end where the token does, or at any mark in it.</summary>
    private readonly void FollowEndings(RouteTrie.Parameters parameters, ReadOnlySpan<char> token)
    {
        for (int end = 0; end <= token.Length; end++)
        {
            int mark = token[end..].IndexOfAny(Marks);
            end = mark < 0 ? token.Length : end + mark;
            ReadOnlySpan<char> value = token[..end].TrimEnd(". +");
            int shape = 0;
            while (parameters.TryFindEndings(value, ref shape, out List<RouteTrie.Ending> endings))
            {
                foreach (RouteTrie.Ending ending in endings)
                {
                    if (!ending.IsOverSlashesOnly || _slashesDiffer)
                    {
                        Reach(ending.Child, ends: end < token.Length && token[end] != ';');
                    }
                }
            }
        }
    }

    /// <summary>Takes the segment's edges from all active nodes: through the edges when they are few, else through the nodes.</summary>
    private readonly void Follow(Dictionary<int, int> edges, bool ends)
    {
        if (edges.Count <= FewEdges)
        {
            foreach ((int parent, int child) in edges)
            {
                if (Has(_active, parent))
                {
                    Reach(child, ends);
                }
            }

            return;
        }

        for (int word = 0; word < _active.Length; word++)
        {
            for (ulong nodes = _active[word]; nodes != 0; nodes &= nodes - 1)
            {
                if (edges.TryGetValue((word << 6) + BitOperations.TrailingZeroCount(nodes), out int child))
                {
                    Reach(child, ends);
                }
            }
        }
    }

    private readonly void Reach(int node, bool ends)
    {
        if (ends)
        {
            _trie.MarkCovering(node, _matched);
            _trie.MarkExact(node, _matched);
        }
        else
        {
            Enter(_next, node);
        }
    }

    private readonly void Enter(Span<ulong> states, int node)
    {
        states[node >> 6] |= 1UL << node;
        if (Has(_ever, node))
        {
            return;
        }

        _ever[node >> 6] |= 1UL << node;
        _trie.MarkCovering(node, _matched);
    }

    private readonly void MarkExact(ReadOnlySpan<ulong> states)
    {
        for (int word = 0; word < states.Length; word++)
        {
            for (ulong nodes = states[word]; nodes != 0; nodes &= nodes - 1)
            {
                _trie.MarkExact((word << 6) + BitOperations.TrailingZeroCount(nodes), _matched);
            }
        }
    }

    private void Swap()
    {
        Span<ulong> done = _active;
        _active = _next;
        _next = done;
    }

    private readonly bool IsInFront()
    {
        foreach (int node in _trie.StartNodes)
        {
            if (Has(_active, node))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Has(ReadOnlySpan<ulong> states, int node) => (states[node >> 6] & (1UL << node)) != 0;
}
