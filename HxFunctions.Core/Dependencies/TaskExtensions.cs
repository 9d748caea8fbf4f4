using System.Runtime.CompilerServices;

namespace HxFunctions.Core.Dependencies;

internal static class TaskExtensions
{
    /// <summary>Looks at the exception of a task that nobody awaits any more, so that it doesn't surface as unobserved.</summary>
    public static void Observe(this Task task) =>
        _ = task.ContinueWith(
            static t => _ = t.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );

    /// <summary>To be awaited until it has ended, however it ended.</summary>
    public static ConfiguredTaskAwaitable Ended(this Task task) =>
        task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    /// <summary>
    /// Cancels on a thread made for that: callbacks of the token belong to drivers, which may block in them and may throw
    /// (<see cref="Deadline"/>). What they throw is dropped.
    /// </summary>
    public static void CancelAside(this CancellationTokenSource source, TaskScheduler scheduler)
    {
        try
        {
            Task.Factory.StartNew(source.Cancel, CancellationToken.None, TaskCreationOptions.LongRunning, scheduler).Observe();
        }
        catch (TaskSchedulerException)
        {
            // No more threads may be made (a container's limit of processes): on the pool, then.
            Task.Run(source.Cancel, CancellationToken.None).Observe();
        }
    }

    /// <summary>What <see cref="Task.Run(Func{Task})"/> does, on a scheduler of one's choice: with <see cref="TaskScheduler.Default"/> it
    /// is the same.</summary>
    public static Task Run(this TaskScheduler scheduler, Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();

    /// <inheritdoc cref="Run(TaskScheduler, Func{Task})"/>
    public static Task<T> Run<T>(this TaskScheduler scheduler, Func<Task<T>> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();
}
