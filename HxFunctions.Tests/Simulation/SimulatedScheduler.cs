namespace HxFunctions.Tests.Simulation;

/// <summary>Where the code of one instance runs: on the world's one thread, a piece at a time, each when the die says so.</summary>
internal sealed class SimulatedScheduler(World world) : TaskScheduler
{
    private readonly List<Task> _held = [];
    private long _pausedAt;
    private bool _isDead;

    /// <summary>Whether the instance stands still (SIGSTOP): what should run waits.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>For how long it has stood still in all, in ticks.</summary>
    public long StoodStill { get; private set; }

    /// <summary>How an await goes on is this scheduler's business alone; see <see cref="World"/>.</summary>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    protected override void QueueTask(Task task)
    {
        if (IsPaused)
        {
            _held.Add(task);
        }
        else if (!_isDead)
        {
            world.Add(new Ready(this, task));
        }
    }

    public void Pause() => (IsPaused, _pausedAt) = (true, world.Now);

    public void Resume()
    {
        StoodStill += IsPaused ? world.Now - _pausedAt : 0;
        IsPaused = false;
        foreach (Task task in _held)
        {
            QueueTask(task);
        }

        _held.Clear();
    }

    /// <summary>Nothing of it runs any more (SIGKILL).</summary>
    public void Kill()
    {
        _isDead = true;
        _held.Clear();
    }

    private void Execute(Task task)
    {
        if (IsPaused)
        {
            _held.Add(task);
        }
        else if (!_isDead)
        {
            TryExecuteTask(task);
        }
    }

    /// <summary>A piece of code that can run now.</summary>
    public readonly record struct Ready(SimulatedScheduler Scheduler, Task Task)
    {
        public void Run() => Scheduler.Execute(Task);
    }
}
