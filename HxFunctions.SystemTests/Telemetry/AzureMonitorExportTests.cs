using System.Diagnostics;
using System.Text.Json.Nodes;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Telemetry;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.SystemTests.Worker;
using HxFunctions.Tests.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;

namespace HxFunctions.SystemTests.Telemetry;

/// <summary>What Azure Monitor's exporter sends of what the worker logs in the spans of its invocations.</summary>
/// <remarks>While nothing else runs: with another listener in this process, every span would be recorded.</remarks>
[Collection(MeasuredCollection.Name)]
public sealed class AzureMonitorExportTests
{
    private const int Overrides = 100;

    /// <summary>The host says by its trace whether the spans of an invocation are kept. With the exporter's own default
    /// (EnableTraceBasedLogsSampler) the lines of the others would go with them.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_warning_and_no_error_of_an_invocation_is_left_out(bool samplesTraces)
    {
        await using TelemetrySink sink = await TelemetrySink.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        (string, string?)[] settings =
        [
            ("APPLICATIONINSIGHTS_CONNECTION_STRING", sink.AzureMonitor),
            ("APPLICATIONINSIGHTS_STATSBEAT_DISABLED", "true"),
        ];
        await using PlayedHost host = await PlayedHost.StartAsync(WorkerSettings.With(qdrant, settings));
        host.SamplesTraces = samplesTraces;

        for (int i = 0; i < Overrides; i++)
        {
            using StringContent body = new($$"""{"verdict":"closed","durationSeconds":600,"reason":"drill {{i}}","by":"tests"}""");
            Assert.Equal(200, (await host.SendAsync("POST", "/override", body)).Status);
            Assert.Equal(200, (await host.SendAsync("DELETE", "/override")).Status);
        }

        WorkerFunction timer = host.Functions.Single(function => function.Trigger == "timerTrigger");
        Assert.Equal(Worker.Protocol.StatusResult.Types.Status.Failure, (await host.FireAsync(timer, "{")).Status);

        await Eventually.TrueAsync(() => Warnings(sink).Length >= 2 * Overrides && Exceptions(sink) > 0);
        string[] warnings = Warnings(sink);
        Assert.Equal(2 * Overrides, warnings.Distinct().Count());
        Assert.Equal(2 * Overrides, warnings.Length);

        await Eventually.TrueAsync(() => !samplesTraces || Of(sink, "RemoteDependencyData").Any());
        await host.TerminateAsync();
        Assert.Equal(0, await host.Process.Ended.WaitAsync(PlayedHost.Patience));
        Assert.Equal(
            samplesTraces,
            Of(sink, "RemoteDependencyData").Any(span => ((string)span["name"]!).StartsWith("function ", StringComparison.Ordinal))
        );
    }

    /// <summary>Of traces that begin here the exporter keeps five a second.</summary>
    [Fact]
    public async Task Two_hundred_warnings_in_as_many_traces_all_arrive()
    {
        await using TelemetrySink sink = await TelemetrySink.StartAsync();
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("APPLICATIONINSIGHTS_CONNECTION_STRING", sink.AzureMonitor)])
            .Build();
        await using ServiceProvider services = new ServiceCollection()
            .AddLogging()
            .AddHxTelemetryExport(configuration, HxSettingsReader.Read(configuration).Telemetry)
            .BuildServiceProvider();
        // Only from now on is anything sampled and exported.
        foreach (IHostedService service in services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        ILogger log = services.GetRequiredService<ILoggerFactory>().CreateLogger("tests");
        int left = 0;
        for (int i = 0; i < 2 * Overrides; i++)
        {
            Activity.Current = null;
            using Activity? request = HxActivities.Source.StartActivity("request", ActivityKind.Server);
            left += request?.Recorded == true ? 0 : 1;
            log.Log(LogLevel.Warning, default, $"Override {i}", null, static (text, _) => text);
        }

        services.GetRequiredService<LoggerProvider>().ForceFlush();
        await Eventually.TrueAsync(() => Warnings(sink).Length >= 2 * Overrides);
        Assert.Equal(2 * Overrides, Warnings(sink).Distinct().Count());
        // Not for want of sampling.
        Assert.True(left > 0);
    }

    /// <summary>To warm its drivers up, the app probes stand-ins and disposes what it did that with. Of two meters of one name,
    /// OpenTelemetry would drop both then, after the first export.</summary>
    [Fact]
    public async Task Counters_are_in_later_exports_too_and_tell_of_no_probe_but_the_services()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await PlayedHost.StartAsync(
            WorkerSettings.With(qdrant, [.. WorkerSettings.ExportTo(receiver.Address), ("OTEL_METRIC_EXPORT_INTERVAL", "500")])
        );
        await host.UntilAsync("/guard?path=/v1/keys", 200);
        for (int asked = 0; asked < 4; asked++)
        {
            double before = Decisions(receiver);
            await host.GetAsync("/guard?path=/v1/keys");
            await Eventually.TrueAsync(() => Decisions(receiver) > before);
        }

        Assert.Equal(
            ["ok"],
            receiver.Items.Where(item => item.Name == "hx.probe.duration").Select(item => item.Attributes["reason"]).Distinct()
        );
    }

    private static double Decisions(OtlpReceiver receiver) =>
        receiver
            .Items.Where(item =>
                item.Name == "hx.guard.decisions" && item.Attributes["verdict"] == "open" && item.Attributes["rule"] == "/v1/keys"
            )
            .Select(item => item.Value)
            .DefaultIfEmpty()
            .Max();

    /// <summary>The texts of the warnings about overrides. Each has a reason of its own.</summary>
    private static string[] Warnings(TelemetrySink sink) =>
        [
            .. Of(sink, "MessageData")
                .Where(data => (string?)data["severityLevel"] == "Warning")
                .Select(data => (string)data["message"]!)
                .Where(text => text.StartsWith("Override ", StringComparison.Ordinal)),
        ];

    private static int Exceptions(TelemetrySink sink) => Of(sink, "ExceptionData").Count();

    private static IEnumerable<JsonNode> Of(TelemetrySink sink, string type) =>
        sink.Envelopes.Select(envelope => envelope["data"]!).Where(data => (string?)data["baseType"] == type).Select(d => d["baseData"]!);
}
