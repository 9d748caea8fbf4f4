using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HxFunctions.Tests.Telemetry;

public class TelemetryExportTests
{
    /// <summary>A transition is logged within the trace of its check, and an override within that of its request; both are rare, and all of
    /// what is logged.</summary>
    [Fact]
    public async Task No_line_is_left_out_because_its_trace_is()
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("APPLICATIONINSIGHTS_CONNECTION_STRING", $"InstrumentationKey={Guid.Empty}")])
            .Build();
        await using ServiceProvider services = new ServiceCollection()
            .AddHxTelemetryExport(configuration, HxSettingsReader.Read(configuration).Telemetry)
            .BuildServiceProvider();
        Assert.False(services.GetRequiredService<IOptions<AzureMonitorExporterOptions>>().Value.EnableTraceBasedLogsSampler);
    }

    [Theory]
    [InlineData("ClientId=11111111-1111-1111-1111-111111111111;Authorization=AAD", true)]
    [InlineData("authorization=aad", true)]
    [InlineData("Authorization=AAD;ClientId=;Authorization=AAD", true)]
    [InlineData("ClientId=11111111-1111-1111-1111-111111111111", false)]
    [InlineData("Authorization=", false)]
    [InlineData(";=;AAD", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Identity_is_used_where_the_authentication_string_asks_for_it(string? authentication, bool expected)
    {
        if (expected)
        {
            Assert.IsType<ManagedIdentityCredential>(TelemetryExport.CredentialOf(authentication));
        }
        else
        {
            Assert.Null(TelemetryExport.CredentialOf(authentication));
        }
    }
}
