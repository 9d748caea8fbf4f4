using System.Diagnostics.Metrics;
using System.Globalization;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Snapshots;
using HxFunctions.Core.Telemetry;
using HxFunctions.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using HxFunctions.Tests.Snapshots;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Integration;

/// <summary>
/// One instance's loop on simulated time with a real Redis: the clock stands still while that is asked. The default paces: a staleness of 2
/// s, an interval of 30 s; one failure turns down, one pass up.
/// </summary>
internal sealed class MonitorRig : IAsyncDisposable
{
    /// <summary>No pause of the loop is as long, so that the clock knows these deadlines by their length: a follower that awaits news
    /// pauses for the 0.5 s that the store has elsewhere.</summary>
    private static readonly TimeSpan RedisTimeout = TimeSpan.FromSeconds(1.75),
        StoreTimeout = TimeSpan.FromSeconds(0.51);

    private readonly RedisServer _redis;
    private readonly ServiceProvider _services;
    private readonly Dictionary<string, SharedCheck> _checks;
    private readonly MetricCollector<long> _leaseRequests;
    private OthersLease? _others;

    private MonitorRig(RedisServer redis, string routes, string[] checks)
    {
        _redis = redis;
        Dictionary<string, string?> variables = new()
        {
            ["REDIS_URL"] = redis.Url,
            ["GUARD_ROUTES"] = routes,
            ["REDIS_TIMEOUT"] = RedisTimeout.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            ["HEALTH_FALL"] = "1",
            ["HEALTH_RISE"] = "1",
        };
        ServiceCollection services = new();
        services
            .AddLogging(logging => logging.AddFakeLogging())
            .AddSingleton<TimeProvider>(Time)
            .AddHxFunctions(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
        _checks = checks.ToDictionary(name => name, name => new SharedCheck(name, Time));
        foreach (SharedCheck check in _checks.Values)
        {
            check.AddTo(services);
        }

        services.AddSingleton(new StoreCaller(StoreTimeout));
        services.AddSingleton<IStoreCommands>(provider => new ClockedCommands(
            new RedisStoreCommands(provider.GetRequiredService<RedisConnection>()),
            Time
        ));
        _services = services.BuildServiceProvider();
        _leaseRequests = new(_services.GetRequiredService<IMeterFactory>(), HxMeter.Name, "hx.lease.requests");
    }

    public SimulatedTime Time { get; } = new(StoreTimeout, RedisTimeout);

    public SharedCheck this[string name] => _checks[name];

    public RedisServer Redis => _redis;

    public HealthMonitor Monitor => _services.GetRequiredService<HealthMonitor>();

    private CheckAll All => _services.GetRequiredService<CheckAll>();

    public GuardKnowledge Knowledge => _services.GetRequiredService<GuardKnowledge>();

    public HealthSnapshot Snapshot => _services.GetRequiredService<SnapshotBoard>().Current;

    public StoreKeys Keys => _services.GetRequiredService<StoreKeys>();

    public string Instance => _services.GetRequiredService<InstanceId>().Value;

    /// <summary>How often an attempt to get the lease had this outcome.</summary>
    public long LeaseRequests(string outcome)
    {
        _leaseRequests.RecordObservableInstruments();
        return _leaseRequests.GetMeasurementSnapshot().LastOrDefault(m => outcome.Equals(m.Tags["outcome"]))?.Value ?? 0;
    }

    /// <summary>What the loop has said of the store.</summary>
    public IEnumerable<string> Told =>
        _services.GetRequiredService<FakeLogCollector>().GetSnapshot().Where(r => r.Id.Id == 2204).Select(r => r.Message);

    /// <summary>Connected, and not started.</summary>
    /// <param name="checks">Foreign dependencies, which come after Redis in this order.</param>
    public static async Task<MonitorRig> CreateAsync(string routes, params string[] checks)
    {
        MonitorRig rig = new(await RedisServer.StartAsync(), routes, checks);
        await rig._services.GetRequiredService<RedisConnection>().GetDatabaseAsync();
        return rig;
    }

    public Task StartAsync() => Monitor.StartAsync(CancellationToken.None);

    public Task RunUntilAsync(double seconds) => Time.RunUntilAsync(TimeSpan.FromSeconds(seconds));

    public Task<GuardDecision> AskAsync(string path) => _services.GetRequiredService<Guard>().DecideAsync(path, "POST").AsTask();

    public Task CheckAllAsync(bool byTimer) =>
        (byTimer ? All.ByTimerAsync(CancellationToken.None) : All.NowAsync(CancellationToken.None)).WaitAsync(Eventually.Patience);

    /// <summary>When checks of a dependency began, in seconds since the start.</summary>
    public double[] Checks(string name) => [.. _checks[name].Starts.Select(s => Math.Round(Time.PassedAt(s).TotalSeconds, 3))];

    /// <summary>Who holds the lease; <c>(nil)</c>: nobody.</summary>
    public Task<string> LeaseAsync() => _redis.CommandAsync("GET", Keys.Lease);

    /// <summary>Until a test removes it.</summary>
    public async Task GiveLeaseToAnotherAsync() => _others = await OthersLease.TakeAsync(_redis, Keys.Lease, TimeSpan.FromSeconds(6));

    /// <summary>How many scripts of the store the server has run: the probe's alone calls UNLINK.</summary>
    public async Task<int> ScriptsAsync()
    {
        string[] counts = (await _redis.CommandAsync("INFO", "commandstats")).Split('\n');
        return CallsOf("eval") - CallsOf("unlink");

        int CallsOf(string command)
        {
            string line = counts.FirstOrDefault(l => l.StartsWith($"cmdstat_{command}:", StringComparison.Ordinal)) ?? "calls=0,";
            return int.Parse(line.Split("calls=")[1].Split(',')[0], CultureInfo.InvariantCulture);
        }
    }

    /// <summary>What Redis lets us do: it refuses the scripts of the store, or the probe's write, too.</summary>
    public Task PermitAsync(params string[] rules) => _redis.CommandAsync(["ACL", "SETUSER", "default", .. rules]);

    /// <summary>Scripts with the simulated clock in place of the server's: the two would not agree, and what one stamps the other couldn't
    /// date.</summary>
    private sealed class ClockedCommands(IStoreCommands redis, TimeProvider time) : IStoreCommands
    {
        public Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] arguments, bool mayRepeat)
        {
            long now = time.GetUtcNow().ToUnixTimeMilliseconds();
            string clock = string.Create(CultureInfo.InvariantCulture, $"{{'{now / 1000}','{now % 1000 * 1000}'}}");
            return redis.EvaluateAsync(script.Replace("redis.call('TIME')", clock, StringComparison.Ordinal), keys, arguments, mayRepeat);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SharedCheck check in _checks.Values)
        {
            check.LetGo();
        }

        if (_others is not null)
        {
            await _others.DisposeAsync();
        }

        await Monitor.StopAsync(CancellationToken.None);
        _leaseRequests.Dispose();
        await _services.DisposeAsync();
        await _redis.DisposeAsync();
    }
}
