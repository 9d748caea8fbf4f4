namespace HxFunctions.Core.Dependencies;

/// <summary>
/// How outcomes turn into a state: a pure function, so that any instance can go on where another stopped.
/// </summary>
/// <param name="Fall">Consecutive failures that turn a dependency down, 1 or more.</param>
/// <param name="Rise">Consecutive passes that turn it up again, 1 or more.</param>
public sealed record Hysteresis(int Fall, int Rise)
{
    /// <summary>The state after an outcome.</summary>
    /// <param name="previous">The state before, or <see langword="null"/> after nothing: then one outcome decides, for up is never
    /// assumed.</param>
    public DependencyState Next(DependencyState? previous, ProbeOutcome outcome, DateTimeOffset now)
    {
        int passes = outcome.Failed ? 0 : Count(previous?.ConsecutivePasses);
        int failures = outcome.Failed ? Count(previous?.ConsecutiveFailures) : 0;

        if (previous is null || previous.Status == DependencyStatus.Unknown || Counts(previous, outcome, passes, failures))
        {
            DateTimeOffset since = previous?.Status == outcome.Status ? previous.Since : now;
            return new(outcome.Status, outcome.Reason, since, passes, failures, outcome.Detail);
        }

        return previous with
        {
            ConsecutivePasses = passes,
            ConsecutiveFailures = failures,
        };
    }

    /// <summary>Whether a state is held only until the failures that were seen are confirmed.</summary>
    public static bool IsPending(DependencyState state) => state is { Status: not DependencyStatus.Fail, ConsecutiveFailures: > 0 };

    private bool Counts(DependencyState previous, ProbeOutcome outcome, int passes, int failures) =>
        (previous.Status, outcome.Failed) switch
        {
            (DependencyStatus.Fail, true) => true,
            (DependencyStatus.Fail, false) => passes >= Rise,
            (_, true) => failures >= Fall || Reasons.IsDefinite(outcome.Reason),
            // Warn is up, too: between pass and warn there is nothing to confirm.
            (_, false) => true,
        };

    // Counters stop growing where no threshold can lie any more; they are stored and shown.
    private static int Count(int? before) => Math.Min((before ?? 0) + 1, 1_000_000);
}
