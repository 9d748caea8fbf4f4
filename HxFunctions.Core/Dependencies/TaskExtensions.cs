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
}
