using HxFunctions.Servers;
using HxFunctions.SystemTests.Telemetry;

namespace HxFunctions.SystemTests.Worker;

/// <summary>What the app says of itself to an OTLP receiver.</summary>
public sealed class WorkerTelemetryTests
{
    [Theory]
    [InlineData("hx-functions")]
    [InlineData("from-azure", "WEBSITE_SITE_NAME=from-azure")]
    [InlineData("from-the-operator", "OTEL_SERVICE_NAME=from-the-operator")]
    [InlineData("from-the-operator", "OTEL_SERVICE_NAME=from-the-operator", "WEBSITE_SITE_NAME=from-azure")]
    [InlineData("from-attributes", "OTEL_RESOURCE_ATTRIBUTES=team=gateway,service.name=from-attributes", "WEBSITE_SITE_NAME=from-azure")]
    public async Task Service_has_the_name_that_the_documentation_says(string expected, params string[] variables)
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        IEnumerable<(string Name, string? Value)> named = variables
            .Select(v => v.Split('=', 2))
            .Select(pair => (pair[0], (string?)pair[1]));
        await using PlayedHost host = await PlayedHost.StartAsync(
            WorkerSettings.With(qdrant, [.. WorkerSettings.ExportTo(receiver.Address), .. named])
        );
        await host.UntilAsync("/guard?path=/v1/keys", 200);
        await host.TerminateAsync();
        Assert.Equal(0, await host.Process.Ended.WaitAsync(PlayedHost.Patience));

        Assert.Equal(["log", "metric", "span"], receiver.Items.Select(item => item.Kind).Distinct().Order(StringComparer.Ordinal));
        Assert.All(receiver.Items, item => Assert.Equal(expected, item.Resource["service.name"]));
        Assert.Contains(
            receiver.Items,
            item =>
                item is { Kind: "span", Name: "function Guard" }
                && item.Attributes["hx.verdict"] == "open"
                && item.Attributes["hx.rule"] == "/v1/keys"
        );
    }
}
