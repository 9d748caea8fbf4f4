using Azure.Core;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Resources;

namespace HxFunctions.Core.Hosting;

/// <summary>Where metrics, traces and logs go: Azure Monitor, an OTLP receiver, both, or nowhere.</summary>
public static class TelemetryExport
{
    private const string ServiceName = "OTEL_SERVICE_NAME";
    private const string InsightsAuthentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";
    private const string ResourceAttributes = "OTEL_RESOURCE_ATTRIBUTES";

    /// <summary>
    /// Adds the exporters that the settings ask for: Azure Monitor's when <c>APPLICATIONINSIGHTS_CONNECTION_STRING</c> is set, OTLP's
    /// when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is. With neither, nothing of OpenTelemetry is loaded. One whose variables can't be used is
    /// left out; <see cref="HxSettings.Hints"/> says so.
    /// </summary>
    /// <param name="configuration">The variables that the settings were read from, for the name of the service and the identity.</param>
    /// <param name="settings"><see cref="HxSettings.Telemetry"/>.</param>
    /// <remarks>
    /// The other <c>OTEL_*</c> variables are the SDK's own:
    /// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
    /// </remarks>
    internal static IServiceCollection AddHxTelemetryExport(
        this IServiceCollection services,
        IConfiguration configuration,
        TelemetrySettings settings
    )
    {
        if (settings.IsWanted)
        {
            AddExporters(services, configuration, settings);
        }

        return services;
    }

    private static void AddExporters(IServiceCollection services, IConfiguration configuration, TelemetrySettings settings)
    {
        IOpenTelemetryBuilder telemetry = services
            .AddOpenTelemetry()
            .ConfigureResource(resource => Describe(resource, configuration))
            .WithMetrics(metrics => metrics.AddMeter(HxMeter.Name))
            .WithTracing(traces => traces.AddSource(HxActivities.Name))
            .WithLogging(null, logs => logs.IncludeFormattedMessage = true);
        if (settings.Otlp)
        {
            telemetry.UseOtlpExporter();
        }

        if (settings.ApplicationInsights is { } connectionString)
        {
            telemetry.UseAzureMonitorExporter(options =>
            {
                options.ConnectionString = connectionString;
                // It would drop lines whose trace is not sampled: that a dependency went down, that somebody set an override.
                options.EnableTraceBasedLogsSampler = false;
                options.Credential = CredentialOf(configuration[InsightsAuthentication]);
            });
        }
    }

    /// <summary>The operator's own name goes first: what is added to a resource later wins over the environment.</summary>
    public static void Describe(ResourceBuilder resource, IConfiguration configuration)
    {
        if (
            IsSet(configuration, ServiceName)
            || configuration[ResourceAttributes]?.Contains("service.name=", StringComparison.Ordinal) == true
        )
        {
            return;
        }

        resource.AddService("hx-functions", serviceVersion: ProductVersion.Text);
    }

    /// <summary>The identity that the Functions host uses as well, where Application Insights takes no keys:
    /// <c>ClientId=…;Authorization=AAD</c>.</summary>
    /// <remarks>https://learn.microsoft.com/azure/azure-functions/functions-app-settings#applicationinsights_authentication_string</remarks>
    internal static TokenCredential? CredentialOf(string? authentication)
    {
        Dictionary<string, string> parts = (authentication ?? "")
            .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split('=', 2, StringSplitOptions.TrimEntries))
            .Where(pair => pair.Length == 2)
            .GroupBy(pair => pair[0], StringComparer.OrdinalIgnoreCase)
            .ToDictionary(g => g.Key, g => g.Last()[1], StringComparer.OrdinalIgnoreCase);
        if (!parts.GetValueOrDefault("Authorization", "").Equals("AAD", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return new ManagedIdentityCredential(
            parts.TryGetValue("ClientId", out string? id) && id.Length > 0
                ? ManagedIdentityId.FromUserAssignedClientId(id)
                : ManagedIdentityId.SystemAssigned
        );
    }

    private static bool IsSet(IConfiguration configuration, string variable) => !string.IsNullOrWhiteSpace(configuration[variable]);
}
