using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Notifications;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Telemetry;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// Starts every series that the configuration makes certain at 0. A counter that appears with its first event begins at 1, and the rate of
/// change, which is what alerts look at, never sees that event.
/// </summary>
internal static class CountersFromZero
{
    /// <summary>
    /// How many rules are counted from 0; the others begin with their first decision. The SDK holds 2,000 series of an instrument, and what
    /// it gets after those has no tags: rules that are never asked about must not take the place of those that are.
    /// </summary>
    public const int MaxRules = 500;

    private static readonly DependencyStatus[] Statuses = [DependencyStatus.Pass, DependencyStatus.Warn, DependencyStatus.Fail];

    /// <summary>Adds 0 to each.</summary>
    public static void Start(HxMeter meter, HxSettings settings, DependencySet dependencies)
    {
        string mode = settings.GuardMode.Wire();
        IEnumerable<string> rules = settings.Rules.Select(rule => rule.Series).Distinct(StringComparer.Ordinal).Take(MaxRules);
        foreach (string rule in rules.Prepend(HxMeter.NoRule))
        {
            meter.Decision(rule, closed: false, mode, count: 0);
            meter.Decision(rule, closed: true, mode, count: 0);
        }

        foreach (Dependency dependency in dependencies)
        {
            foreach (DependencyStatus status in Statuses)
            {
                meter.CheckEnded(dependency.Name, status.Wire(), count: 0);
            }

            foreach ((DependencyStatus status, string reason) in UsualTransitions(dependency))
            {
                meter.Transition(dependency.Name, status.Wire(), reason, count: 0);
            }
        }

        foreach (string outcome in SnapshotTimer.Outcomes)
        {
            meter.TimerRan(outcome, count: 0);
        }

        // Without a store nobody asks for a lease, and without a webhook nobody is told.
        if (settings.Redis is not null && settings.Problems.Count == 0)
        {
            foreach (string outcome in SnapshotReader.LeaseOutcomes)
            {
                meter.LeaseRequested(outcome, count: 0);
            }
        }

        if (settings.NotifyUrl is not null)
        {
            foreach (string outcome in TransitionNotifier.Outcomes)
            {
                meter.Notified(outcome, count: 0);
            }
        }
    }

    /// <summary>
    /// Of the many pairs of status and reason those that an ordinary outage consists of: a server that is gone refuses or doesn't answer,
    /// and comes back; a PostgreSQL that fails over is read-only for a while. The other reasons are many and rare: a series each, for every
    /// dependency, would be a hundred that nobody ever sees change. They begin with their first event.
    /// </summary>
    private static IEnumerable<(DependencyStatus Status, string Reason)> UsualTransitions(Dependency dependency)
    {
        yield return (DependencyStatus.Pass, Reasons.Ok);
        yield return (DependencyStatus.Fail, Reasons.ConnectionRefused);
        yield return (DependencyStatus.Fail, Reasons.Timeout);
        if (dependency.Name == DependencyName.Postgres)
        {
            yield return (DependencyStatus.Warn, Reasons.ReadOnly);
        }
    }
}
