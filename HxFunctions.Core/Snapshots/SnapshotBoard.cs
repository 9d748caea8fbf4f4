using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Snapshots;

/// <summary>Holds the process's current snapshot. Whoever learns something publishes here; whoever decides reads here.</summary>
internal sealed class SnapshotBoard
{
    private readonly Lock _lock = new();
    private HealthSnapshot _current;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SnapshotBoard(HxSettings settings, DependencySet dependencies, TimeProvider time)
        : this(HealthSnapshot.Nothing(settings, dependencies, time)) { }

    internal SnapshotBoard(HealthSnapshot initial) => _current = initial;

    public HealthSnapshot Current => Volatile.Read(ref _current);

    /// <summary>Completes when the next snapshot is published. Take it before reading <see cref="Current"/>, or a change may be
    /// missed.</summary>
    public Task NextChange
    {
        get
        {
            lock (_lock)
            {
                return _changed.Task;
            }
        }
    }

    /// <param name="change">Pure, and quick: it runs under the lock.</param>
    public HealthSnapshot Publish(Func<HealthSnapshot, HealthSnapshot> change)
    {
        TaskCompletionSource changed;
        HealthSnapshot next;
        lock (_lock)
        {
            next = change(_current);
            if (ReferenceEquals(next, _current))
            {
                return next;
            }

            Volatile.Write(ref _current, next);
            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
        return next;
    }
}
