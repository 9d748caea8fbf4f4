using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Cli.Serving;

/// <summary>The timer, where there is no Functions host to run it: checks everything on the schedule, one run at a time.</summary>
/// <remarks>
/// The next run is reckoned when one has ended, so that those which fell into it are left out. (The Functions host reckons from a run's
/// start and makes up for them with one run at once.) A failure is logged and not retried.
/// </remarks>
/// <param name="checkAll">The timer's work: <see cref="SnapshotTimer.CheckAllAsync"/>.</param>
/// <param name="describe">How an exception reads in the log, without secrets.</param>
internal sealed partial class SnapshotTimerService(
    Func<CancellationToken, Task> checkAll,
    Schedule schedule,
    TimeProvider time,
    Func<Exception, string> describe,
    ILogger<SnapshotTimerService> logger
) : BackgroundService
{
    /// <summary>A timer may fire this much before its time by the wall clock; more means that the clock was set back.</summary>
    private static readonly TimeSpan MaxEarly = TimeSpan.FromSeconds(1);

    /// <summary>How long it waits at once. A timer takes 49.7 days at most and throws beyond them, which would end the host. A clock
    /// that is set back far while the next run is reckoned makes such a wait.</summary>
    private static readonly TimeSpan MaxDelay = TimeSpan.FromDays(1);

    /// <summary>The product's timer with the settings of the container.</summary>
    public static SnapshotTimerService Create(IServiceProvider services)
    {
        Redactor redactor = services.GetRequiredService<Redactor>();
        return new(
            services.GetRequiredService<SnapshotTimer>().CheckAllAsync,
            Schedule.Of(services.GetRequiredService<HxSettings>()),
            services.GetRequiredService<TimeProvider>(),
            exception => redactor.Redact(exception.ToString()),
            services.GetRequiredService<ILogger<SnapshotTimerService>>()
        );
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        DateTimeOffset due = schedule.Next(time.GetUtcNow());
        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan left = due - time.GetUtcNow();
            if (left > MaxDelay)
            {
                await Task.Delay(MaxDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (!stoppingToken.IsCancellationRequested)
            {
                await RunOnceAsync(stoppingToken);
                due = schedule.Next(NotBefore(due));
            }
        }
    }

    private async Task RunOnceAsync(CancellationToken stoppingToken)
    {
        try
        {
            await checkAll(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
        catch (Exception exception)
        {
            LogFailed(describe(exception));
        }
    }

    private DateTimeOffset NotBefore(DateTimeOffset due)
    {
        DateTimeOffset now = time.GetUtcNow();
        return due > now && due - now < MaxEarly ? due : now;
    }

    [LoggerMessage(2, LogLevel.Error, "The timer's check failed: {Exception}")]
    private partial void LogFailed(string exception);
}
