using System.Security.Cryptography.X509Certificates;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Hosting;
using HxFunctions.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace HxFunctions.Tests.Telemetry;

/// <summary>Variables of the exporters that they would throw at, or that lead nowhere.</summary>
public sealed class TelemetrySettingsTests : IDisposable
{
    private const string Insights = Variables.ApplicationInsights;
    private const string Endpoint = Variables.OtlpEndpoint;
    private const string Canary = "c4nary";
    private const string Right = "InstrumentationKey=00000000-0000-0000-0000-000000000000";
    private const string Retry = "OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY";
    private const string RetryDirectory = "OTEL_DOTNET_EXPERIMENTAL_OTLP_DISK_RETRY_DIRECTORY_PATH";
    private const string Authority = "OTEL_EXPORTER_OTLP_CERTIFICATE";
    private const string Client = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
    private const string ClientKey = "OTEL_EXPORTER_OTLP_CLIENT_KEY";

    private readonly ThrowAwayDirectory _directory = new("hx-telemetry-c4nary-");

    public void Dispose() => _directory.Dispose();

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
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "x-a=c4nary%2Cb", "must be name=value pairs")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "x-a=c4nary,x-a=b", "must have each name once")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "User-Agent=c4nary", "must have each name once, and not User-Agent")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "c4nary", "must be a URL")]
    [InlineData(Authority, "/nosuch/c4nary.pem", "names a file that does not exist")]
    [InlineData(Client, "/nosuch/c4nary.pem", "names a file that does not exist")]
    [InlineData(Retry, "c4nary", "must be in_memory or disk")]
    [InlineData(Retry, "disk", "is disk, but OTEL_DOTNET_EXPERIMENTAL_OTLP_DISK_RETRY_DIRECTORY_PATH is not set")]
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

        await AssertHintAsync(variables, name, told);
    }

    /// <summary>In each value, <c>~/</c> is a folder with certificates and a file that is none.</summary>
    [Theory]
    [InlineData(Authority, "names a file that", Authority, "~/")]
    [InlineData(Authority, "has no readable certificate", Authority, "~/text")]
    [InlineData(Authority, "does not exist", Authority, "~/ca.pem ")]
    [InlineData(Client, "without a readable certificate and its key", Client, "~/server.pem")]
    [InlineData(Client, "without a readable certificate and its key", Client, "~/text")]
    [InlineData(ClientKey, "does not exist", Client, "~/server.pem", ClientKey, "~/nosuch")]
    [InlineData(Client, "no readable certificate of the key", Client, "~/ca.pem", ClientKey, "~/server.key")]
    [InlineData(RetryDirectory, "this user can't make others", Retry, "disk", RetryDirectory, "~/text/spool")]
    [InlineData(RetryDirectory, "this user can't make others", Retry, "DISK", RetryDirectory, "~/text")]
    public async Task File_that_cannot_be_used_is_a_hint_and_nothing_is_sent(string name, string told, params string[] settings)
    {
        WriteFiles();
        await AssertHintAsync(InFolder(settings), name, told);
    }

    [Theory]
    [InlineData(Authority, "~/ca.pem")]
    [InlineData(Client, "~/both.pem")]
    [InlineData(Client, "~/both.pfx")]
    [InlineData(Authority, "~/ca.pem", Client, "~/server.pem", ClientKey, "~/server.key")]
    [InlineData(ClientKey, "~/nosuch")]
    [InlineData(Retry, "in_memory")]
    [InlineData(Retry, "disk", RetryDirectory, "~/spool/hx")]
    public async Task File_that_can_be_used_is(params string[] settings)
    {
        WriteFiles();
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(InFolder(settings)).Build();
        HxSettings read = HxSettingsReader.Read(configuration);
        Assert.DoesNotContain(read.Hints, hint => hint.Variable.StartsWith("OTEL_", StringComparison.Ordinal));
        Assert.True(read.Telemetry.IsWanted);
        // hx config looks at them, too, and leaves nothing behind.
        Assert.Equal(["both.pem", "both.pfx", "ca.pem", "server.key", "server.pem", "text"], Entries());
        await StartAsync(configuration, read);
    }

    /// <summary>What is true for the SDK: not 1, and not yes.</summary>
    [Theory]
    [InlineData("true", true)]
    [InlineData("True", true)]
    [InlineData("false", false)]
    [InlineData("1", false)]
    public void Sdk_that_is_turned_off_is_told_with_what_else_it_turns_off(string value, bool isOff)
    {
        const string Disabled = "OTEL_SDK_DISABLED";
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new(Disabled, value), new(Endpoint, "http://127.0.0.1:4317")])
            .Build();

        HxSettings settings = HxSettingsReader.Read(configuration);

        Assert.Equal(
            isOff ? [$"{Disabled} is true: no telemetry is sent, and /metrics of hx serve is empty"] : [],
            settings.Hints.Where(hint => hint.Variable == Disabled).Select(hint => hint.ToString())
        );
        Assert.Equal(!isOff, settings.Telemetry.IsWanted);
    }

    [Fact]
    public async Task One_place_that_is_wrong_does_not_keep_the_other()
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new(Insights, Right), new(Endpoint, Canary)])
            .Build();
        HxSettings settings = HxSettingsReader.Read(configuration);
        Assert.True(settings.Telemetry.IsWanted);
        await StartAsync(configuration, settings);
    }

    [Theory]
    [InlineData(Insights, Right)]
    [InlineData(Insights, Right + ";IngestionEndpoint=https://x.invalid/;LiveEndpoint=https://y.invalid/;ApplicationId=1")]
    [InlineData(Endpoint, "https://collector.invalid:4318/base")]
    public async Task What_is_right_is_wanted(string name, string value)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection([new(name, value)]).Build();
        HxSettings settings = HxSettingsReader.Read(configuration);
        Assert.DoesNotContain(settings.Hints, hint => hint.Variable == name);
        Assert.True(settings.Telemetry.IsWanted);
        await StartAsync(configuration, settings);
    }

    /// <summary>A file that is away after the settings were read is missed by whoever looks for it again.</summary>
    [Fact]
    public async Task Host_of_hx_serve_takes_the_settings_as_they_were_read_and_looks_at_no_file_again()
    {
        WriteFiles();
        Settings settings = Settings.From(InFolder([Authority, "~/ca.pem"]));
        string file = InFolder("~/ca.pem");
        string away = InFolder("~/away.pem");
        File.Move(file, away);
        bool isExporting = false;

        await using WebApplication app = ServeCommand.Build(
            settings,
            services =>
            {
                isExporting = services.Any(service => service.ServiceType == typeof(TracerProvider));
                // The exporter needs it.
                File.Move(away, file);
            }
        );

        Assert.True(isExporting);
    }

    private static async Task AssertHintAsync(Dictionary<string, string?> variables, string name, string told)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(variables).Build();
        HxSettings settings = HxSettingsReader.Read(configuration);
        ConfigurationProblem hint = Assert.Single(settings.Hints, hint => hint.Variable == name);
        Assert.Contains(told, hint.Problem, StringComparison.Ordinal);
        Assert.Contains(". Until it is corrected, no telemetry is sent", hint.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, hint.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(settings.Problems, problem => problem.Variable == name);
        Assert.False(settings.Telemetry.IsWanted);
        await StartAsync(configuration, settings);
    }

    private void WriteFiles()
    {
        TlsFiles files = TlsFiles.Write(_directory.Path);
        File.WriteAllText(InFolder("~/both.pem"), $"{File.ReadAllText(files.Certificate)}\n{File.ReadAllText(files.Key)}");
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        File.WriteAllBytes(InFolder("~/both.pfx"), certificate.Export(X509ContentType.Pkcs12));
        File.WriteAllText(InFolder("~/text"), Canary);
    }

    private string[] Entries() =>
        [.. Directory.EnumerateFileSystemEntries(_directory.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private Dictionary<string, string?> InFolder(string[] settings) =>
        settings
            .Chunk(2)
            .Append([Endpoint, "http://127.0.0.1:4317"])
            .ToDictionary(pair => pair[0], string? (pair) => InFolder(pair[1]), StringComparer.Ordinal);

    private string InFolder(string value) => value.Replace("~", _directory.Path, StringComparison.Ordinal);

    /// <summary>Makes what a host makes at its start, where a wrong value would throw.</summary>
    private static async Task StartAsync(IConfiguration configuration, HxSettings settings)
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddSingleton(configuration)
            .AddHxTelemetryExport(configuration, settings.Telemetry)
            .BuildServiceProvider();
        services.GetService<MeterProvider>();
        services.GetService<TracerProvider>();
        services.GetService<LoggerProvider>();
    }
}
