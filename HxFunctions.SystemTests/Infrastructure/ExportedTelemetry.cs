using System.Globalization;
using System.Text.Json.Nodes;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Worker;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>What the real app, run by the played host, sends to Azure Monitor: once for all tests, and put on a time line of
/// minutes.</summary>
public sealed class ExportedTelemetry : IAsyncLifetime
{
    /// <summary>The metric that each export has, whatever happened.</summary>
    private const string Always = "hx.timer.runs";

    private static readonly string[] Gauges = ["hx.dependency.state", "hx.snapshot.age", "hx.override"];

    /// <summary>The time of the last report of every time line.</summary>
    internal static readonly DateTime Last = new(2026, 11, 1, 12, 0, 0, DateTimeKind.Utc);

    /// <summary>Everything works, the guard is asked, the timer fires.</summary>
    internal IReadOnlyList<JsonObject> Healthy { get; private set; } = [];

    /// <summary>The dependency is gone, the guard refuses, somebody set an override; the timer does not fire.</summary>
    internal IReadOnlyList<JsonObject> Outage { get; private set; } = [];

    /// <summary>Everything works, and a function throws.</summary>
    internal IReadOnlyList<JsonObject> Failing { get; private set; } = [];

    public async Task InitializeAsync()
    {
        Healthy = await RunAsync(
            async (host, _) =>
            {
                await host.UntilAsync("/guard?path=/v1/keys", 200);
                await host.FireAsync(TimerOf(host));
            }
        );
        Outage = await RunAsync(
            async (host, qdrant) =>
            {
                await host.UntilAsync("/guard?path=/v1/keys", 200);
                await qdrant.StopAsync();
                await host.GetAsync("/health/all?live=true");
                await host.UntilAsync("/guard?path=/v1/keys", 503);
                using StringContent body = new("""{"verdict":"closed","durationSeconds":600,"reason":"a test","by":"tests"}""");
                Assert.Equal(200, (await host.SendAsync("POST", "/override", body)).Status);
            }
        );
        Failing = await RunAsync(
            async (host, _) =>
            {
                await host.UntilAsync("/guard?path=/v1/keys", 200);
                await host.FireAsync(TimerOf(host));
                await host.FireAsync(TimerOf(host), "{");
            }
        );
    }

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>One such minute after the other: a digit says how many, a letter which: <c>10H5O</c> ends with five minutes of
    /// outage.</summary>
    internal IEnumerable<JsonObject> TimeLine(string minutes)
    {
        List<IReadOnlyList<JsonObject>> all = [];
        int count = 0;
        foreach (char c in minutes)
        {
            if (char.IsAsciiDigit(c))
            {
                count = (count * 10) + (c - '0');
                continue;
            }

            all.AddRange(
                Enumerable.Repeat(
                    c switch
                    {
                        'H' => Healthy,
                        // The guard's callers get its own answer, and a gateway asks whether the app is ready.
                        'O' => [.. Outage, .. HostRequests.Of("503", 60), HostRequests.One("200")],
                        'F' => Failing,
                        // The worker is dead: no report of its own, and each request fails.
                        'D' => [.. HostRequests.Of("500", 3), .. HostRequests.Of("502", 3)],
                        // The end of an instance breaks off what is under way.
                        'E' => [.. Healthy, .. HostRequests.Of("500", 2), .. HostRequests.Of("502", 2)],
                        // The host's own 503: it has no worker to forward to.
                        'N' => [.. Healthy, .. HostRequests.Of("503", 6, "DestinationNotReady")],
                        // Callers' mistakes: no key, no such route.
                        'C' => [.. Healthy, .. HostRequests.Of("401", 60), .. HostRequests.Of("404", 60)],
                        // One of ten requests is recorded, and stands for all.
                        'S' => [.. Healthy, HostRequests.One("500", sampled: 10)],
                        _ => [],
                    },
                    count
                )
            );
            count = 0;
        }

        return all.SelectMany((envelopes, minute) => envelopes.Select(e => At(e, Last.AddMinutes(minute + 1 - all.Count))));
    }

    private static JsonObject At(JsonObject envelope, DateTime time)
    {
        JsonObject copy = envelope.DeepClone().AsObject();
        copy["time"] = time.ToString("O", CultureInfo.InvariantCulture);
        return copy;
    }

    private static async Task<IReadOnlyList<JsonObject>> RunAsync(Func<PlayedHost, QdrantSimulator, Task> act)
    {
        await using TelemetrySink sink = await TelemetrySink.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await PlayedHost.StartAsync(
            WorkerSettings.With(
                qdrant,
                ("APPLICATIONINSIGHTS_CONNECTION_STRING", sink.AzureMonitor),
                ("APPLICATIONINSIGHTS_STATSBEAT_DISABLED", "true")
            )
        );
        await act(host, qdrant);
        // Logs and traces go every five seconds, metrics every minute and at the end.
        await Eventually.TrueAsync(() => sink.Envelopes.Any(e => (string?)e["data"]!["baseType"] == "RemoteDependencyData"));
        await host.TerminateAsync();
        Assert.Equal(0, await host.Process.Ended.WaitAsync(PlayedHost.Patience));
        await Eventually.TrueAsync(() => sink.Envelopes.Any(e => MetricOf(e) == Always));
        return [.. sink.Envelopes.GroupBy(GaugeOf).SelectMany(group => group.Key is null ? group : group.TakeLast(1))];
    }

    private static string? MetricOf(JsonObject envelope) => (string?)envelope["data"]!["baseData"]!["metrics"]?[0]!["name"];

    /// <summary>A slow machine may have sent a report before the end. What a gauge was then is no part of the minute that this stands
    /// for.</summary>
    private static string? GaugeOf(JsonObject envelope) =>
        MetricOf(envelope) is { } name && Gauges.Contains(name) ? $"{name} {envelope["data"]!["baseData"]!["properties"]}" : null;

    private static WorkerFunction TimerOf(PlayedHost host) => host.Functions.Single(function => function.Trigger == "timerTrigger");
}
