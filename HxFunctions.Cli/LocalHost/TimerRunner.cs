using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Cli.LocalHost;

/// <summary>Runs one timer function, one invocation at a time, until it is cancelled.</summary>
/// <remarks>
/// The next occurrence is reckoned when an invocation has ended, so that those which fell into it are left out. (The
/// Functions host reckons from the invocation's start and makes up for them with one run at once.) A failure is logged
/// and not retried.
/// </remarks>
internal sealed class TimerRunner(
    TimerFunction function,
    TimerSchedule schedule,
    FunctionInstances instances,
    IServiceScopeFactory scopes,
    TimeProvider time,
    Func<Exception, string> describe,
    ILogger logger
)
{
    // Task.Delay takes no more than 49 days.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(24);

    // A timer may fire this much before its time by the wall clock; more means that the clock was set back.
    private static readonly TimeSpan EarlyAtMost = TimeSpan.FromSeconds(1);

    private ScheduleStatus? _status;

    /// <summary>Waits and runs. Ends only by cancellation, without an exception.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset due = schedule.Next(time.GetUtcNow());
        if (function.Trigger.UseMonitor && !schedule.IsUnderOneMinute(time.GetUtcNow()))
        {
            _status = new ScheduleStatus
            {
                Last = DateTime.MinValue,
                Next = due.UtcDateTime,
                LastUpdated = DateTime.MinValue,
            };
        }

        if (function.Trigger.RunOnStartup)
        {
            due = await RunOnceAsync(null, cancellationToken);
        }

        while (!cancellationToken.IsCancellationRequested)
        {
            Log.NextOccurrence(logger, function.Name, due);
            await WaitAsync(due, cancellationToken);
            if (!cancellationToken.IsCancellationRequested)
            {
                due = await RunOnceAsync(due, cancellationToken);
            }
        }
    }

    private async Task WaitAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        TimeSpan left = due - time.GetUtcNow();
        while (left > TimeSpan.Zero && !cancellationToken.IsCancellationRequested)
        {
            TimeSpan slice = left < LongestDelay ? left : LongestDelay;
            await Task.Delay(slice, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            left -= slice;
        }
    }

    private async Task<DateTimeOffset> RunOnceAsync(DateTimeOffset? due, CancellationToken cancellationToken)
    {
        DateTimeOffset started = NotBefore(due);
        try
        {
            await using AsyncServiceScope scope = scopes.CreateAsyncScope();
            await InvokeAsync(scope.ServiceProvider, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
        }
        catch (Exception exception)
        {
            Log.FunctionFailed(logger, function.Name, describe(exception));
        }

        DateTimeOffset ended = NotBefore(due);
        DateTimeOffset next = schedule.Next(ended);
        if (_status is not null)
        {
            _status = new ScheduleStatus
            {
                Last = started.UtcDateTime,
                Next = next.UtcDateTime,
                LastUpdated = ended.UtcDateTime,
            };
        }

        return next;
    }

    private async Task InvokeAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        object?[] arguments =
        [
            .. function
                .Method.GetParameters()
                .Select(
                    object (parameter) =>
                        parameter.ParameterType switch
                        {
                            Type type when type == typeof(TimerInfo) => new TimerInfo { ScheduleStatus = _status, IsPastDue = false },
                            Type type when type == typeof(CancellationToken) => cancellationToken,
                            _ => new LocalFunctionContext(function.Definition, services, cancellationToken),
                        }
                ),
        ];
        object? result = function.Method.Invoke(
            instances.For(function.Method),
            BindingFlags.DoNotWrapExceptions,
            binder: null,
            arguments,
            culture: null
        );
        await (
            result switch
            {
                Task task => task,
                ValueTask task => task.AsTask(),
                _ => Task.CompletedTask,
            }
        );
    }

    private DateTimeOffset NotBefore(DateTimeOffset? due)
    {
        DateTimeOffset now = time.GetUtcNow();
        return due > now && due.Value - now < EarlyAtMost ? due.Value : now;
    }
}
