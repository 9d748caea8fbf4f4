namespace HxFunctions.Core.Snapshots;

/// <summary>Something that happens now and then, and that many may wait for. Safe for concurrent use.</summary>
/// <param name="scheduler">Where those who waited go on: never within <see cref="Set"/>.</param>
internal sealed class Signal(TaskScheduler scheduler)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _next = new();

    /// <summary>Completes at the next <see cref="Set"/>. Take it before looking at what may have changed, or a change may be
    /// missed.</summary>
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

    /// <summary>Wakes whoever waits.</summary>
    public void Set()
    {
        TaskCompletionSource happened;
        lock (_lock)
        {
            happened = _next;
            _next = new();
        }

        // Not RunContinuationsAsynchronously, which knows the thread pool alone.
        _ = Task.Factory.StartNew(happened.SetResult, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
    }
}
