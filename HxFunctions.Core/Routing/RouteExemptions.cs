using System.Numerics;

namespace HxFunctions.Core.Routing;

/// <summary>What the rules don't count for. In the tree, and as bits, exemptions stand behind the rules.</summary>
internal sealed class RouteExemptions
{
    private readonly int _rules;
    private readonly string _basePath;
    private readonly Exempt[] _exempt;

    /// <summary>The rules without the base path; <see langword="null"/> without one, or without exemptions.</summary>
    private readonly RouteTrie? _mounted;

    /// <param name="routes">Those of the rules.</param>
    /// <param name="basePath">Empty when there is none.</param>
    /// <exception cref="ArgumentException">A route isn't in the plain form of <see cref="RoutePattern"/>.</exception>
    public RouteExemptions(
        IReadOnlyList<RouteExemption> exemptions,
        IReadOnlyList<GuardRule> rules,
        IReadOnlyList<RoutePattern> routes,
        string basePath
    )
    {
        _rules = rules.Count;
        _basePath = basePath;
        _exempt =
        [
            .. exemptions.Select(
                (exemption, i) =>
                    new Exempt(
                        RoutePattern.Parse(exemption.Route, isExact: true, $"exemption {i + 1}"),
                        exemption,
                        LiftedBy(exemption, rules)
                    )
            ),
        ];
        _mounted = _exempt.Length > 0 && basePath.Length > 0 ? new RouteTrie(routes, "") : null;
    }

    public IEnumerable<RoutePattern> Routes => _exempt.Select(exempt => exempt.Route);

    /// <summary>Clears the rules that don't count for an ordinary path, and the exemptions' own bits.</summary>
    public void Lift(ReadOnlySpan<char> path, GuardMethods method, Span<ulong> matched)
    {
        for (int bit = NextBit(matched, _rules); bit >= 0; bit = NextBit(matched, bit + 1))
        {
            Exempt exempt = _exempt[bit - _rules];
            if (exempt.Exemption.Applies(method) && IsExactly(exempt.Route, path))
            {
                for (int word = 0; word < exempt.Lifted.Length; word++)
                {
                    matched[word] &= ~exempt.Lifted[word];
                }
            }
        }

        ClearOwn(matched);
    }

    /// <summary>Clears the exemptions' own bits.</summary>
    public void ClearOwn(Span<ulong> matched)
    {
        int first = _rules >> 6;
        for (int word = first; word < matched.Length; word++)
        {
            matched[word] &= word == first ? (1UL << _rules) - 1 : 0;
        }
    }

    /// <summary>Whether every reading is the route: behind the base path it is only when no rule is meant by the path as a
    /// whole.</summary>
    private bool IsExactly(RoutePattern route, ReadOnlySpan<char> path)
    {
        if (route.IsExactly(path))
        {
            return _basePath.Length == 0 || !path.StartsWith(_basePath, StringComparison.OrdinalIgnoreCase);
        }

        // And not behind the base path twice, which may be cut off as often.
        if (
            _mounted is null
            || !path.StartsWith(_basePath, StringComparison.Ordinal)
            || path[_basePath.Length..].StartsWith(_basePath, StringComparison.OrdinalIgnoreCase)
            || !route.IsExactly(path[_basePath.Length..])
        )
        {
            return false;
        }

        Span<ulong> whole = stackalloc ulong[(_rules + 63) / 64];
        whole.Clear();
        return RouteLookup.TryMark(_mounted, path, whole) && !whole.ContainsAnyExcept(0UL);
    }

    /// <returns>-1 when there is none.</returns>
    private static int NextBit(ReadOnlySpan<ulong> words, int from)
    {
        for (int word = from >> 6; word < words.Length; word++)
        {
            ulong bits = words[word] & (word == from >> 6 ? ulong.MaxValue << from : ulong.MaxValue);
            if (bits != 0)
            {
                return (word << 6) + BitOperations.TrailingZeroCount(bits);
            }
        }

        return -1;
    }

    private static ulong[] LiftedBy(RouteExemption exemption, IReadOnlyList<GuardRule> rules)
    {
        ulong[] lifted = new ulong[(rules.Count + 63) / 64];
        for (int i = 0; i < rules.Count; i++)
        {
            lifted[i >> 6] |= exemption.Lifts(rules[i]) ? 1UL << i : 0;
        }

        return lifted;
    }

    /// <param name="Lifted">The rules that don't count then, as bits.</param>
    private sealed record Exempt(RoutePattern Route, RouteExemption Exemption, ulong[] Lifted);
}
