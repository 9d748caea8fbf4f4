using System.Diagnostics.Metrics;

namespace HxFunctions.Core.Telemetry;

/// <summary>The product's meter: what is counted and measured, under the names that alerts, workbook and dashboards use
/// (docs/telemetry.md).</summary>
/// <remarks>
/// Every tag has values that the configuration or this code lists: dependencies, reasons, rules, words. Never a path, a host or a caller.
/// Counters count from the start, whether or not anybody listens yet; of histograms nothing is kept before. A count of 0 makes a series
/// exist; see CountersFromZero.
/// </remarks>
internal sealed class HxMeter
{
    /// <summary>The meter's name, for listeners and exporters.</summary>
    public const string Name = "HxFunctions";

    /// <summary>The name for probes that are no part of the service: at a command's asking, or to warm drivers up.</summary>
    /// <remarks>Two meters of one name are one to OpenTelemetry: what the second counts is exported with the first, and when it is disposed
    /// the instruments of both are exported no more.</remarks>
    public const string UnheardName = "HxFunctions.Once";

    /// <summary>The rule of a decision about a path that no rule guards.</summary>
    public const string NoRule = "none";

    private readonly Meter _meter;
    private readonly Histogram<double> _probeDuration;
    private readonly SeriesCounter _checks;
    private readonly SeriesCounter _transitions;
    private readonly SeriesCounter _decisions;
    private readonly SeriesCounter _leaseRequests;
    private readonly SeriesCounter _notifications;
    private readonly SeriesCounter _timerRuns;

    /// <param name="name">What exporters know it by.</param>
    public HxMeter(IMeterFactory factory, string name = Name)
    {
        _meter = factory.Create(new MeterOptions(name) { Version = ProductVersion.Text });
        _probeDuration = _meter.CreateHistogram(
            "hx.probe.duration",
            "s",
            "How long one probe took.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10],
            }
        );
        _checks = new(
            _meter,
            "hx.checks",
            "{check}",
            "Checks that ended on this instance: a probe and the probes that confirm it.",
            "dependency",
            "status"
        );
        _transitions = new(
            _meter,
            "hx.transitions",
            "{transition}",
            "Changes of a dependency's status, counted by the instance that stored them.",
            "dependency",
            "status",
            "reason"
        );
        _decisions = new(_meter, "hx.guard.decisions", "{decision}", "Guard decisions.", "rule", "verdict", "mode");
        _leaseRequests = new(_meter, "hx.lease.requests", "{request}", "Requests for the lease.", "outcome");
        _notifications = new(_meter, "hx.notifications", "{notification}", "Status changes sent to the webhook, by outcome.", "outcome");
        _timerRuns = new(_meter, "hx.timer.runs", "{run}", "Runs of the timer that ended here.", "outcome");
    }

    public void ProbeEnded(string dependency, string reason, TimeSpan took) =>
        _probeDuration.Record(took.TotalSeconds, new("dependency", dependency), new("reason", reason));

    public void CheckEnded(string dependency, string status, int count = 1) => _checks.Add(count, dependency, status);

    public void Transition(string dependency, string status, string reason, int count = 1) =>
        _transitions.Add(count, dependency, status, reason);

    /// <summary>On the way of every request.</summary>
    /// <param name="rule">What the rule is counted as, or <see langword="null"/>.</param>
    /// <param name="closed">What the guard said; in shadow mode what it would have.</param>
    public void Decision(string? rule, bool closed, string mode, int count = 1) =>
        _decisions.Add(count, rule ?? NoRule, closed ? "closed" : "open", mode);

    public void LeaseRequested(string outcome, int count = 1) => _leaseRequests.Add(count, outcome);

    public void Notified(string outcome, int count = 1) => _notifications.Add(count, outcome);

    public void TimerRan(string outcome, int count = 1) => _timerRuns.Add(count, outcome);

    /// <summary>Has gauges that are read when someone collects.</summary>
    public void Observe<T>(string name, string? unit, string description, Func<IEnumerable<Measurement<T>>> read)
        where T : struct => _meter.CreateObservableGauge(name, read, unit, description);
}
