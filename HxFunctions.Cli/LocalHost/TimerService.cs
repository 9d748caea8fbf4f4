using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Cli.LocalHost;

/// <summary>Runs the timer functions, each on its own. One that can't be loaded is logged and left out.</summary>
internal sealed class TimerService(
    FunctionCatalog catalog,
    FunctionInstances instances,
    IServiceScopeFactory scopes,
    IConfiguration settings,
    TimeProvider time,
    LocalHostOptions options,
    ILogger<TimerService> logger
) : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(catalog.Timers.Select(Load).OfType<TimerRunner>().Select(runner => runner.RunAsync(stoppingToken)));

    private TimerRunner? Load(TimerFunction function)
    {
        if (
            !TimerSchedule.TryParse(function.Trigger.Schedule, settings, time.GetUtcNow(), out TimerSchedule? schedule, out string? problem)
        )
        {
            Log.FunctionNotLoaded(logger, function.Name, problem);
            return null;
        }

        return new TimerRunner(function, schedule, instances, scopes, time, options.DescribeException, logger);
    }
}
