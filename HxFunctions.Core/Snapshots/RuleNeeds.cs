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

    /// <summary>Whether any rule needs it.</summary>
    public bool IsNeeded(int index) => Array.Exists(_masks, needs => (needs & (1UL << index)) != 0);
}
