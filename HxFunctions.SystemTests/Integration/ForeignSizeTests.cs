using System.Diagnostics;
using System.Globalization;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.Servers.Garnet;
using HxFunctions.SystemTests.Servers;
using StackExchange.Redis;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What others put under our keys may be as large as Redis takes it: nobody waits for it, and nobody's memory fills with
/// it.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class ForeignSizeTests(StoreServers servers, ITestOutputHelper output) : IClassFixture<StoreServers>
{
    private const long Start = 1_800_000_000_000;

    /// <summary>What all calls of a test may take of Redis's memory beyond what was planted. One list of 300 MB read ten times took 3
    /// GB.</summary>
    private const long MaxMegabytes = 40;

    /// <summary>500 entries of 600 KB in a list, ten pages at once, and an instance that reads at its pace meanwhile.</summary>
    [Fact]
    public async Task List_of_300_MB_costs_readers_nothing_and_the_history_heals()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(server.Url, "hx");
        foreach (string key in new[] { rig.Keys.Transitions, rig.Keys.Checks("redis") })
        {
            await FillAsync(rig, key, entries: 500, bytes: 600_000);
            await PeakAsync(server);
            long before = await PeakAsync(server);

            Task<(HistoryReading? Reading, TimeSpan Took)>[] pages =
            [
                .. Enumerable.Range(0, 10).Select(_ => Task.Run(() => MeasureAsync(rig.History.ReadAsync))),
            ];
            List<(StoreReading? Reading, TimeSpan Took)> syncs = [];
            while (!Task.WhenAll(pages).IsCompleted || syncs.Count < 5)
            {
                syncs.Add(await MeasureAsync(() => rig.Store.SyncAsync(wantLease: true, null)));
            }

            (HistoryReading? Reading, TimeSpan Took)[] read = await Task.WhenAll(pages);
            long more = await PeakAsync(server) - before;
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{key}: {more} MB more; pages {read.Max(p => p.Took).TotalMilliseconds:0} ms at most, "
                        + $"store calls {syncs.Max(s => s.Took).TotalMilliseconds:0} ms."
                )
            );
            Assert.All(syncs, sync => Assert.NotNull(sync.Reading));
            Assert.All(read, page => Assert.NotNull(page.Reading));
            Assert.InRange(more, long.MinValue, MaxMegabytes);
            Assert.InRange(await rig.Database.ListLengthAsync(key), 0, 1);
        }

        Assert.True((await rig.WriteAsync(rig.Record(DependencyStatus.Fail, "timeout"), null, before: DependencyStatus.Pass)).Written);
        HistoryReading healed = (await rig.History.ReadAsync())!;
        Assert.Equal((1, 1), (healed.Transitions.Count, Assert.Single(healed.Dependencies).Checks.Count));
    }

    /// <summary>The list is cut off in front of what is no entry of ours, and goes on with the next check. The four lists of a case are
    /// well below what the embedded server keeps (<see cref="EmbeddedRedis"/>).</summary>
    [Theory]
    [InlineData(0, 1, 1_000_000)]
    [InlineData(0, 500, 600)]
    [InlineData(3, 1, 1_000_000)]
    [InlineData(3, 200, 5_000)]
    public async Task List_ends_in_front_of_an_entry_that_is_too_long(int ours, int entries, int bytes)
    {
        foreach (string url in new[] { servers.UrlOf(StoreServers.Redis), servers.UrlOf(StoreServers.Embedded) })
        {
            await using StoreRig rig = await StoreRig.CreateAsync(url, servers.NewNamespace());
            string check = new CheckPoint(Start, DependencyStatus.Pass, "ok", 1).Write();
            string bucket = new HistoryBucket(Start, 1, DependencyStatus.Pass, "ok", 1, 1, 1).Write();
            string transition = TransitionJson.Write(Start, "redis", DependencyStatus.Fail, rig.Record().State);
            (string Key, string Entry, int Longer)[] lists =
            [
                (rig.Keys.Checks("redis"), check, 0),
                (rig.Keys.Minutes("redis"), bucket, 0),
                (rig.Keys.Quarters("redis"), bucket, 0),
                // Overrides are among them, which may have 2 KB.
                (rig.Keys.Transitions, transition, OverrideEntry.MaxLength),
            ];
            foreach ((string key, string entry, int longer) in lists)
            {
                await rig.Database.ListRightPushAsync(key, [.. Enumerable.Repeat((RedisValue)entry, ours)]);
                await FillAsync(rig, key, entries, bytes + longer);
                await rig.Database.ListRightPushAsync(key, entry);
            }

            await rig.Store.ReadChecksAsync("redis", 10);
            Assert.Equal(ours, await rig.Database.ListLengthAsync(rig.Keys.Checks("redis")));
            foreach (int _ in new[] { 1, 2 })
            {
                HistoryReading reading = (await rig.History.ReadAsync())!;
                DependencyHistory history = Assert.Single(reading.Dependencies);
                Assert.Equal(
                    (ours, ours, ours, ours),
                    (history.Checks.Count, history.Minutes.Count, history.Quarters.Count, reading.Transitions.Count)
                );
                foreach ((string key, string _, int _) in lists)
                {
                    Assert.Equal(ours, await rig.Database.ListLengthAsync(key));
                }
            }

            await rig.WriteAsync(rig.Record(DependencyStatus.Fail, "timeout"), null, before: DependencyStatus.Pass);
            HistoryReading healed = (await rig.History.ReadAsync())!;
            Assert.Equal((ours + 1, ours + 1), (Assert.Single(healed.Dependencies).Checks.Count, healed.Transitions.Count));
        }
    }

    /// <summary>Redis refuses the writes of a reader as any other's.</summary>
    [Fact]
    public async Task List_that_can_not_be_cut_off_is_read_all_the_same()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(server.Url, "hx");
        string bucket = new HistoryBucket(Start, 1, DependencyStatus.Pass, "ok", 1, 1, 1).Write();
        await rig.Database.ListRightPushAsync(rig.Keys.Minutes("redis"), [bucket, new string('x', 5000)]);
        await rig.Database.ListRightPushAsync(rig.Keys.Quarters("redis"), new string('x', 5000));
        await server.CommandAsync("ACL", "SETUSER", "default", "-ltrim", "-unlink");

        DependencyHistory history = Assert.Single((await rig.History.ReadAsync())!.Dependencies);
        Assert.Equal((1, 0), (history.Minutes.Count, history.Quarters.Count));
        Assert.Equal(2, await rig.Database.ListLengthAsync(rig.Keys.Minutes("redis")));
    }

    /// <summary>Values of 64 MB where strings and fields of ours are, and a hash with a million more fields: read for their length alone,
    /// and replaced.</summary>
    [Theory]
    [InlineData("a lease")]
    [InlineData("an override")]
    [InlineData("a record")]
    [InlineData("a million fields")]
    [InlineData("a million members for the snapshot")]
    [InlineData("a million members for a list")]
    public async Task Huge_value_is_not_read_and_is_replaced(string planted)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(server.Url, "hx");
        GuardOverride value = new(true, "why", "who", DateTimeOffset.UnixEpoch);
        await rig.Store.SetOverrideAsync(value, TimeSpan.FromMinutes(3));
        await rig.ReadAsync(wantLease: true);
        StoreWriting first = await rig.WriteAsync(rig.Record(), null);
        await PlantAsync(rig, planted);
        await PeakAsync(server);
        long before = await PeakAsync(server);

        (StoreReading? reading, TimeSpan synced) = await MeasureAsync(() =>
            rig.Store.SyncAsync(wantLease: true, rig.Board.Current.Override)
        );
        (StoreWriting? writing, TimeSpan written) = await MeasureAsync(() => rig.TryWriteAsync(rig.Record(sequence: 2), first.Stored));
        (OverrideWriting? set, TimeSpan overridden) = await MeasureAsync(() => rig.Store.SetOverrideAsync(value, TimeSpan.FromMinutes(3)));
        (HistoryReading? history, TimeSpan read) = await MeasureAsync(rig.History.ReadAsync);
        long more = await PeakAsync(server) - before;
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{planted}: {more} MB more; sync {synced.TotalMilliseconds:0}, write {written.TotalMilliseconds:0}, "
                    + $"override {overridden.TotalMilliseconds:0}, history {read.TotalMilliseconds:0} ms."
            )
        );
        Assert.InRange(more, long.MinValue, MaxMegabytes);
        Assert.NotNull(reading);
        Assert.Equal(LeaseAnswer.Mine, reading.Lease);
        Assert.Equal(OverrideCodec.SetStampOf(rig.Board.Current.Override!.Raw), OverrideCodec.SetStampOf(reading.Override!));
        Assert.NotNull(writing);
        Assert.True(writing.Written);
        Assert.NotNull(set?.Stored);
        Assert.NotNull(history);
        Assert.NotEmpty(history.Dependencies[0].Checks);
        Assert.Equal(writing.Stored, (string?)await rig.Database.HashGetAsync(rig.Keys.Snapshot, "redis"));
        Assert.Equal(rig.Instance, (string?)await rig.Database.StringGetAsync(rig.Keys.Lease));
        await rig.Store.ReleaseLeaseAsync();
        Assert.False(await rig.Database.KeyExistsAsync(rig.Keys.Lease));
    }

    /// <summary>Another's key is left to whoever holds it, also when it is given back.</summary>
    [Fact]
    public async Task Huge_lease_is_not_read_when_ours_is_given_back()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(server.Url, "hx");
        await PlantAsync(rig, "a lease");
        await PeakAsync(server);
        long before = await PeakAsync(server);
        await rig.Store.ReleaseLeaseAsync();
        Assert.InRange(await PeakAsync(server) - before, long.MinValue, MaxMegabytes);
        Assert.True(await rig.Database.KeyExistsAsync(rig.Keys.Lease));
    }

    private static async Task PlantAsync(StoreRig rig, string planted)
    {
        const int Size = 64_000_000;
        StoreKeys keys = rig.Keys;
        await (
            planted switch
            {
                "a lease" => StringAsync(keys.Lease),
                "an override" => StringAsync(keys.Override),
                "a record" => rig.Database.HashSetAsync(keys.Snapshot, "redis", new byte[Size]),
                "a million fields" => ManyAsync("redis.call('HSET', KEYS[1], i, i)", keys.Snapshot),
                "a million members for the snapshot" => ManyAsync("redis.call('SADD', KEYS[1], 'member ' .. i)", keys.Snapshot),
                _ => ManyAsync("redis.call('SADD', KEYS[1], 'member ' .. i)", keys.Checks("redis")),
            }
        );

        async Task StringAsync(string key)
        {
            await rig.Database.StringSetRangeAsync(key, Size - 1, "x");
            await rig.Database.KeyExpireAsync(key, TimeSpan.FromSeconds(15));
        }

        // In parts: a script of some seconds keeps the instance, and this client, from the server.
        async Task ManyAsync(string each, string key)
        {
            const int parts = 50,
                size = 20_000;
            string script =
                "if redis.call('TYPE', KEYS[1]).ok ~= ARGV[2] then redis.call('DEL', KEYS[1]) end "
                + $"for i = ARGV[1], ARGV[1] + ARGV[3] - 1 do {each} end";
            for (int i = 0; i < parts; i++)
            {
                await rig.Database.ScriptEvaluateAsync(
                    script,
                    [key],
                    [i * size, each.Contains("SADD", StringComparison.Ordinal) ? "set" : "hash", size]
                );
            }
        }
    }

    private static async Task<(T Answer, TimeSpan Took)> MeasureAsync<T>(Func<Task<T>> call)
    {
        long started = Stopwatch.GetTimestamp();
        T answer = await call();
        return (answer, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Puts as many entries of this size behind those that are there, some at a time: a call takes at most the client's two
    /// seconds.</summary>
    private static async Task FillAsync(StoreRig rig, string key, int entries, int bytes)
    {
        const int atOnce = 50;
        for (int left = entries; left > 0; left -= atOnce)
        {
            await rig.Database.ScriptEvaluateAsync(
                "local v = string.rep('x', tonumber(ARGV[2])) for i = 1, tonumber(ARGV[1]) do redis.call('RPUSH', KEYS[1], v) end return 1",
                [key],
                [Math.Min(left, atOnce), bytes]
            );
        }
    }

    /// <summary>The most that the server had in memory since the last call, in MB (proc(5), VmHWM), Lua's values included, which Redis
    /// itself doesn't count.</summary>
    private static async Task<long> PeakAsync(RedisServer server)
    {
        string info = await server.CommandAsync("INFO", "server");
        string id = info.Split('\n').Single(l => l.StartsWith("process_id:", StringComparison.Ordinal)).Split(':')[1].Trim();
        string line = File.ReadLines($"/proc/{id}/status").Single(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        // From here on anew.
        await File.WriteAllTextAsync($"/proc/{id}/clear_refs", "5");
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
