using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace HxFunctions.Tests.Telemetry;

/// <summary>The rules for logs in host.json, as the Functions host applies them: <c>logging</c> goes to its logger factory.</summary>
/// <remarks>
/// ScriptHostBuilderExtensions.cs and WorkerConsoleLogService.cs of azure-functions-host. Its own filters for the exporter leave out what
/// the worker has sent as a function's log, but not the worker's console: azure-functions-host issue 11707.
/// </remarks>
public class HostJsonTelemetryTests
{
    /// <summary>The worker exports its records itself. All of them stay in the host's log, which other providers write.</summary>
    [Theory]
    [InlineData("Host.Function.Console", false)]
    [InlineData("Host.Startup", true)]
    [InlineData("Function.Guard", true)]
    public void Line_of_the_workers_console_is_logged_but_not_exported_again(string category, bool isExported)
    {
        IConfiguration host = new ConfigurationBuilder().AddJsonFile(Path.Combine(Repository.Root, "host.json")).Build();
        using FakeLoggerProvider log = new();
        using CountingProcessor exported = new();
        using (
            ILoggerFactory factory = LoggerFactory.Create(logging =>
                logging
                    .AddConfiguration(host.GetSection("logging"))
                    .AddProvider(log)
                    .AddOpenTelemetry(options => options.AddProcessor(exported))
            )
        )
        {
            factory.CreateLogger(category).LogWarning("warn: HxFunctions postgres is down");
        }

        Assert.Equal((1, isExported ? 1 : 0), (log.Collector.Count, exported.Count));
    }

    private sealed class CountingProcessor : BaseProcessor<LogRecord>
    {
        public int Count { get; private set; }

        public override void OnEnd(LogRecord data) => Count++;
    }
}
