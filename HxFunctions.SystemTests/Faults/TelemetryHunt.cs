using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace HxFunctions.SystemTests.Faults;

/// <summary>Shows a <see cref="LeakHunter"/> every measurement and every activity of this process, whoever makes them.</summary>
/// <remarks>
/// The runtime's network client and the database driver name in telemetry of their own whom they talk to, and as whom, as OpenTelemetry's
/// conventions want it (server.address): there only passwords and keys count. Whoever exports those meters and sources exports hosts and
/// user names.
/// </remarks>
internal sealed class TelemetryHunt : IDisposable
{
    private readonly LeakHunter _hunter;
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _activities;

    public TelemetryHunt(LeakHunter hunter)
    {
        _hunter = hunter;
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            LookAtTags(instrument, [.. instrument.Tags ?? [], .. instrument.Meter.Tags ?? [], new("description", instrument.Description)]);
            listener.EnableMeasurementEvents(instrument);
        };
        Measure<byte>();
        Measure<short>();
        Measure<int>();
        Measure<long>();
        Measure<float>();
        Measure<double>();
        Measure<decimal>();
        _meters.Start();

        _activities = new()
        {
            ShouldListenTo = _ => true,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = LookAt,
        };
        ActivitySource.AddActivityListener(_activities);
    }

    /// <summary>Asks the instruments that only answer.</summary>
    public void Observe() => _meters.RecordObservableInstruments();

    public void Dispose()
    {
        _meters.Dispose();
        _activities.Dispose();
    }

    private void Measure<T>()
        where T : struct => _meters.SetMeasurementEventCallback<T>((instrument, _, tags, _) => LookAtTags(instrument, tags));

    private void LookAtTags(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _hunter.Look("metric", $"{instrument.Meter.Name} {instrument.Name}", TextOf(tags.ToArray()), NamesServers(instrument.Meter.Name));

    private void LookAt(Activity activity)
    {
        // The tests' own orders to a PostgreSQL: only they are its superuser.
        if (
            activity.GetTagItem("db.npgsql.data_source") is string source
            && source.Contains("Username=postgres;", StringComparison.Ordinal)
        )
        {
            return;
        }

        string text = string.Join(
            '\n',
            [
                activity.DisplayName,
                activity.StatusDescription,
                TextOf(activity.TagObjects),
                TextOf(activity.Baggage.Select(b => KeyValuePair.Create(b.Key, (object?)b.Value))),
                .. activity.Events.Select(e => $"{e.Name} {TextOf(e.Tags)}"),
            ]
        );
        _hunter.Look("trace", $"{activity.Source.Name} {activity.OperationName}", text, NamesServers(activity.Source.Name));
    }

    private static bool NamesServers(string source) =>
        source.StartsWith("System.Net.", StringComparison.Ordinal)
        || source.StartsWith("Experimental.System.Net.", StringComparison.Ordinal)
        || source == "Npgsql";

    private static string TextOf(IEnumerable<KeyValuePair<string, object?>> tags) =>
        string.Join(
            ' ',
            tags.Select(t =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{t.Key}={(t.Value is System.Collections.IEnumerable many and not string ? string.Join(',', many.Cast<object?>()) : t.Value)}"
                )
            )
        );
}
