using System.Collections.Concurrent;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Simulation.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace HxFunctions.Tests.Snapshots;

/// <summary>What the store makes of calls that fail. The system tests run the scripts on real servers.</summary>
public sealed class SnapshotStoreTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly LosingRedis _redis;
    private readonly LogHook _log = new();
    private readonly ServiceProvider _services;

    public SnapshotStoreTests()
    {
        _redis = new(_time);
        Dictionary<string, string?> variables = new() { ["REDIS_URL"] = "redis://127.0.0.1:1", ["GUARD_ROUTES"] = "/v1/keys=local" };
        IServiceCollection services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(_log))
            .AddSingleton<TimeProvider>(_time)
            .AddHxFunctions(new ConfigurationBuilder().AddInMemoryCollection(variables).Build())
            .AddSingleton<IStoreCommands>(_redis)
            .AddSingleton(new ProbeWarmUp(Task.CompletedTask, TimeProvider.System));
        services.AddHealthChecks().AddCheck("local", () => HealthCheckResult.Unhealthy());
        _services = services.BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _redis.Dispose();
    }

    /// <summary>An override is lost on its way while another call finds no connection at all: whether Redis has taken the override is not
    /// known, and whoever set it must not be told that nothing was changed.</summary>
    [Fact]
    public async Task Failure_of_one_call_says_nothing_about_another_at_the_same_time()
    {
        SnapshotStore store = _services.GetRequiredService<SnapshotStore>();
        Assert.NotNull(await store.SyncAsync(wantLease: false, remembered: null));
        _redis.IsGone = true;
        bool hasAsked = false;
        _log.OnFailure = () =>
        {
            if (!hasAsked)
            {
                hasAsked = true;
                Assert.True(store.ReadReachAsync(null).IsCompleted);
            }
        };

        Task<OverrideWriting> setting = store.SetOverrideAsync(new(true, "why", "who", _time.GetUtcNow()), TimeSpan.FromMinutes(1));
        // It looks again and again whether the override is there.
        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return setting.IsCompleted;
        });

        Assert.True(hasAsked);
        Assert.Equal(OverrideWriting.NotKnown, await setting);
    }

    /// <summary>What isn't there at a time at which it can't come any more was not taken. When Redis's clock shows that another server has
    /// taken over, it may have been taken and lost, and an instance that has read it puts it back.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(7, false)]
    [InlineData(-7, false)]
    public async Task Override_that_is_not_there_was_not_taken_unless_another_server_has_taken_over(double shift, bool isKnown)
    {
        SnapshotStore store = _services.GetRequiredService<SnapshotStore>();
        Assert.NotNull(await store.SyncAsync(wantLease: false, remembered: null));
        _redis.ShiftOfNext = TimeSpan.FromSeconds(shift);

        Task<OverrideWriting> setting = store.SetOverrideAsync(new(true, "why", "who", _time.GetUtcNow()), TimeSpan.FromMinutes(1));
        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return setting.IsCompleted;
        });

        Assert.Equal(isKnown ? OverrideWriting.NotTaken : OverrideWriting.NotKnown, await setting);
    }

    /// <summary>The connection ended before the reply was there, and the client has asked again on a fresh one. Redis finds the record in
    /// the place of what it was to replace.</summary>
    [Fact]
    public async Task Record_whose_write_was_repeated_for_want_of_a_reply_is_written()
    {
        SnapshotStore store = _services.GetRequiredService<SnapshotStore>();
        Dependency local = _services.GetRequiredService<DependencySet>().Find("local")!;
        Assert.NotNull(await store.SyncAsync(wantLease: false, remembered: null));
        DependencyState down = new(DependencyStatus.Fail, Reasons.Timeout, _time.GetUtcNow(), 0, 2);
        DependencyRecord record = new(down, TimeSpan.FromMilliseconds(1), _time.GetUtcNow(), 1, "us");
        _redis.LosesReplies = true;

        StoreWriting? ours = await store.WriteAsync(local, null, record, DependencyStatus.Pass, _time.GetTimestamp());
        StoreWriting? theirs = await store.WriteAsync(
            local,
            null,
            record with
            {
                Source = "them",
            },
            DependencyStatus.Pass,
            _time.GetTimestamp()
        );

        Assert.EndsWith(RecordCodec.Write(record), ours?.Stored, StringComparison.Ordinal);
        Assert.Equal((true, false, ours?.Stored), (ours?.Written, theirs?.Written, theirs?.Stored));
        Assert.Single(await store.ReadChecksAsync("local", 10));
    }

    /// <summary>Nobody else tells of it: the others find the record of one who, for all they know, has.</summary>
    [Fact]
    public async Task Transition_whose_write_was_repeated_for_want_of_a_reply_is_told()
    {
        Assert.NotNull(await _services.GetRequiredService<SnapshotStore>().SyncAsync(wantLease: false, remembered: null));
        DependencyChecker checker = _services.GetRequiredService<DependencyCheckers>().Single(c => c.Dependency.Name == "local");
        _redis.LosesReplies = true;

        await checker.CheckAsync().WaitAsync(Eventually.Patience);

        Assert.Contains("local went from Unknown to Fail: error.", _log.Messages);
    }

    /// <summary>An entry of the last minute that no version writes is not counted: with its state, the whole minute would be
    /// unreadable.</summary>
    [Fact]
    public async Task Odd_entry_among_the_checks_leaves_the_others_to_be_counted()
    {
        StoreKeys keys = _services.GetRequiredService<StoreKeys>();
        SnapshotStore store = _services.GetRequiredService<SnapshotStore>();
        CheckPoint check = new(1, DependencyStatus.Pass, Reasons.Ok, 1);
        string[] odd = ["""[1,"unknown","ok",1]""", """[1,"pass","ok",-1]""", """[1,"pass","ok",1e12]""", """[0,"pass","ok",1]""", "x"];
        foreach (string entry in odd.Prepend(check.Write()))
        {
            _redis.Push(keys.Checks("redis"), entry);
        }

        Assert.Equal([check], await store.ReadChecksAsync("redis", 10));
    }

    /// <summary>A Redis in memory that loses an override on its way. Then another server takes over, or none can be reached.</summary>
    private sealed class LosingRedis : IStoreCommands, IDisposable
    {
        private readonly SimulatedRedis _memory;
        private TimeSpan _shift;

        public LosingRedis(TimeProvider time)
        {
            _memory = new(Now, Now);
            long Now() => (time.GetUtcNow() + _shift).ToUnixTimeMilliseconds() * 1000;
        }

        public bool IsGone { get; set; }

        /// <summary>The connection ends before each reply, and what may run again does so on a fresh one.</summary>
        public bool LosesReplies { get; set; }

        /// <summary>How far the clock of the server differs that takes over while an override is on its way; <see langword="null"/>: none
        /// does.</summary>
        public TimeSpan? ShiftOfNext { get; set; }

        public void Push(string key, string entry) => _memory.Execute("LPUSH", key, entry);

        public Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] arguments, bool mayRepeat)
        {
            if (ShiftOfNext is { } shift && script == SnapshotScripts.SetOverride)
            {
                _shift = shift;
                return Task.FromException<RedisResult>(Lost());
            }

            if (!IsGone)
            {
                if (LosesReplies && mayRepeat)
                {
                    _ = _memory.Evaluate(script, keys, arguments);
                }

                return Task.FromResult(_memory.Evaluate(script, keys, arguments));
            }

            return Task.FromException<RedisResult>(
                script == SnapshotScripts.SetOverride ? Lost() : new RedisUnavailableException(new(Reasons.ConnectionRefused), "gone")
            );
        }

        public void Dispose() => _memory.Dispose();

        private static RedisConnectionException Lost() =>
            new(ConnectionFailureType.SocketClosed, CommandFlags.None, "lost", null, CommandStatus.Sent);
    }

    /// <summary>Runs something when the store logs that a call failed.</summary>
    private sealed class LogHook : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _messages = new();

        public Action? OnFailure { get; set; }

        public IEnumerable<string> Messages => _messages;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            _messages.Enqueue(formatter(state, exception));
            if (eventId.Name == "LogFailed")
            {
                OnFailure?.Invoke();
            }
        }

        public void Dispose() { }
    }
}
