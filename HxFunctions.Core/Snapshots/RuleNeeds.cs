using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Snapshots;

/// <summary>Which dependencies the guard's rules need, and which of those are worth a check. Pure.</summary>
internal sealed class RuleNeeds(HxSettings settings, DependencySet dependencies)
{
    /// <summary>What each rule needs, as masks. A guard that is off needs nothing.</summary>
    private readonly ulong[] _masks =
        settings.GuardMode == GuardMode.Off ? [] : [.. settings.Rules.Select(rule => dependencies.MaskOf(rule.Dependencies))];

    /// <summary>Whether anything that a rule needs is not up.</summary>
    public bool IsAnyNotUp(HealthSnapshot snapshot, long now)
    {
        for (int i = 0; i < dependencies.Count; i++)
        {
            if (IsNeeded(i) && snapshot.StatusAt(i, now) != DependencyStatus.Pass)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether a rule needs the dependency that isn't closed already by Redis or by one before it. Not by one after it: two that failed
    /// must not keep each other from being looked at.
    /// </summary>
    public bool IsDecisive(int index, HealthSnapshot snapshot, long now)
    {
        ulong closing = 0;
        for (int i = 0; i < dependencies.Count; i++)
        {
            bool looksAfterItself = i < index || i == snapshot.Ages.RedisIndex;
            if (i != index && looksAfterItself && snapshot.DecisiveAt(i, now) == DependencyStatus.Fail)
            {
                closing |= 1UL << i;
            }
        }

        return Array.Exists(_masks, needs => (needs & (1UL << index)) != 0 && (needs & closing) == 0);
    }

    private bool IsNeeded(int index) => Array.Exists(_masks, needs => (needs & (1UL << index)) != 0);
}
