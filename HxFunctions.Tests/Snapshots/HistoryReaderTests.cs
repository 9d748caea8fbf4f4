using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Simulation;
using HxFunctions.Tests.Simulation.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace HxFunctions.Tests.Snapshots;

/// <summary>How often Redis is read for those who ask for the history. The system tests read a real one.</summary>
public sealed class HistoryReaderTests : IAsyncDisposable
{
    /// <summary>That of the transitions, and one per dependency.</summary>
    private const int ScriptsPerRead = 2;

    private readonly FakeTimeProvider _time = new();
    private readonly HeldRedis _redis;
    private readonly ServiceProvider _services;

    public HistoryReaderTests()
    {
        _redis = new(_time);
        Dictionary<string, string?> variables = new() { ["REDIS_URL"] = "redis://127.0.0.1:1" };
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<TimeProvider>(_time)
            .AddHxFunctions(new ConfigurationBuilder().AddInMemoryCollection(variables).Build())
            .AddSingleton<IStoreCommands>(_redis)
            .BuildServiceProvider();
    }

    private HistoryReader Reader => _services.GetRequiredService<HistoryReader>();

    public async ValueTask DisposeAsync()
    {
        _redis.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Requests_at_the_same_time_share_one_read()
    {
        _redis.Hold();
        Task<HistoryReading?>[] requests = [.. Enumerable.Range(0, 10).Select(_ => Reader.ReadAsync())];
        Assert.All(requests, request => Assert.False(request.IsCompleted));

        _redis.LetGo();

        Assert.All(await Task.WhenAll(requests), Assert.NotNull);
        Assert.Equal(ScriptsPerRead, _redis.Scripts);
    }

    [Fact]
    public async Task Reading_is_used_for_two_seconds_and_its_clock_goes_on()
    {
        HistoryReading first = (await Reader.ReadAsync())!;
        _redis.Push(_services.GetRequiredService<StoreKeys>().Checks("redis"), new CheckPoint(1, DependencyStatus.Pass, "ok", 1).Write());

        _time.Advance(TimeSpan.FromSeconds(1.999));
        HistoryReading kept = (await Reader.ReadAsync())!;
        Assert.Equal((first.Now + 1999, 0), (kept.Now, Assert.Single(kept.Dependencies).Checks.Count));
        Assert.Equal(ScriptsPerRead, _redis.Scripts);

        _time.Advance(TimeSpan.FromSeconds(0.001));
        HistoryReading next = (await Reader.ReadAsync())!;
        Assert.Equal((first.Now + 2000, 1), (next.Now, Assert.Single(next.Dependencies).Checks.Count));
        Assert.Equal(2 * ScriptsPerRead, _redis.Scripts);
    }

    [Fact]
    public async Task Failed_read_is_shared_by_those_who_wait_for_it_and_not_kept()
    {
        _redis.Hold();
        Task<HistoryReading?>[] requests = [Reader.ReadAsync(), Reader.ReadAsync()];
        _time.Advance(HistoryReader.Deadline);
        Assert.All(await Task.WhenAll(requests), Assert.Null);
        Assert.Equal(ScriptsPerRead, _redis.Scripts);

        // The read that is late is given up.
        _redis.LetGo();
        Assert.NotNull(await Reader.ReadAsync());
        Assert.Equal(2 * ScriptsPerRead, _redis.Scripts);
    }

    /// <summary>What an instance knew a moment ago is not gone with Redis, but it isn't shown for longer than before.</summary>
    [Fact]
    public async Task Reading_is_used_for_no_longer_when_Redis_refuses()
    {
        await Reader.ReadAsync();
        _redis.Refuses = true;
        Assert.NotNull(await Reader.ReadAsync());

        _time.Advance(HistoryReader.KeptFor);
        Assert.Null(await Reader.ReadAsync());

        _redis.Refuses = false;
        Assert.NotNull(await Reader.ReadAsync());
    }

    /// <summary>A Redis in memory that answers when it is let.</summary>
    private sealed class HeldRedis(TimeProvider time) : IStoreCommands, IDisposable
    {
        private readonly SimulatedRedis _memory = new(
            () => time.GetUtcNow().ToUnixTimeMilliseconds() * 1000,
            () => time.GetUtcNow().ToUnixTimeMilliseconds() * 1000
        );

        // A Redis runs one script at a time, and Lua's state takes no second thread.
        private readonly Lock _one = new();
        private TaskCompletionSource _held = Released();
        private bool _isGone;

        public int Scripts { get; private set; }

        public bool Refuses { get; set; }

        public void Hold() => _held = new();

        public void LetGo() => _held.SetResult();

        public void Push(string key, string entry) => _memory.Execute("LPUSH", key, entry);

        public async Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] arguments, bool mayRepeat)
        {
            Scripts++;
            await _held.Task;
            lock (_one)
            {
                // A read that was given up may still come when the test is over.
                return Refuses || _isGone ? throw SimulatedStore.Refused() : _memory.Evaluate(script, keys, arguments);
            }
        }

        public void Dispose()
        {
            lock (_one)
            {
                _isGone = true;
                _memory.Dispose();
            }
        }

        private static TaskCompletionSource Released()
        {
            TaskCompletionSource released = new();
            released.SetResult();
            return released;
        }
    }
}
