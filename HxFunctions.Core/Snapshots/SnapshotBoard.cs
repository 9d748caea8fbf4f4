using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Snapshots;

/// <summary>Holds the process's current snapshot. Whoever learns something publishes here; whoever decides reads here.</summary>
internal sealed class SnapshotBoard
{
    private readonly Lock _lock = new();
    private readonly Signal _changed;
    private HealthSnapshot _current;

    public SnapshotBoard(HxSettings settings, DependencySet dependencies, TimeProvider time, TaskScheduler scheduler)
        : this(HealthSnapshot.Nothing(settings, dependencies, time), scheduler) { }

    internal SnapshotBoard(HealthSnapshot initial, TaskScheduler? scheduler = null)
    {
        _current = initial;
        _changed = new(scheduler ?? TaskScheduler.Default);
    }

    public HealthSnapshot Current => Volatile.Read(ref _current);

    /// <summary>Completes when the next snapshot is published. Take it before reading <see cref="Current"/>, or a change may be
    /// missed.</summary>
    public Task NextChange => _changed.Next;

    /// <param name="change">Pure, and quick: it runs under the lock.</param>
    public HealthSnapshot Publish(Func<HealthSnapshot, HealthSnapshot> change)
    {
        HealthSnapshot next;
        lock (_lock)
        {
            next = change(_current);
            if (ReferenceEquals(next, _current))
            {
                return next;
            }

            Volatile.Write(ref _current, next);
        }

        _changed.Set();
        return next;
    }
}
