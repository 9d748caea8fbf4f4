namespace HxFunctions.Core.Snapshots;

/// <summary>Wakes the monitor's loop when something may have become due. Safe for concurrent use.</summary>
internal sealed class WakeSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _next = New();

    /// <summary>Completes at the next <see cref="Set"/>. Take it before looking at what is due, or a wake-up may be missed.</summary>
    public Task Next
    {
        get
        {
            lock (_lock)
            {
                return _next.Task;
            }
        }
    }

    public void Set()
    {
        TaskCompletionSource woken;
        lock (_lock)
        {
            woken = _next;
            _next = New();
        }

        woken.SetResult();
    }

    /// <summary>Sets the signal when a task has ended, however it ended.</summary>
    public async Task SetAfterAsync(Task task)
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Set();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
