namespace HxFunctions.Core.Dependencies;

/// <summary>What is held of a dependency after its outcomes so far, with the counters that the next one needs.</summary>
/// <param name="Reason">Why: the reason of the outcome that last counted.</param>
/// <param name="Detail">What the reason alone doesn't say, see <see cref="ProbeOutcome"/>.</param>
/// <param name="Since">When the status last changed, by the wall clock of the instance that saw it: for people.</param>
public sealed record DependencyState(
    DependencyStatus Status,
    string Reason,
    DateTimeOffset Since,
    int ConsecutivePasses,
    int ConsecutiveFailures,
    string? Detail = null
)
{
    /// <summary>Up, but routes that write can't work.</summary>
    public bool RefusesWrites => Status == DependencyStatus.Warn && Reasons.RefusesWrites(Reason);
}
