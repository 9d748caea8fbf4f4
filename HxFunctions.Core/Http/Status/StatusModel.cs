using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Http.Status;

/// <summary>Whether there is a history to show.</summary>
internal enum HistoryCondition
{
    Available,

    /// <summary>Redis gave none: it is down, slow, or refuses to.</summary>
    Unavailable,

    /// <summary>No REDIS_URL, or a configuration that is wrong: nothing keeps one.</summary>
    None,
}

/// <summary>All that the status page says, before it is said in HTML or JSON. A value: it holds nothing that changes.</summary>
/// <param name="At">When it was made, by this instance's clock.</param>
/// <param name="HistoryAt">Redis's clock, in milliseconds since 1970, or this instance's without a history.</param>
internal sealed record StatusModel(
    DateTimeOffset At,
    GuardMode Mode,
    StoreCondition Store,
    HistoryCondition History,
    long HistoryAt,
    IReadOnlyList<ConfigurationProblem> Problems,
    StatusOverride? Override,
    Headline Headline,
    IReadOnlyList<DependencyView> Dependencies,
    IReadOnlyList<RuleView> Rules,
    IReadOnlyList<Incident> Incidents
)
{
    /// <summary>How many incidents are shown, overrides among them: a flapping dependency must not make the page endless.</summary>
    public const int MaxIncidents = 50;

    public int IncidentsLeftOut { get; private init; }

    /// <summary>What the operator puts on the page.</summary>
    public StatusPageOptions Options { get; init; } = StatusPageOptions.Default;

    /// <summary>How often the timer checks.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether all that is missing is only unknown, so that nobody has seen anything fail.</summary>
    public bool IsUnknown(IReadOnlyList<string> missing) =>
        missing.Count > 0
        && missing.All(name => Dependencies.Any(d => d.Name == name && d is { Status: DependencyStatus.Unknown, Reason: Reasons.Unknown }));

    /// <summary>Puts it together from what is known. Pure.</summary>
    /// <param name="decide">What the guard says of a rule, by its index, for reads or for writes.</param>
    /// <param name="history"><see langword="null"/> when there is none.</param>
    /// <param name="now">The monotonic clock.</param>
    public static StatusModel From(
        HxSettings settings,
        DependencySet dependencies,
        HealthSnapshot snapshot,
        Func<int, bool, GuardDecision> decide,
        HistoryReading? history,
        DateTimeOffset at,
        long now
    )
    {
        long historyAt = history?.Now ?? at.ToUnixTimeMilliseconds();
        IReadOnlyList<DependencyHistory> histories = history?.Dependencies ?? [.. dependencies.Select(_ => DependencyHistory.Nothing)];
        ILookup<string, RecordedTransition> transitions = (history?.Transitions ?? []).ToLookup(t => t.Dependency, StringComparer.Ordinal);
        DependencyView[] views =
        [
            .. dependencies.Select(
                (d, i) =>
                    DependencyView.From(
                        d,
                        snapshot,
                        settings,
                        now,
                        history is null ? [] : WindowsOf(histories[i], transitions[d.Name], historyAt, settings)
                    )
            ),
        ];
        RuleView[] rules =
        [
            .. settings.Rules.Select(
                (rule, i) =>
                    new RuleView(
                        rule,
                        VerdictView.From(decide(i, true), dependencies, settings),
                        VerdictView.From(decide(i, false), dependencies, settings)
                    )
            ),
        ];
        IReadOnlyList<Incident> incidents = IncidentsOf(dependencies, snapshot, history, historyAt, now);
        StatusOverride? inEffect = snapshot.OverrideAt(now) is { } value
            ? new(value, TimeSpan.FromSeconds(Math.Max(0, Math.Ceiling(snapshot.Ages.Seconds(snapshot.Override!.EndsAt - now)))))
            : null;
        HistoryCondition condition =
            history is not null ? HistoryCondition.Available
            : settings.Redis is null || settings.Problems.Count > 0 ? HistoryCondition.None
            : HistoryCondition.Unavailable;
        return new(
            at,
            settings.GuardMode,
            snapshot.Store,
            condition,
            historyAt,
            settings.Problems,
            inEffect,
            Headline.Of(settings.GuardMode, settings.Problems.Count > 0, inEffect, views, rules),
            views,
            rules,
            [.. incidents.Take(MaxIncidents)]
        )
        {
            IncidentsLeftOut = Math.Max(0, incidents.Count - MaxIncidents),
            Options = settings.StatusPage,
            Interval = settings.Interval,
        };
    }

    private static IReadOnlyList<HistoryCells> WindowsOf(
        DependencyHistory history,
        IEnumerable<RecordedTransition> transitions,
        long historyAt,
        HxSettings settings
    )
    {
        long holds = (long)settings.Expiry.TotalMilliseconds;
        IReadOnlyList<Outage> outages = Outage.From(transitions);
        return [.. StatusWindow.All.Select(window => StatusHistory.Aggregate(history, window, historyAt, holds, outages))];
    }

    /// <summary>What happened to dependencies, and what people did about it, in one order.</summary>
    private static IReadOnlyList<Incident> IncidentsOf(
        DependencySet dependencies,
        HealthSnapshot snapshot,
        HistoryReading? history,
        long historyAt,
        long now
    )
    {
        long from = StatusWindow.Week.StartAt(historyAt);
        IEnumerable<Incident> ofDependencies = DependencyIncidents.From(
            history?.Transitions ?? [],
            [.. dependencies.Select(d => d.Name)],
            history?.Dependencies ?? [],
            [
                .. dependencies.Select(d =>
                    snapshot.StatusAt(d.Index, now) == DependencyStatus.Unknown ? null : snapshot.Dependencies[d.Index].Record?.State
                ),
            ],
            from
        );
        TimeSpan endsIn = TimeSpan.FromSeconds(snapshot.Ages.Seconds((snapshot.Override?.EndsAt ?? now) - now));
        RecordedOverride? known = OverrideIncidents.Recorded(snapshot.Override, endsIn, historyAt);
        return Incident.InOrder(ofDependencies.Concat(OverrideIncidents.From(history?.Overrides ?? [], known, historyAt, from)));
    }
}

/// <summary>The override in effect.</summary>
internal sealed record StatusOverride(GuardOverride Value, TimeSpan EndsIn);

/// <summary>A dependency as it is now, with its bars.</summary>
/// <param name="Since">When the status last changed; <see langword="null"/> while it is unknown, as all that follows.</param>
/// <param name="Windows">None without a history.</param>
internal sealed record DependencyView(
    string Name,
    DependencyStatus Status,
    string Reason,
    DateTimeOffset? Since,
    TimeSpan? Latency,
    DateTimeOffset? CheckedAt,
    TimeSpan? Age,
    IReadOnlyList<HistoryCells> Windows
)
{
    public string DisplayName => DependencyKind.DisplayNameOf(Name);

    /// <summary>What the reason alone doesn't say, or <see langword="null"/>.</summary>
    public string? Detail { get; init; }

    /// <summary>The reason in words, with its detail.</summary>
    public string ReasonWords => Detail is null ? Headline.Words(Reason) : $"{Headline.Words(Reason)} ({Headline.Words(Detail)})";

    public static DependencyView From(
        Dependency dependency,
        HealthSnapshot snapshot,
        HxSettings settings,
        long now,
        IReadOnlyList<HistoryCells> windows
    )
    {
        DependencyKnowledge known = snapshot.Dependencies[dependency.Index];
        DependencyStatus status = snapshot.StatusAt(dependency.Index, now);
        if (status == DependencyStatus.Unknown || known.Record is not { } record)
        {
            string why = settings.Problems.Count > 0 ? Reasons.Misconfigured : Reasons.Unknown;
            return new(dependency.Name, DependencyStatus.Unknown, why, null, null, null, null, windows);
        }

        DependencyState state = record.State;
        TimeSpan age = TimeSpan.FromSeconds(Math.Max(0, snapshot.Ages.Seconds(now - known.ObservedAt)));
        return new(dependency.Name, status, state.Reason, state.Since, record.Latency, record.CheckedAt, age, windows)
        {
            Detail = state.Detail,
        };
    }
}

/// <summary>A rule with what the guard says of it.</summary>
internal sealed record RuleView(GuardRule Rule, VerdictView Read, VerdictView Write)
{
    /// <summary>Whether the rule is about any method that reads; the verdict for reads means nothing otherwise.</summary>
    public bool HasReads => (Rule.Methods & (GuardMethods.Get | GuardMethods.Head | GuardMethods.Options)) != 0;

    public bool HasWrites => (Rule.Methods & ~(GuardMethods.Get | GuardMethods.Head | GuardMethods.Options | GuardMethods.Other)) != 0;

    public bool IsClosedFor(Func<VerdictView, bool> closed, bool reads) => reads ? HasReads && closed(Read) : HasWrites && closed(Write);
}

/// <param name="Closed">What counts.</param>
/// <param name="WouldBeClosed">What the dependencies say, before override, shadow and off.</param>
/// <param name="Missing">Names of what is missing.</param>
internal sealed record VerdictView(bool Closed, bool WouldBeClosed, IReadOnlyList<string> Missing)
{
    public static VerdictView From(GuardDecision decision, DependencySet dependencies, HxSettings settings) =>
        new(decision.Closed, decision.VerdictIsClosed, [.. GuardAnswer.MissingNames(decision, dependencies, settings)]);
}
