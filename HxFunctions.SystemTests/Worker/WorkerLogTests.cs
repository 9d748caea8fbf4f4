using HxFunctions.Servers;
using HxFunctions.SystemTests.Telemetry;

namespace HxFunctions.SystemTests.Worker;

/// <summary>What the app logs reaches the log of the host, once, and the exporter, if there is one.</summary>
public sealed class WorkerLogTests
{
    private const string InInvocation = "Override in effect";
    private const string InBackground = "qdrant went from Unknown to Fail";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Records_reach_the_log_of_the_host_once_with_their_levels(bool exported)
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync("made-up-key-of-tests");
        await using PlayedHost host = await PlayedHost.StartAsync(
            WorkerSettings.With(qdrant, exported ? WorkerSettings.ExportTo(receiver.Address) : [])
        );

        await host.UntilAsync("/guard?path=/v1/keys", 503);
        using StringContent body = new("""{"verdict":"closed","durationSeconds":60,"reason":"test"}""");
        Assert.Equal(200, (await host.SendAsync("POST", "/override", body)).Status);
        await host.Log.UntilAsync(line => line.IsKept && line.Text.Contains(InBackground, StringComparison.Ordinal));
        await host.TerminateAsync();
        Assert.Equal(0, await host.Process.Ended.WaitAsync(PlayedHost.Patience));

        HostLogLine set = Assert.Single(host.Log.Kept, line => line.Text.Contains(InInvocation, StringComparison.Ordinal));
        Assert.Equal((HostLogSource.Rpc, "Warning"), (set.Source, set.Level));
        HostLogLine failed = Assert.Single(host.Log.Kept, line => line.Text.Contains(InBackground, StringComparison.Ordinal));
        Assert.Equal((HostLogSource.Error, "Warning"), (failed.Source, failed.Level));
        HostLogLine started = Assert.Single(host.Log.Kept, line => line.Text.Contains("Guard in mode enforce", StringComparison.Ordinal));
        Assert.Equal((HostLogSource.Output, "Information"), (started.Source, started.Level));

        string[] records = [.. receiver.Items.Where(item => item.Kind == "log").Select(item => item.Name)];
        Assert.Equal(exported ? 1 : 0, records.Count(record => record.Contains(InInvocation, StringComparison.Ordinal)));
        Assert.Equal(exported ? 1 : 0, records.Count(record => record.Contains(InBackground, StringComparison.Ordinal)));
    }

    /// <summary>What concerns only logs and telemetry is no reason for the app to be away: the log says what is wrong with it.</summary>
    [Fact]
    public async Task Wrong_settings_of_telemetry_and_logs_are_told_and_the_guard_answers()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await PlayedHost.StartAsync(
            WorkerSettings.With(
                qdrant,
                ("APPLICATIONINSIGHTS_CONNECTION_STRING", "@Microsoft.KeyVault(SecretUri=https://c4nary.vault.azure.net/secrets/x)"),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
                ("OTEL_EXPORTER_OTLP_HEADERS", "Bearer c4nary"),
                ("Logging__LogLevel__Default", "INFO"),
                ("Logging__LogLevel__System", "LOUD"),
                ("GUARD_MOD", "shadow")
            )
        );
        await host.UntilAsync("/guard?path=/v1/keys", 200);
        foreach (
            string told in new[]
            {
                "APPLICATIONINSIGHTS_CONNECTION_STRING is a Key Vault reference",
                "OTEL_EXPORTER_OTLP_HEADERS must be name=value pairs",
                "Logging__LogLevel__System is not a log level",
                "GUARD_MOD is not a setting: probably GUARD_MODE is meant",
            }
        )
        {
            await host.Log.UntilAsync(line => line.IsKept && line.Text.Contains(told, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(host.Log.Kept, line => line.Text.Contains("c4nary", StringComparison.Ordinal));
    }

    /// <summary>A host that is told of a worker's exporter exports nothing on its behalf.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Host_is_told_that_the_worker_exports_when_it_does(bool exported)
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await PlayedHost.StartAsync(
            WorkerSettings.With(qdrant, exported ? WorkerSettings.ExportTo(receiver.Address) : [])
        );
        Assert.Equal(exported ? "True" : null, host.Capabilities.GetValueOrDefault("WorkerOpenTelemetryEnabled"));
    }
}
