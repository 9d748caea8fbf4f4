using System.Numerics;

namespace HxFunctions.Core.Routing;

/// <summary>What the rules don't count for. In the tree, and as bits, exemptions stand behind the rules.</summary>
internal sealed class RouteExemptions
{
    private readonly int _rules;
    private readonly IReadOnlyList<string> _basePaths;
    private readonly Exempt[] _exempt;

    /// <summary>The rules without any base path; <see langword="null"/> when there is none, or no exemption.</summary>
    private readonly RouteTrie? _unmounted;

    /// <param name="routes">Those of the rules.</param>
    /// <exception cref="ArgumentException">A route isn't in the plain form of <see cref="RoutePattern"/>.</exception>
    public RouteExemptions(
        IReadOnlyList<RouteExemption> exemptions,
        IReadOnlyList<GuardRule> rules,
        IReadOnlyList<RoutePattern> routes,
        IReadOnlyList<string> basePaths
    )
    {
        _rules = rules.Count;
        _basePaths = basePaths;
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
        _unmounted = _exempt.Length > 0 && basePaths.Count > 0 ? new RouteTrie(routes, []) : null;
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

    /// <summary>Whether a path is the route, as it stands or behind base paths that servers may cut off, and is no rule's in any other of
    /// these readings.</summary>
    private bool IsExactly(RoutePattern route, ReadOnlySpan<char> path)
    {
        Span<ulong> guarded = stackalloc ulong[(_rules + 63) / 64];
        bool isRoute = false;
        return IsNoRules(route, path, cuts: 2, guarded, ref isRoute) && isRoute;
    }

    /// <param name="cuts">How many base paths may still be cut off.</param>
    /// <param name="guarded">Room for a bit per rule.</param>
    /// <param name="isRoute">Set when the path is the route in one of the readings.</param>
    private bool IsNoRules(RoutePattern route, ReadOnlySpan<char> path, int cuts, Span<ulong> guarded, ref bool isRoute)
    {
        if (route.IsExactly(path))
        {
            isRoute = true;
        }
        else if (_unmounted is not null)
        {
            guarded.Clear();
            if (!RouteLookup.TryMark(_unmounted, path, guarded) || guarded.ContainsAnyExcept(0UL))
            {
                return false;
            }
        }

        if (cuts == 0)
        {
            return true;
        }

        foreach (string prefix in _basePaths)
        {
            if (!path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            // Servers that cut within a segment, too, see what is no path.
            if (path[prefix.Length..] is not ['/', ..] rest || !IsNoRules(route, rest, cuts - 1, guarded, ref isRoute))
            {
                return false;
            }
        }

        return true;
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
