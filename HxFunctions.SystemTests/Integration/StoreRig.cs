using System.Globalization;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Integration;

/// <summary>One instance's store, board and keys on a real server, without the loops that would use them.</summary>
internal sealed class StoreRig : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private StoreRig(ServiceProvider services, IDatabase database)
    {
        _services = services;
        Database = database;
        Store = services.GetRequiredService<SnapshotStore>();
    }

    public SnapshotStore Store { get; }

    /// <summary>The same connection, for looking and for planting.</summary>
    public IDatabase Database { get; }

    public StoreKeys Keys => _services.GetRequiredService<StoreKeys>();

    public HxSettings Settings => _services.GetRequiredService<HxSettings>();

    public SnapshotBoard Board => _services.GetRequiredService<SnapshotBoard>();

    /// <summary>Another of the same instance, which has read nothing yet.</summary>
    public SnapshotStore NewStore() => ActivatorUtilities.CreateInstance<SnapshotStore>(_services);

    /// <summary>That of a command, which has read nothing yet.</summary>
    public SnapshotStore NewStoreOfCommand() => ActivatorUtilities.CreateInstance<SnapshotStore>(_services, StoreCaller.Command);

    public HistoryReader History => ActivatorUtilities.CreateInstance<HistoryReader>(_services);

    public string Instance => _services.GetRequiredService<InstanceId>().Value;

    public IReadOnlyList<string> Names => [.. _services.GetRequiredService<DependencySet>().Select(d => d.Name)];

    /// <summary>The one whose records are written: redis.</summary>
    public Dependency Dependency => _services.GetRequiredService<DependencySet>().Find(DependencyName.Redis)!;

    public DependencyKnowledge Known => Board.Current.Dependencies[Dependency.Index];

    public DependencyStatus Status => Board.Current.StatusAt(Dependency.Index, BootTimeProvider.Instance.GetTimestamp());

    public static Task<StoreRig> CreateAsync(string redisUrl, string @namespace, params (string Name, string Value)[] more) =>
        CreateAsync(redisUrl, @namespace, keys: null, more);

    /// <param name="keys">Those of another, which reaches the same server by another way; its own when null.</param>
    public static async Task<StoreRig> CreateAsync(
        string redisUrl,
        string @namespace,
        StoreKeys? keys,
        params (string Name, string Value)[] more
    )
    {
        Dictionary<string, string?> variables = new()
        {
            [Variables.RedisUrl] = redisUrl,
            [Variables.Namespace] = @namespace,
            [Variables.GuardRoutes] = "/v1/keys=redis",
        };
        foreach ((string name, string value) in more)
        {
            variables[name] = value;
        }

        IServiceCollection collection = new ServiceCollection()
            .AddLogging()
            .AddHxFunctions(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
        if (keys is not null)
        {
            collection.AddSingleton(keys);
        }

        ServiceProvider services = collection.BuildServiceProvider();
        Assert.Empty(services.GetRequiredService<HxSettings>().Problems);
        StoreRig rig = new(services, await services.GetRequiredService<RedisConnection>().GetDatabaseAsync());
        // A server's first script may take longer than the store waits.
        await Eventually.TrueAsync(async () => await rig.Store.SyncAsync(wantLease: false, null) is not null, "the store never answered");
        return rig;
    }

    /// <summary>What an instance does at its pace: reads, and merges into its snapshot.</summary>
    public async Task<StoreReading> ReadAsync(bool wantLease = false)
    {
        StoreReading? reading = await Store.SyncAsync(wantLease, Board.Current.Override);
        Assert.NotNull(reading);
        Board.Publish(s => SnapshotMerge.Merge(s, reading));
        return reading;
    }

    public DependencyRecord Record(
        DependencyStatus status = DependencyStatus.Pass,
        string reason = "ok",
        long sequence = 1,
        double latencyMs = 1.5
    ) =>
        new(
            new DependencyState(status, reason, DateTimeOffset.UnixEpoch, 1, 0),
            TimeSpan.FromMilliseconds(latencyMs),
            DateTimeOffset.UnixEpoch,
            sequence,
            Instance
        );

    /// <param name="ago">How long before now the probe ended.</param>
    public async Task<StoreWriting> WriteAsync(
        DependencyRecord record,
        string? expected,
        TimeSpan ago = default,
        DependencyStatus before = DependencyStatus.Unknown
    )
    {
        StoreWriting? writing = await TryWriteAsync(record, expected, ago, before);
        Assert.NotNull(writing);
        return writing;
    }

    public Task<StoreWriting?> TryWriteAsync(
        DependencyRecord record,
        string? expected,
        TimeSpan ago = default,
        DependencyStatus before = DependencyStatus.Unknown
    )
    {
        long observedAt =
            BootTimeProvider.Instance.GetTimestamp() - (long)(ago.TotalSeconds * BootTimeProvider.Instance.TimestampFrequency);
        return Store.WriteAsync(Dependency, expected, record, before, observedAt);
    }

    /// <summary>A value as another instance would have stored it.</summary>
    /// <param name="stamp">Its distance from this machine's clock, which is the servers', too.</param>
    public string TimestampedValue(TimeSpan stamp, DependencyRecord? record = null) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTimeOffset.UtcNow.Add(stamp).ToUnixTimeMilliseconds()} {RecordCodec.Write(record ?? Record())}"
        );

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
