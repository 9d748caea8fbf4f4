using System.Globalization;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Http;

/// <summary>
/// The product with a store in which a past was planted: what an instance finds that joins a fleet. Nothing is checked: no timer runs.
/// </summary>
internal sealed class StatusScene : IAsyncDisposable
{
    public static readonly string[] Ours = ["postgres", "redis", "qdrant"];
    private readonly RedisServer _redis;

    private StatusScene(RedisServer redis, HxInstance instance)
    {
        _redis = redis;
        Instance = instance;
    }

    public HxInstance Instance { get; }

    public RedisServer Redis => _redis;

    /// <param name="variables">Besides the URLs.</param>
    /// <param name="foreign">Dependencies besides ours.</param>
    public static async Task<StatusScene> StartAsync(
        Func<StatusPast, Task> plant,
        IReadOnlyDictionary<string, string?>? variables = null,
        params string[] foreign
    )
    {
        RedisServer redis = await RedisServer.StartAsync();
        try
        {
            Dictionary<string, string?> all = new()
            {
                ["PG_URL"] = "postgresql://c4n4ry-user:c4n4ry-word@127.0.0.1:1/c4n4ry-db",
                ["REDIS_URL"] = redis.Url,
                ["QDRANT_URL"] = "http://127.0.0.1:1",
            };
            foreach ((string name, string? value) in variables ?? new Dictionary<string, string?>())
            {
                all[name] = value;
            }

            HxInstance instance = await HxInstance.StartAsync(
                all,
                services =>
                {
                    services.WithoutTimer();
                    foreach (string name in foreign)
                    {
                        services.AddHealthChecks().AddCheck(name, new StubCheck());
                    }

                    services.PostConfigure<HealthCheckServiceOptions>(options =>
                    {
                        foreach (HealthCheckRegistration ours in options.Registrations.Where(r => Ours.Contains(r.Name)))
                        {
                            ours.Factory = _ => new StubCheck();
                        }
                    });
                }
            );
            StatusScene scene = new(redis, instance);
            await scene.PlantAsync(plant);
            return scene;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    private async Task PlantAsync(Func<StatusPast, Task> plant)
    {
        IDatabase database = await Instance.Services.GetRequiredService<RedisConnection>().GetDatabaseAsync();
        StatusPast past = new(database, Instance.Services.GetRequiredService<StoreKeys>(), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        await plant(past);
        // A read that began before may have brought the half of it: the second of two began when all was there.
        SnapshotReader snapshots = Instance.Services.GetRequiredService<SnapshotReader>();
        await snapshots.ReadAsync(wantLease: false);
        await snapshots.ReadAsync(wantLease: false);
        DependencySet dependencies = Instance.Services.GetRequiredService<DependencySet>();
        await Eventually.TrueAsync(() =>
            Instance.Snapshot.Store == StoreCondition.Usable
            && past.Known.All(name => Instance.Snapshot.Dependencies[dependencies.Find(name)!.Index].Record is not null)
        );
        // The first read of a process that has just started may take longer than it is given.
        HistoryReader reader = ActivatorUtilities.CreateInstance<HistoryReader>(Instance.Services);
        for (int i = 0; i < 20 && await reader.ReadAsync() is null; i++)
        {
            await Task.Delay(100);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Instance.DisposeAsync();
        await _redis.DisposeAsync();
    }
}

/// <summary>Writes records and histories as instances would have.</summary>
/// <param name="now">Milliseconds since 1970.</param>
internal sealed class StatusPast(IDatabase database, StoreKeys keys, long now)
{
    public const long Minute = HistoryBucket.Minute,
        Hour = 60 * Minute,
        Day = 24 * Hour;

    private readonly List<string> _known = [];

    public IReadOnlyList<string> Known => _known;

    public long Now => now;

    /// <summary>What is held of a dependency now.</summary>
    /// <param name="ago">For how long it has been so, in milliseconds.</param>
    public async Task KnowAsync(string name, DependencyStatus status, string reason, long ago, double latencyMs = 1.5)
    {
        DependencyRecord record = new(
            new(
                status,
                reason,
                DateTimeOffset.FromUnixTimeMilliseconds(now - ago),
                status == DependencyStatus.Fail ? 0 : 9,
                status == DependencyStatus.Fail ? 9 : 0
            ),
            TimeSpan.FromMilliseconds(latencyMs),
            DateTimeOffset.FromUnixTimeMilliseconds(now),
            9,
            "test"
        );
        await database.HashSetAsync(keys.Snapshot, name, string.Create(CultureInfo.InvariantCulture, $"{now} {RecordCodec.Write(record)}"));
        _known.Add(name);
    }

    /// <summary>The three lists over a week, as far back as wanted, at a check every 2 s.</summary>
    /// <param name="stateAt">By milliseconds before now; <see langword="null"/>: nobody checked.</param>
    public async Task HistoryAsync(string name, long back, double latencyMs, Func<long, (DependencyStatus Status, string Reason)?> stateAt)
    {
        List<RedisValue> checks = [],
            minutes = [],
            quarters = [];
        for (long at = now - 2000; at > now - Math.Min(back, Hour) && checks.Count < 1800; at -= 2000)
        {
            if (stateAt(now - at) is { } state)
            {
                checks.Add(new CheckPoint(at, state.Status, state.Reason, Latency(latencyMs, at, state.Status)).Write());
            }
        }

        Fill(minutes, Minute, 24 * 60);
        Fill(quarters, HistoryBucket.Quarter, 7 * 24 * 4);
        await PushAsync(keys.Checks(name), checks);
        await PushAsync(keys.Minutes(name), minutes);
        await PushAsync(keys.Quarters(name), quarters);

        void Fill(List<RedisValue> list, long length, int most)
        {
            for (long start = HistoryBucket.StartOf(now, length) - length; start > now - back && list.Count < most; start -= length)
            {
                // The worst of what was within, looked at twice a minute.
                (DependencyStatus Status, string Reason)? worst = null;
                for (long at = start; at < start + length; at += 30_000)
                {
                    if (stateAt(now - at) is { } state && (worst is null || state.Status < worst.Value.Status))
                    {
                        worst = state;
                    }
                }

                if (worst is not { } w)
                {
                    continue;
                }

                double median = Latency(latencyMs, start, w.Status == DependencyStatus.Fail ? DependencyStatus.Pass : w.Status);
                list.Add(
                    new HistoryBucket(
                        start,
                        (int)(length / 2000),
                        w.Status,
                        w.Reason,
                        median,
                        median * 1.8,
                        w.Status == DependencyStatus.Fail ? 3000 : median * 4
                    ).Write()
                );
            }
        }
    }

    /// <summary>A change of state.</summary>
    public Task TransitionAsync(string name, long ago, DependencyStatus from, DependencyStatus to, string reason) =>
        database.ListRightPushAsync(
            keys.Transitions,
            TransitionJson.Write(now - ago, name, from, new(to, reason, DateTimeOffset.UnixEpoch, 0, 0))
        );

    /// <summary>An override of those days, and that it was cleared.</summary>
    public Task OverrideAsync(long ago, long cleared, GuardOverride value, TimeSpan lasts) =>
        database.ListRightPushAsync(
            keys.Transitions,
            [At(cleared, OverrideEntry.Cleared(value.By)), At(ago, OverrideEntry.Set(value, lasts))]
        );

    private RedisValue At(long ago, string entry) => string.Create(CultureInfo.InvariantCulture, $"{{\"at\":{now - ago},{entry[1..]}");

    private async Task PushAsync(string key, List<RedisValue> values)
    {
        if (values.Count > 0)
        {
            await database.ListRightPushAsync(key, [.. values]);
        }
    }

    /// <summary>A plausible wave; a failure takes its time-out.</summary>
    private static double Latency(double typical, long at, DependencyStatus status) =>
        status == DependencyStatus.Fail
            ? 3000
            : typical
                * (
                    1
                    + (0.25 * Math.Sin(at / (double)Hour))
                    + (0.2 * Math.Sin(at / 97_000.0))
                    + (0.15 * Math.Abs(Math.Sin(at / 61_000.0 * 7)))
                );
}
