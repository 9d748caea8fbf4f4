using System.Diagnostics;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Integration;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Faults;

/// <summary>A call that was given up lies in the network and lands late (StackExchange.Redis sends what it has sent; a timeout takes
/// nothing back).</summary>
public sealed class CombinedLateWriteTests
{
    [Fact]
    public async Task Record_that_lands_late_loses_against_a_newer_one()
    {
        await using Pair pair = await Pair.StartAsync();
        StoreWriting first = await pair.Slow.WriteAsync(pair.Slow.Record(), null);
        Assert.Null(
            await pair.GiveUpAsync(async () =>
                (await pair.Slow.TryWriteAsync(pair.Slow.Record(DependencyStatus.Pass, sequence: 2), first.Stored))?.Stored
            )
        );
        StoreWriting newer = await pair.Quick.WriteAsync(pair.Quick.Record(DependencyStatus.Fail, "connection_refused", 2), first.Stored);
        Assert.True(newer.Written);

        await pair.LandAsync();
        Assert.Equal(newer.Stored, (string?)await pair.Quick.Database.HashGetAsync(pair.Quick.Keys.Snapshot, "redis"));
        await pair.Slow.ReadAsync();
        Assert.Equal(DependencyStatus.Fail, pair.Slow.Status);
    }

    /// <summary>Nothing is there to lose against, and how old it is depends on a clock that may have been set meanwhile.</summary>
    [Fact]
    public async Task Record_that_lands_late_in_an_emptied_Redis_is_refused()
    {
        Stopwatch all = Stopwatch.StartNew();
        await using Pair pair = await Pair.StartAsync();
        Assert.Null(await pair.GiveUpAsync(async () => (await pair.Slow.TryWriteAsync(pair.Slow.Record(), null))?.Stored));
        await pair.Redis.CommandAsync("FLUSHALL");
        // The writer knows Redis's clock but for the time that its last read took, and gives the record that much more.
        await Task.Delay(all.Elapsed);
        await pair.LandAsync();

        await pair.Quick.ReadAsync();
        Assert.Equal(DependencyStatus.Unknown, pair.Quick.Status);
        Assert.False(await pair.Quick.Database.KeyExistsAsync(pair.Quick.Keys.Snapshot));
    }

    [Fact]
    public async Task Lease_of_another_is_neither_taken_nor_given_back_by_a_call_that_lands_late()
    {
        await using Pair pair = await Pair.StartAsync();
        await pair.Slow.ReadAsync(wantLease: true);
        Assert.Null(
            await pair.GiveUpAsync(async () =>
            {
                StoreReading? reading = await pair.Slow.Store.SyncAsync(wantLease: true, null);
                await pair.Slow.Store.ReleaseLeaseAsync();
                return reading;
            })
        );
        await pair.Redis.CommandAsync("DEL", pair.Quick.Keys.Lease);
        Assert.Equal(LeaseAnswer.Mine, (await pair.Quick.ReadAsync(wantLease: true)).Lease);

        await pair.LandAsync();
        Assert.Equal(pair.Quick.Instance, await pair.Redis.CommandAsync("GET", pair.Quick.Keys.Lease));
    }

    /// <summary>An instance puts back the override that Redis lost; meanwhile it is cleared, and that must stand.</summary>
    [Fact]
    public async Task Override_that_is_put_back_late_does_not_undo_its_clearing()
    {
        await using Pair pair = await Pair.StartAsync();
        await pair.Slow.ReadAsync();
        await pair.Slow.Store.SetOverrideAsync(new(true, "why", "who", DateTimeOffset.UnixEpoch), TimeSpan.FromMinutes(5));
        await pair.Slow.ReadAsync();
        Assert.Null(
            await pair.GiveUpAsync(async () => await pair.Slow.Store.SyncAsync(wantLease: false, pair.Slow.Board.Current.Override))
        );
        string? cleared = (await pair.Quick.Store.ClearOverrideAsync("who")).Stored;

        await pair.LandAsync();
        Assert.Equal(cleared, await pair.Redis.CommandAsync("GET", pair.Quick.Keys.Override));
        await pair.Slow.ReadAsync();
        Assert.Null(pair.Slow.Board.Current.Override?.Value);
    }

    /// <summary>Two instances of one deployment: one reaches Redis through a network that can hold things back.</summary>
    private sealed record Pair(RedisServer Redis, FaultProxy Network, StoreRig Slow, StoreRig Quick) : IAsyncDisposable
    {
        public static async Task<Pair> StartAsync()
        {
            RedisServer redis = await RedisServer.StartAsync();
            FaultProxy network = FaultProxy.Start(redis.Port);
            StoreKeys keys = new("hx", "one-fleet");
            return new(
                redis,
                network,
                await StoreRig.CreateAsync($"redis://127.0.0.1:{network.Port}", "hx", keys),
                await StoreRig.CreateAsync(redis.Url, "hx", keys)
            );
        }

        /// <summary>Makes a call whose bytes are held back until its caller has given it up.</summary>
        public async Task<T?> GiveUpAsync<T>(Func<Task<T?>> call)
            where T : class
        {
            await Network.SetAsync(FaultMode.Silent, keepConnections: true);
            return await call();
        }

        /// <summary>Lets what was held back through, and returns when the server has run it and the connection works again.</summary>
        public async Task LandAsync()
        {
            long before = await ScriptsAsync();
            await Network.SetAsync(FaultMode.Pass, keepConnections: true);
            await Eventually.TrueAsync(async () => await ScriptsAsync() != before, "what was given up never landed");
            // What follows on the same connection comes after it.
            await Eventually.TrueAsync(
                async () => await Slow.Store.SyncAsync(wantLease: false, null) is not null,
                "the connection never worked again"
            );
        }

        public async ValueTask DisposeAsync()
        {
            await Slow.DisposeAsync();
            await Quick.DisposeAsync();
            await Network.DisposeAsync();
            await Redis.DisposeAsync();
        }

        private async Task<long> ScriptsAsync()
        {
            string line = (await Redis.CommandAsync("INFO", "commandstats"))
                .Split('\n')
                .First(l => l.StartsWith("cmdstat_eval:", StringComparison.Ordinal));
            return long.Parse(line.Split("calls=")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
