using HxFunctions.Core.Configuration;
using HxFunctions.Core.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace HxFunctions.Tests.Telemetry;

/// <summary>Variables of the exporters that they would throw at, or that lead nowhere.</summary>
public sealed class TelemetrySettingsTests
{
    private const string Insights = Variables.ApplicationInsights;
    private const string Endpoint = Variables.OtlpEndpoint;
    private const string Canary = "c4nary";
    private const string Right = "InstrumentationKey=00000000-0000-0000-0000-000000000000";

    [Theory]
    [InlineData(Insights, "@Microsoft.KeyVault(SecretUri=https://c4nary.vault.azure.net/secrets/x)", "is a Key Vault reference")]
    [InlineData(Insights, "c4nary", "must be a connection string")]
    [InlineData(Insights, "IngestionEndpoint=https://c4nary.invalid", "must be a connection string")]
    [InlineData(Insights, "InstrumentationKey=;IngestionEndpoint=https://c4nary.invalid", "must be a connection string")]
    [InlineData(Insights, Right + ";c4nary", "must be a connection string")]
    [InlineData(Insights, Right + ";" + Right, "must be a connection string")]
    [InlineData(Insights, Right + ";IngestionEndpoint=c4nary", "has an IngestionEndpoint that is not a URL")]
    [InlineData(Endpoint, "@Microsoft.KeyVault(VaultName=c4nary)", "is a Key Vault reference")]
    [InlineData(Endpoint, "c4nary:4317", "must be a URL")]
    [InlineData(Endpoint, "not a url", "must be a URL")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "Bearer c4nary", "must be name=value pairs")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "a=b,=c4nary", "must be name=value pairs")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "c4nary", "must be a URL")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "-5", "must be a whole number")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "0", "must be a whole number")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE", "-1", "must be a whole number")]
    [InlineData("OTEL_BLRP_SCHEDULE_DELAY", "soon", "must be a whole number")]
    public async Task Is_a_hint_and_nothing_is_sent(string name, string value, string told)
    {
        Dictionary<string, string?> variables = new() { [name] = value };
        if (name.StartsWith("OTEL_", StringComparison.Ordinal))
        {
            variables.TryAdd(Endpoint, "http://127.0.0.1:4317");
        }

        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(variables).Build();
        HxSettings settings = HxSettingsReader.Read(configuration);
        ConfigurationProblem hint = Assert.Single(settings.Hints, hint => hint.Variable == name);
        Assert.StartsWith(told, hint.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, hint.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(settings.Problems, problem => problem.Variable == name);
        Assert.False(TelemetryExport.IsWanted(configuration));
        await StartAsync(configuration);
    }

    [Fact]
    public async Task One_place_that_is_wrong_does_not_keep_the_other()
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new(Insights, Right), new(Endpoint, Canary)])
            .Build();
        Assert.True(TelemetryExport.IsWanted(configuration));
        await StartAsync(configuration);
    }

    [Theory]
    [InlineData(Insights, Right)]
    [InlineData(Insights, Right + ";IngestionEndpoint=https://x.invalid/;LiveEndpoint=https://y.invalid/;ApplicationId=1")]
    [InlineData(Endpoint, "https://collector.invalid:4318/base")]
    public async Task What_is_right_is_wanted(string name, string value)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection([new(name, value)]).Build();
        Assert.DoesNotContain(HxSettingsReader.Read(configuration).Hints, hint => hint.Variable == name);
        Assert.True(TelemetryExport.IsWanted(configuration));
        await StartAsync(configuration);
    }

    /// <summary>Makes what a host makes at its start, where a wrong value would throw.</summary>
    private static async Task StartAsync(IConfiguration configuration)
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddSingleton(configuration)
            .AddHxTelemetryExport(configuration)
            .BuildServiceProvider();
        services.GetService<MeterProvider>();
        services.GetService<TracerProvider>();
        services.GetService<LoggerProvider>();
    }
}
