using System.Numerics;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Guarding;

/// <summary>
/// Decides whether a path may pass, from memory: matches the rules, looks at what they need, and applies the precedence canary &gt; off
/// &gt; override &gt; shadow &gt; verdict.
/// </summary>
internal sealed class Guard(HxSettings settings, DependencySet dependencies, GuardKnowledge knowledge, TimeProvider time)
{
    private readonly RouteMatcher _matcher = new([.. settings.Rules, Canary.Rule], settings.BasePath, settings.Exemptions);
    private readonly GuardRule[] _rules = [.. settings.Rules];
    private readonly ulong[] _needs = [.. settings.Rules.Select(rule => dependencies.MaskOf(rule.Dependencies))];
    private readonly bool _misconfigured = settings.Problems.Count > 0;

    public IReadOnlyList<GuardRule> Rules => _rules;

    /// <summary>In the matcher the canary stands behind the rules.</summary>
    private int CanaryIndex => _rules.Length;

    /// <summary>Decides for a path and a method as received; waits for a check, a second at most, only when what it needs is not
    /// recent.</summary>
    /// <param name="alternatives">Paths that may be meant as well: what one of them closes is closed.</param>
    public ValueTask<GuardDecision> DecideAsync(string path, ReadOnlySpan<char> method, params ReadOnlySpan<string> alternatives)
    {
        return DecideAsync(Match(path, alternatives, GuardMethod.Parse(method)));
    }

    /// <summary>Decides for one rule, as if a path had matched it alone.</summary>
    public ValueTask<GuardDecision> DecideAsync(int rule, bool isRead) => DecideAsync(MatchOf(rule, isRead));

    /// <summary>The decision for the canary. It needs no dependency, and does not count as use of the guard.</summary>
    public GuardDecision DecideOnCanary() => GuardDecision.OnCanary(settings.GuardMode, knowledge.Current, time.GetTimestamp());

    /// <summary>
    /// A rule's verdict for display. It starts no check, and does not count as use. While the guard is not in use, knowledge counts until
    /// it expires: a request would start a check first.
    /// </summary>
    public GuardDecision Preview(HealthSnapshot snapshot, int rule, bool isRead) =>
        Decide(
            snapshot,
            settings.GuardMode == GuardMode.Off ? new(rule, 0, 0) : MatchOf(rule, isRead),
            time.GetTimestamp(),
            recentOnly: knowledge.IsInUse
        );

    private RuleMatch MatchOf(int rule, bool isRead) =>
        new(rule, _needs[rule], _rules[rule].IsWrite(isRead ? GuardMethods.Get : GuardMethods.Other) ? _needs[rule] : 0);

    private ValueTask<GuardDecision> DecideAsync(RuleMatch match)
    {
        if (match.Rule == CanaryIndex)
        {
            return new(DecideOnCanary());
        }

        // The clock is read once, for it costs more than anything else here; after the snapshot, so that nothing in that is younger than
        // now.
        HealthSnapshot snapshot = knowledge.Current;
        long now = time.GetTimestamp();
        // A guard that is off needs to know nothing, and gives no one a reason to check.
        if (settings.GuardMode == GuardMode.Off)
        {
            return new(Decide(snapshot, match with { Needs = 0, Written = 0 }, now));
        }

        knowledge.NoteUse(now);
        return knowledge.IsSettled(snapshot, match.Needs, now) ? new(Decide(snapshot, match, now)) : new(WaitAsync(match));
    }

    private async Task<GuardDecision> WaitAsync(RuleMatch match)
    {
        HealthSnapshot snapshot = await knowledge.WaitUntilSettledAsync(match.Needs);
        return Decide(snapshot, match, time.GetTimestamp());
    }

    private RuleMatch Match(string path, ReadOnlySpan<string> alternatives, GuardMethods method)
    {
        Span<ulong> matched = stackalloc ulong[_matcher.WordCount];
        bool isDecided = TryMatch(path, method, matched);
        if (!alternatives.IsEmpty)
        {
            isDecided &= TryMatchAlternatives(alternatives, method, matched);
        }

        if (IsCanary(matched))
        {
            return new(CanaryIndex, 0, 0);
        }

        int first = -1;
        ulong needs = 0,
            written = 0;
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
                written |= _rules[rule].IsWrite(method) ? _needs[rule] : 0;
            }
        }

        return new(first, needs, written) { IsUndecidable = !isDecided };
    }

    /// <summary>What can't be decided matches every rule, but not the canary: a path is that only by a reading of it.</summary>
    private bool TryMatch(string path, GuardMethods method, Span<ulong> matched)
    {
        if (_matcher.TryMatch(path, method, matched))
        {
            return true;
        }

        matched[CanaryIndex >> 6] &= ~(1UL << CanaryIndex);
        return false;
    }

    private bool IsCanary(ReadOnlySpan<ulong> matched) => (matched[CanaryIndex >> 6] & (1UL << CanaryIndex)) != 0;

    private bool TryMatchAlternatives(ReadOnlySpan<string> paths, GuardMethods method, Span<ulong> matched)
    {
        bool isDecided = true;
        Span<ulong> more = stackalloc ulong[_matcher.WordCount];
        foreach (string path in paths)
        {
            isDecided &= TryMatch(path, method, more);
            for (int word = 0; word < matched.Length; word++)
            {
                matched[word] |= more[word];
            }
        }

        return isDecided;
    }

    private GuardDecision Decide(HealthSnapshot snapshot, RuleMatch match, long now, bool recentOnly = true)
    {
        bool guarded = match.Rule >= 0;
        ulong missing = guarded ? Missing(snapshot, match, now, recentOnly) : 0;
        bool verdictIsClosed = missing != 0 || (guarded && _misconfigured);
        GuardOverride? inEffect = snapshot.OverrideAt(now);
        bool closed = settings.GuardMode switch
        {
            GuardMode.Off => false,
            _ when guarded && inEffect is not null => inEffect.Closed,
            GuardMode.Shadow => false,
            _ => verdictIsClosed,
        };
        return new(closed, verdictIsClosed, guarded ? _rules[match.Rule] : null, match.Needs, missing, settings.GuardMode, snapshot, now)
        {
            IsUndecidable = match.IsUndecidable,
        };
    }

    /// <summary>What keeps the route closed. What isn't known is named only when nothing known closes the route.</summary>
    /// <param name="recentOnly">Whether a pass must be recent.</param>
    private ulong Missing(HealthSnapshot snapshot, RuleMatch match, long now, bool recentOnly)
    {
        if (_misconfigured)
        {
            return match.Needs;
        }

        ulong failed = 0,
            unknown = 0;
        for (ulong left = match.Needs; left != 0; left &= left - 1)
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
                case DependencyStatus.Warn when (match.Written & bit) != 0 && snapshot.Dependencies[i].Record!.State.RefusesWrites:
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

    /// <param name="Rule">The first rule that applies, or -1; for the canary <see cref="CanaryIndex"/>.</param>
    /// <param name="Needs">What all that apply need together.</param>
    /// <param name="Written">What of it is written to.</param>
    private readonly record struct RuleMatch(int Rule, ulong Needs, ulong Written)
    {
        public bool IsUndecidable { get; init; }
    }
}
