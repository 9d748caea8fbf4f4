using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Snapshots;

/// <summary>Wakes the monitor's loop when something may have become due. Safe for concurrent use.</summary>
internal sealed class WakeSignal(TaskScheduler scheduler)
{
    private readonly Signal _signal = new(scheduler);

    /// <inheritdoc cref="Signal.Next"/>
    public Task Next => _signal.Next;

    /// <inheritdoc cref="Signal.Set"/>
    public void Set() => _signal.Set();

    /// <summary>Sets the signal when a task has ended, however it ended.</summary>
    public async Task SetAfterAsync(Task task)
    {
        await task.Ended();
        Set();
    }
}
