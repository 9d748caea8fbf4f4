using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Tests.Simulation;

/// <summary>One process: the product as a host puts it together, with the clock, the scheduler, the die and the network of the
/// simulation.</summary>
internal sealed class SimulatedInstance : IDisposable
{
    private readonly World _world;
    private readonly ServiceProvider _services;
    private readonly SimulatedScheduler _scheduler;
    private readonly SimulatedCommands _commands;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Guard _guard;
    private readonly SnapshotBoard _board;
    private readonly HealthMonitor _monitor;
    private readonly CheckAll _checkAll;
    private readonly OverrideControl _control;
    private readonly TimeSpan _interval;
    private Task _loop = Task.CompletedTask;

    /// <param name="name">Its place in the fleet and its life: <c>a1</c>, after a restart <c>a2</c>.</param>
    /// <param name="settings">What all instances have in common.</param>
    /// <param name="links">The way to each server, by its name.</param>
    /// <param name="wrongBy">How far its wall clock is ahead.</param>
    /// <param name="isLater">Whether it is of a version that is to come.</param>
    public SimulatedInstance(
        World world,
        string name,
        HxSettings settings,
        IReadOnlyList<SimulatedServer> servers,
        SimulatedStore store,
        IReadOnlyDictionary<string, Link> links,
        TimeSpan wrongBy,
        bool isLater
    )
    {
        _world = world;
        Name = name;
        StartedAt = world.Now;
        _interval = settings.Interval;
        _scheduler = new(world);
        Clock = new SimulatedClock(world, _scheduler, wrongBy);
        _commands = new(store, links["redis"], Clock, settings.RedisTimeout);

        ServiceCollection services = new();
        services
            .AddSingleton(Clock)
            .AddSingleton<TaskScheduler>(_scheduler)
            .AddSingleton(new Random(world.Dice.Next()))
            .AddLogging(logging => logging.AddProvider(new StoryLog(world, name)));
        // The first of a name counts.
        IHealthChecksBuilder checks = services.AddHealthChecks();
        foreach (SimulatedServer server in servers)
        {
            checks.Add(
                new HealthCheckRegistration(
                    server.Name,
                    provider =>
                        server == store.Server
                            ? new SimulatedRedisCheck(store, _commands, provider.GetRequiredService<StoreKeys>())
                            : new SimulatedCheck(server, links[server.Name]),
                    null,
                    null
                )
            );
        }

        services
            .AddHxFunctions(settings)
            .AddSingleton(new InstanceId(name))
            .AddSingleton<IStoreCommands>(isLater ? new LaterVersionCommands(_commands) : _commands)
            .AddSingleton(new ProbeWarmUp(Task.CompletedTask, TimeProvider.System));
        world.Plant?.PutInto(services);
        _services = services.BuildServiceProvider();
        _guard = _services.GetRequiredService<Guard>();
        _board = _services.GetRequiredService<SnapshotBoard>();
        _monitor = _services.GetRequiredService<HealthMonitor>();
        _checkAll = _services.GetRequiredService<CheckAll>();
        _control = _services.GetRequiredService<OverrideControl>();
        Keys = _services.GetRequiredService<StoreKeys>();
        Dependencies = _services.GetRequiredService<DependencySet>();
    }

    public string Name { get; }

    public long StartedAt { get; }

    public StoreKeys Keys { get; }

    public DependencySet Dependencies { get; }

    /// <summary>What its timestamps mean.</summary>
    public TimeProvider Clock { get; }

    public HealthSnapshot Snapshot => _board.Current;

    public GuardOverride? OverrideInEffect => Snapshot.OverrideAt(Clock.GetTimestamp());

    public bool IsPaused => _scheduler.IsPaused;

    /// <summary>How many commands it has sent to Redis.</summary>
    public long CommandsSent => _commands.Sent;

    public int RuleCount => _guard.Rules.Count;

    public GuardRule Rule(int index) => _guard.Rules[index];

    /// <summary>Begins the monitor's loop, and the timer at a phase of its own.</summary>
    public void Start(double timerPhase)
    {
        _loop = _scheduler.Run(RunAsync);
        _ = _scheduler.Run(() => TickAsync(timerPhase));
    }

    /// <summary>Stops as a host does, in good order.</summary>
    public void Stop(Action stopped) =>
        _ = _scheduler.Run(async () =>
        {
            // Not CancelAsync, which knows the thread pool alone.
#pragma warning disable CA1849
            _stopping.Cancel();
#pragma warning restore CA1849
            await _loop.Ended();
            await _monitor.HandBackAsync();
            stopped();
        });

    public void Kill() => _scheduler.Kill();

    public void Pause() => _scheduler.Pause();

    public void Resume() => _scheduler.Resume();

    /// <summary>A request asks the guard.</summary>
    /// <param name="answered">Is told of the decision when it is made.</param>
    public void Ask(int rule, bool isRead, Action<GuardDecision> answered) =>
        _ = _scheduler.Run(async () => answered(await _guard.DecideAsync(rule, isRead)));

    /// <summary>Somebody wants everything checked now (<c>?live=true</c>).</summary>
    public void CheckNow(Action done) =>
        _ = _scheduler.Run(async () =>
        {
            await _checkAll.NowAsync(CancellationToken.None);
            done();
        });

    public void SetOverride(GuardOverride value, TimeSpan lasts, Action<OverrideOutcome> answered) =>
        _ = _scheduler.Run(async () => answered(await _control.SetAsync(value, lasts)));

    public void ClearOverride(string by, Action<OverrideOutcome> answered) =>
        _ = _scheduler.Run(async () => answered(await _control.ClearAsync(by)));

    public void Dispose()
    {
        _scheduler.Kill();
        _stopping.Dispose();
        _services.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await _monitor.RunAsync(_stopping.Token);
        }
        catch (Exception exception)
        {
            _world.Fail($"S5: the loop of {Name} broke: {exception}");
        }
    }

    private async Task TickAsync(double phase)
    {
        TimeProvider time = _services.GetRequiredService<TimeProvider>();
        await Task.Delay(phase * _interval, time);
        while (!_stopping.IsCancellationRequested)
        {
            Task pause = Task.Delay(_interval, time);
            await _checkAll.ByTimerAsync(CancellationToken.None);
            await pause;
        }
    }

    /// <summary>What an instance logs becomes part of the history; what it logs as an error breaks a property.</summary>
    private sealed class StoryLog(World world, string name) : ILoggerProvider, ILogger
    {
        /// <summary>That an instance has started says the same every time.</summary>
        private const int Started = 2203;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (!IsEnabled(logLevel) || eventId.Id == Started)
            {
                return;
            }

            string text = formatter(state, exception);
            world.Tell(name, $"{text}");
            if (logLevel >= LogLevel.Error)
            {
                world.Fail($"S5: {name} broke: {text}");
            }
        }

        public void Dispose() { }
    }
}
