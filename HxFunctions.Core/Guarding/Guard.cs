using System.Numerics;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Guarding;

/// <summary>
/// Decides whether a path may pass, from memory: matches the rules, looks at what they need, and applies the precedence off &gt; override
/// &gt; shadow &gt; verdict.
/// </summary>
internal sealed class Guard(HxSettings settings, DependencySet dependencies, GuardKnowledge knowledge, TimeProvider time)
{
    private readonly RouteMatcher _matcher = new(settings.Rules, settings.BasePath);
    private readonly GuardRule[] _rules = [.. settings.Rules];
    private readonly ulong[] _needs = [.. settings.Rules.Select(rule => dependencies.MaskOf(rule.Dependencies))];
    private readonly bool _misconfigured = settings.Problems.Count > 0;

    public IReadOnlyList<GuardRule> Rules => _rules;

    /// <summary>Decides for a path and a method as received; waits for a check, a second at most, only when what it needs is not
    /// recent.</summary>
    /// <param name="alternatives">Paths that may be meant as well: what one of them closes is closed.</param>
    public ValueTask<GuardDecision> DecideAsync(string path, ReadOnlySpan<char> method, params ReadOnlySpan<string> alternatives)
    {
        GuardMethods read = GuardMethod.Parse(method);
        return DecideAsync(Match(path, alternatives, read), GuardMethod.IsRead(read));
    }

    /// <summary>Decides for one rule, as if a path had matched it alone.</summary>
    public ValueTask<GuardDecision> DecideAsync(int rule, bool isRead) => DecideAsync(new RuleMatch(rule, _needs[rule]), isRead);

    /// <summary>
    /// What a rule comes to by a snapshot, for showing: asks for no check and isn't use. While the guard isn't in use here, knowledge
    /// counts until it expires, for a request would have it renewed first.
    /// </summary>
    public GuardDecision Preview(HealthSnapshot snapshot, int rule, bool isRead) =>
        Decide(
            snapshot,
            new RuleMatch(rule, settings.GuardMode == GuardMode.Off ? 0 : _needs[rule]),
            isRead,
            time.GetTimestamp(),
            recentOnly: knowledge.IsInUse
        );

    private ValueTask<GuardDecision> DecideAsync(RuleMatch match, bool isRead)
    {
        // The clock is read once, for it costs more than anything else here; after the snapshot, so that nothing in that is younger than
        // now.
        HealthSnapshot snapshot = knowledge.Current;
        long now = time.GetTimestamp();
        // A guard that is off needs to know nothing, and gives no one a reason to check.
        if (settings.GuardMode == GuardMode.Off)
        {
            return new(Decide(snapshot, match with { Needs = 0 }, isRead, now));
        }

        knowledge.NoteUse(now);
        return knowledge.IsSettled(snapshot, match.Needs, now) ? new(Decide(snapshot, match, isRead, now)) : new(WaitAsync(match, isRead));
    }

    private async Task<GuardDecision> WaitAsync(RuleMatch match, bool isRead)
    {
        HealthSnapshot snapshot = await knowledge.WaitUntilSettledAsync(match.Needs);
        return Decide(snapshot, match, isRead, time.GetTimestamp());
    }

    private RuleMatch Match(string path, ReadOnlySpan<string> alternatives, GuardMethods method)
    {
        Span<ulong> matched = stackalloc ulong[_matcher.WordCount];
        _matcher.TryMatch(path, matched);
        if (!alternatives.IsEmpty)
        {
            MatchAlternatives(alternatives, matched);
        }

        int first = -1;
        ulong needs = 0;
        for (int word = 0; word < matched.Length; word++)
        {
            for (ulong bits = matched[word]; bits != 0; bits &= bits - 1)
            {
                int rule = (word * 64) + BitOperations.TrailingZeroCount(bits);
                if (!_rules[rule].Applies(method))
                {
                    continue;
                }

                if (first < 0)
                {
                    first = rule;
                }

                needs |= _needs[rule];
            }
        }

        return new(first, needs);
    }

    private void MatchAlternatives(ReadOnlySpan<string> paths, Span<ulong> matched)
    {
        Span<ulong> more = stackalloc ulong[_matcher.WordCount];
        foreach (string path in paths)
        {
            _matcher.TryMatch(path, more);
            for (int word = 0; word < matched.Length; word++)
            {
                matched[word] |= more[word];
            }
        }
    }

    private GuardDecision Decide(HealthSnapshot snapshot, RuleMatch match, bool isRead, long now, bool recentOnly = true)
    {
        bool guarded = match.Rule >= 0;
        ulong missing = guarded ? Missing(snapshot, match.Needs, isRead, now, recentOnly) : 0;
        bool verdictIsClosed = missing != 0 || (guarded && _misconfigured);
        GuardOverride? inEffect = snapshot.OverrideAt(now);
        bool closed = settings.GuardMode switch
        {
            GuardMode.Off => false,
            _ when guarded && inEffect is not null => inEffect.Closed,
            GuardMode.Shadow => false,
            _ => verdictIsClosed,
        };
        return new(closed, verdictIsClosed, guarded ? _rules[match.Rule] : null, match.Needs, missing, settings.GuardMode, snapshot, now);
    }

    /// <summary>What keeps the route closed. What isn't known is named only when nothing known closes the route.</summary>
    /// <param name="recentOnly">Whether a pass must be recent.</param>
    private ulong Missing(HealthSnapshot snapshot, ulong needs, bool isRead, long now, bool recentOnly)
    {
        if (_misconfigured)
        {
            return needs;
        }

        ulong failed = 0,
            unknown = 0;
        for (ulong left = needs; left != 0; left &= left - 1)
        {
            int i = BitOperations.TrailingZeroCount(left);
            ulong bit = 1UL << i;
            switch (recentOnly ? snapshot.DecisiveAt(i, now) : snapshot.StatusAt(i, now))
            {
                case DependencyStatus.Fail:
                    failed |= bit;
                    break;
                case DependencyStatus.Unknown:
                    unknown |= bit;
                    break;
                case DependencyStatus.Warn when !isRead && snapshot.Dependencies[i].Record!.State.RefusesWrites:
                    failed |= bit;
                    break;
            }
        }

        if (failed != 0)
        {
            return failed;
        }

        return settings.OpenOnUnknown ? 0 : unknown;
    }

    /// <param name="Rule">The first rule that applies, or -1.</param>
    /// <param name="Needs">What all that apply need together.</param>
    private readonly record struct RuleMatch(int Rule, ulong Needs);
}
