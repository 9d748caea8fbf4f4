using System.Globalization;
using System.Text.Json;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Snapshots;
using HxFunctions.SystemTests.Servers;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Integration;

/// <summary>The scripts, each on both servers. In the collection of its own kind because a busy machine breaks the store's deadline of 500
/// ms.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class StoreScriptTests(StoreServers servers) : IClassFixture<StoreServers>
{
    /// <summary>An override's, but for what the script puts in front.</summary>
    private const string Body = "\"v\":1,\"verdict\":\"open\",\"reason\":\"r\",\"by\":\"b\",\"setAt\":\"2030-01-01T00:00:00Z\"}";

    public static TheoryData<string> Both => [StoreServers.Redis, StoreServers.Embedded];

    public static TheoryData<string, string> Planted =>
        OnBoth(
            "absent",
            "garbage",
            "empty",
            "no UTF-8",
            "stamp and no UTF-8",
            "too long",
            "string",
            "list",
            "set",
            "newer version",
            "future",
            "expired",
            "stamp only",
            "stamp beyond numbers"
        );

    public static TheoryData<string, string> NoOverrides =>
        OnBoth(
            "",
            "garbage",
            "NOW",
            "NOW {}",
            $"ENDS {{\"set\":NOW,{Body.Replace("\"v\":1", "\"v\":2", StringComparison.Ordinal)}",
            $"ENDS {{\"set\":NOW,{Body.Replace("open", "ajar", StringComparison.Ordinal)}",
            $"99999999999999 {{\"set\":NOW,{Body}",
            $"ENDS {{{Body}",
            $"ENDS {{\"set\":1234567890123456,{Body}",
            $"ENDS {{\"set\":123456789012345678,{Body}",
            $"ENDS {{\"set\":0000000000000007,{Body}",
            $"ENDS {{\"set\":YEARS,{Body}"
        );

    public static TheoryData<string, string> Leases =>
        OnBoth("absent", "ours", "ours without expiry", "another's", "without expiry", "for too long", "a list", "a hash");

    [Theory, MemberData(nameof(Both))]
    public async Task Record_written_is_read_back_with_its_age(string server)
    {
        string name = servers.NewNamespace();
        await using StoreRig writer = await CreateAsync(server, name),
            reader = await CreateAsync(server, name);
        DependencyRecord record = writer.Record(DependencyStatus.Fail, "timeout", 7, 12.25);
        long before = BootTimeProvider.Instance.GetTimestamp();
        Assert.True((await writer.WriteAsync(record, null, TimeSpan.FromSeconds(20))).Written);

        StoreReading reading = await reader.ReadAsync();
        Assert.Equal(record, reader.Known.Record);
        Assert.Equal(DependencyStatus.Fail, reader.Status);
        TimeSpan age = BootTimeProvider.Instance.GetElapsedTime(reader.Known.ObservedAt, reading.SentAt);
        TimeSpan most = TimeSpan.FromSeconds(20.05) + BootTimeProvider.Instance.GetElapsedTime(before);
        Assert.InRange(age, TimeSpan.FromSeconds(19.95), most);
    }

    /// <summary>Redis's clock was set back since the writer's last read.</summary>
    [Theory, MemberData(nameof(Both))]
    public async Task Observation_from_after_the_clock_of_Redis_is_not_stored(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        StoreReading before = await rig.ReadAsync();
        Assert.Null(await rig.TryWriteAsync(rig.Record(), null, TimeSpan.FromMinutes(-5)));
        Assert.Equal(before.Records, (await rig.ReadAsync()).Records);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Conflict_returns_the_stored_record_and_changes_nothing(string server)
    {
        string name = servers.NewNamespace();
        await using StoreRig first = await CreateAsync(server, name),
            second = await CreateAsync(server, name);
        StoreWriting stored = await first.WriteAsync(first.Record(sequence: 2), null);

        foreach (string? expected in new[] { null, "", "something else", stored.Stored + " " })
        {
            StoreWriting late = await second.WriteAsync(
                second.Record(DependencyStatus.Fail, "timeout", 3),
                expected,
                before: DependencyStatus.Pass
            );
            Assert.Equal((false, stored.Stored), (late.Written, late.Stored));
        }

        Assert.Equal(stored.Stored, (string?)await first.Database.HashGetAsync(first.Keys.Snapshot, "redis"));
        Assert.Equal(1, await first.Database.ListLengthAsync(first.Keys.Checks("redis")));
        Assert.True((await second.WriteAsync(second.Record(sequence: 3), stored.Stored)).Written);
    }

    /// <summary>The history is pushed by the script that writes: it is the order in which writes came true, whatever their writers were
    /// told.</summary>
    [Theory, MemberData(nameof(Both))]
    public async Task Two_hundred_concurrent_writers_lose_no_update(string server)
    {
        string name = servers.NewNamespace();
        await using StoreRig a = await CreateAsync(server, name),
            b = await CreateAsync(server, name),
            c = await CreateAsync(server, name),
            d = await CreateAsync(server, name);
        StoreRig[] rigs = [a, b, c, d];
        StoreWriting first = await a.WriteAsync(a.Record(sequence: 0, latencyMs: 0), null);

        (int Writer, string Expected, StoreWriting? Writing)[] attempts = await Task.WhenAll(
            Enumerable
                .Range(1, 200)
                .Select(async i =>
                {
                    StoreRig rig = rigs[i % rigs.Length];
                    string expected = (await rig.Database.HashGetAsync(rig.Keys.Snapshot, "redis"))!;
                    StoreWriting? writing = await rig.TryWriteAsync(rig.Record(sequence: SequenceOf(expected) + 1, latencyMs: i), expected);
                    return (Writer: i, Expected: expected, Writing: writing);
                })
        );

        RedisValue[] history = await a.Database.ListRangeAsync(a.Keys.Checks("redis"));
        int[] landed = [.. history.Reverse().Skip(1).Select(e => (int)HistoryEntries.ReadCheck((byte[])e!)!.Value.LatencyMs)];
        Dictionary<int, (int Writer, string Expected, StoreWriting? Writing)> byWriter = attempts.ToDictionary(x => x.Writer);
        Assert.NotEmpty(landed);
        Assert.All(attempts.Where(x => x.Writing is { Written: true }), x => Assert.Contains(x.Writer, landed));
        Assert.All(attempts.Where(x => x.Writing is { Written: false }), x => Assert.DoesNotContain(x.Writer, landed));

        string? current = first.Stored;
        long sequence = 0;
        foreach (int writer in landed)
        {
            // What a writer stored that got no answer in time, only its successor tells.
            if (current is not null)
            {
                Assert.Equal(current, byWriter[writer].Expected);
            }

            Assert.Equal(sequence++, SequenceOf(byWriter[writer].Expected));
            current = byWriter[writer].Writing?.Stored;
        }

        Assert.Equal(sequence, SequenceOf((await a.Database.HashGetAsync(a.Keys.Snapshot, "redis"))!));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Of_writers_that_start_from_the_same_record_one_wins(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        string? expected = null;
        for (int round = 1; round <= 5; round++)
        {
            StoreWriting[] writings = await Task.WhenAll(
                Enumerable.Range(0, 40).Select(i => rig.WriteAsync(rig.Record(sequence: round, latencyMs: i), expected))
            );
            StoreWriting won = Assert.Single(writings, w => w.Written);
            Assert.All(writings, w => Assert.Equal(won.Stored, w.Stored));
            expected = won.Stored;
        }
    }

    [Theory, MemberData(nameof(Planted))]
    public async Task What_is_no_record_counts_as_nothing_and_the_next_check_replaces_it(string server, string planted)
    {
        string name = servers.NewNamespace();
        await using StoreRig rig = await CreateAsync(server, name),
            other = await CreateAsync(server, name);
        await PlantAsync(rig, planted);

        await rig.ReadAsync();
        Assert.Equal(DependencyStatus.Unknown, rig.Status);
        Assert.Equal(
            DependencyStatus.Unknown,
            rig.Board.Current.DecisiveAt(rig.Dependency.Index, BootTimeProvider.Instance.GetTimestamp())
        );
        StoreWriting writing = await rig.WriteAsync(rig.Record(), rig.Known.Stored);
        Assert.True(writing.Written, $"conflict with {writing.Stored}");

        await other.ReadAsync();
        Assert.Equal(DependencyStatus.Pass, other.Status);
        Assert.Equal(rig.Instance, other.Known.Record!.Source);
        await AssertExpiresAsync(rig, rig.Keys.Snapshot, rig.Settings.Expiry);
    }

    /// <summary>The check began before someone planted the value: it conflicts once, and the one after it doesn't.</summary>
    [Theory, MemberData(nameof(Planted))]
    public async Task What_is_no_record_can_not_stand_in_the_way_of_two_checks(string server, string planted)
    {
        await using StoreRig rig = await CreateAsync(server);
        StoreWriting first = await rig.WriteAsync(rig.Record(), null);
        await rig.ReadAsync();
        await rig.Database.KeyDeleteAsync(rig.Keys.Snapshot);
        await PlantAsync(rig, planted);
        await rig.WriteAsync(rig.Record(sequence: 2), first.Stored);
        await rig.ReadAsync();
        StoreWriting last = await rig.WriteAsync(rig.Record(sequence: 3), rig.Known.Stored);
        Assert.True(last.Written, $"conflict with {last.Stored}");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task History_under_keys_of_another_type_is_begun_anew(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        await rig.Database.StringSetAsync(rig.Keys.Checks("redis"), "not a list");
        await rig.Database.HashSetAsync(rig.Keys.Transitions, "not", "a list");
        StoreWriting first = await rig.WriteAsync(rig.Record(), null, TimeSpan.FromMinutes(16));
        await rig.Database.SetAddAsync(rig.Keys.Minutes("redis"), "not a list");
        await rig.Database.StringSetAsync(rig.Keys.Quarters("redis"), "not a list");
        await rig.WriteAsync(rig.Record(sequence: 2), first.Stored, before: DependencyStatus.Pass);

        Assert.Equal(2, await rig.Database.ListLengthAsync(rig.Keys.Checks("redis")));
        Assert.Equal(1, await rig.Database.ListLengthAsync(rig.Keys.Transitions));
        Assert.Equal(1, await rig.Database.ListLengthAsync(rig.Keys.Minutes("redis")));
        Assert.Equal(1, await rig.Database.ListLengthAsync(rig.Keys.Quarters("redis")));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Every_key_expires_as_documented(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        StoreWriting first = await rig.WriteAsync(rig.Record(), null, TimeSpan.FromMinutes(16));
        await rig.WriteAsync(rig.Record(), first.Stored);
        await rig.ReadAsync(wantLease: true);
        await rig.Store.SetOverrideAsync(new(true, "why", "who", DateTimeOffset.UnixEpoch), TimeSpan.FromMinutes(3));

        await AssertExpiresAsync(rig, rig.Keys.Snapshot, (2 * rig.Settings.Interval) + rig.Settings.CheckTimeout);
        await AssertExpiresAsync(rig, rig.Keys.Lease, rig.Settings.CheckTimeout + TimeSpan.FromSeconds(1));
        await AssertExpiresAsync(rig, rig.Keys.Override, GuardOverride.MaxDuration);
        foreach (
            string key in new[] { rig.Keys.Checks("redis"), rig.Keys.Minutes("redis"), rig.Keys.Quarters("redis"), rig.Keys.Transitions }
        )
        {
            await AssertExpiresAsync(rig, key, TimeSpan.FromDays(8));
        }

        await rig.Store.ClearOverrideAsync("who");
        await AssertExpiresAsync(rig, rig.Keys.Override, GuardOverride.MaxDuration);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task History_lists_are_capped(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        StoreWriting first = await rig.WriteAsync(rig.Record(), null, TimeSpan.FromMinutes(16));
        (string Key, int Kept)[] lists =
        [
            (rig.Keys.Checks("redis"), 1800),
            (rig.Keys.Minutes("redis"), 1440),
            (rig.Keys.Quarters("redis"), 672),
            (rig.Keys.Transitions, 500),
        ];
        foreach ((string key, int kept) in lists)
        {
            await rig.Database.ListRightPushAsync(key, [.. Enumerable.Repeat((RedisValue)"old", kept + 5)]);
        }

        await rig.WriteAsync(rig.Record(), first.Stored, before: DependencyStatus.Fail);

        foreach ((string key, int kept) in lists)
        {
            Assert.Equal(kept, await rig.Database.ListLengthAsync(key));
            Assert.NotEqual("old", (string?)await rig.Database.ListGetByIndexAsync(key, 0));
        }
    }

    [Theory, MemberData(nameof(Both))]
    public async Task History_entries_have_the_documented_shape(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        StoreWriting writing = await rig.WriteAsync(
            rig.Record(DependencyStatus.Fail, "timeout", latencyMs: 3000.126),
            null,
            before: DependencyStatus.Pass
        );
        Assert.True(TimestampedValue.TrySplit(writing.Stored, out long at, out _));

        CheckPoint check = Assert.Single(await rig.Store.ReadChecksAsync("redis", 10));
        Assert.Equal((DependencyStatus.Fail, "timeout", 3000.13), (check.Status, check.Reason, check.LatencyMs));
        Assert.InRange(check.At, at - 1, at + 50);
        JsonElement transition = JsonDocument.Parse((string)(await rig.Database.ListGetByIndexAsync(rig.Keys.Transitions, 0))!).RootElement;
        Assert.Equal(
            ("redis", "pass", "fail", "timeout", check.At),
            (
                transition.GetProperty("dependency").GetString(),
                transition.GetProperty("from").GetString(),
                transition.GetProperty("to").GetString(),
                transition.GetProperty("reason").GetString(),
                transition.GetProperty("at").GetInt64()
            )
        );
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Check_that_crosses_a_boundary_pushes_what_lies_before_it(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        StoreReading reading = await rig.ReadAsync();
        // In the minute before last and its quarter-hour; those end at the latest when the last check is observed, 16 minutes later.
        TimeSpan IntoMinute(double seconds) => TimeSpan.FromMilliseconds((reading.Now % 60_000) + (17 * 60_000) - (seconds * 1000));
        string? expected = null;
        foreach (
            (double second, DependencyStatus status, string reason, double latency) in new[]
            {
                (10.0, DependencyStatus.Pass, "ok", 4.0),
                (20, DependencyStatus.Fail, "timeout", 100),
                (30, DependencyStatus.Pass, "ok", 2),
            }
        )
        {
            expected = (await rig.WriteAsync(rig.Record(status, reason, latencyMs: latency), expected, IntoMinute(second), status)).Stored;
        }

        Assert.Equal(0, await rig.Database.ListLengthAsync(rig.Keys.Minutes("redis")));
        await rig.WriteAsync(rig.Record(), expected, before: DependencyStatus.Pass);
        long start = reading.Now - (reading.Now % 60_000) - (17 * 60_000);
        string aggregate = ",3,\"fail\",\"timeout\",4,100,100]";
        Assert.Equal($"[{start}{aggregate}", (string?)Assert.Single(await rig.Database.ListRangeAsync(rig.Keys.Minutes("redis"))));
        Assert.Equal(
            $"[{start - (start % 900_000)}{aggregate}",
            (string?)Assert.Single(await rig.Database.ListRangeAsync(rig.Keys.Quarters("redis")))
        );
        Assert.Equal(0, await rig.Database.ListLengthAsync(rig.Keys.Transitions));
    }

    /// <summary>At the shortest pace a minute has 600 checks; the one failure is the oldest of them.</summary>
    [Theory, MemberData(nameof(Both))]
    public async Task Aggregate_of_a_minute_leaves_out_no_check_at_any_pace(string server)
    {
        await using StoreRig rig = await CreateAsync(server, more: ("GUARD_MAX_STALENESS", "0.1"));
        StoreReading reading = await rig.ReadAsync();
        // The fourth minute of the quarter-hour before this one, and a check in the fifth: the minute ends, the quarter-hour doesn't.
        long start = reading.Now - (reading.Now % 900_000) - (12 * 60_000);
        TimeSpan ago = TimeSpan.FromMilliseconds(reading.Now - start - 70_000);
        RedisValue[] minute =
        [
            .. Enumerable
                .Range(0, 600)
                .Select(i =>
                    (RedisValue)
                        new CheckPoint(
                            start + (i * 100),
                            i == 0 ? DependencyStatus.Fail : DependencyStatus.Pass,
                            i == 0 ? "timeout" : "ok",
                            1
                        ).Write()
                ),
        ];
        await rig.Database.ListLeftPushAsync(rig.Keys.Checks("redis"), minute);
        string last = $"{start + 59_900} {RecordCodec.Write(rig.Record())}";
        await rig.Database.HashSetAsync(rig.Keys.Snapshot, "redis", last);
        Assert.True((await rig.WriteAsync(rig.Record(), last, ago)).Written);
        Assert.Equal(0, await rig.Database.ListLengthAsync(rig.Keys.Quarters("redis")));
        Assert.Equal(
            $"[{start},600,\"fail\",\"timeout\",1,1,1]",
            (string?)await rig.Database.ListGetByIndexAsync(rig.Keys.Minutes("redis"), 0)
        );
    }

    [Theory]
    [MemberData(nameof(Leases))]
    public async Task Lease_is_taken_unless_it_is_validly_anothers(string server, string planted)
    {
        bool mine = planted != "another's";
        await using StoreRig rig = await CreateAsync(server);
        string key = rig.Keys.Lease;
        await (
            planted switch
            {
                "absent" => Task.CompletedTask,
                "ours" => rig.Database.StringSetAsync(key, rig.Instance, TimeSpan.FromSeconds(1)),
                "ours without expiry" => rig.Database.StringSetAsync(key, rig.Instance),
                "another's" => rig.Database.StringSetAsync(key, "another", rig.Settings.LeaseTime),
                "without expiry" => rig.Database.StringSetAsync(key, "another"),
                "for too long" => rig.Database.StringSetAsync(key, "another", rig.Settings.LeaseTime + TimeSpan.FromSeconds(10)),
                "a list" => rig.Database.ListLeftPushAsync(key, "another"),
                _ => (Task)rig.Database.HashSetAsync(key, "another", "hash"),
            }
        );

        Assert.Equal(mine ? LeaseAnswer.Mine : LeaseAnswer.HeldByOther, (await rig.ReadAsync(wantLease: true)).Lease);
        Assert.Equal(mine ? rig.Instance : "another", (string?)await rig.Database.StringGetAsync(key));
        await AssertExpiresAsync(rig, key, rig.Settings.LeaseTime);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Holder_of_the_lease_learns_that_another_would_take_it(string server)
    {
        string name = servers.NewNamespace();
        await using StoreRig holder = await CreateAsync(server, name),
            other = await CreateAsync(server, name);
        await holder.Database.ListLeftPushAsync(holder.Keys.Contender, "no contender");
        Assert.Equal((LeaseAnswer.Mine, false), await AskAsync(holder));
        await other.ReadAsync();
        Assert.Equal((LeaseAnswer.Mine, false), await AskAsync(holder));
        Assert.Equal((LeaseAnswer.HeldByOther, false), await AskAsync(other));
        await AssertExpiresAsync(other, other.Keys.Contender, other.Settings.LeaseTime);
        Assert.Equal((LeaseAnswer.Mine, true), await AskAsync(holder));

        // Who has taken it contends with nobody.
        await holder.Store.ReleaseLeaseAsync();
        Assert.Equal((LeaseAnswer.Mine, false), await AskAsync(other));

        static async Task<(LeaseAnswer, bool)> AskAsync(StoreRig rig)
        {
            StoreReading reading = await rig.ReadAsync(wantLease: true);
            return (reading.Lease, reading.IsContended);
        }
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Read_that_does_not_want_the_lease_leaves_it(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        Assert.Equal(LeaseAnswer.NotAsked, (await rig.ReadAsync()).Lease);
        Assert.False(await rig.Database.KeyExistsAsync(rig.Keys.Lease));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Release_deletes_only_the_own_lease(string server)
    {
        string name = servers.NewNamespace();
        await using StoreRig holder = await CreateAsync(server, name),
            other = await CreateAsync(server, name);
        await holder.ReadAsync(wantLease: true);
        await other.Store.ReleaseLeaseAsync();
        Assert.Equal(holder.Instance, (string?)await holder.Database.StringGetAsync(holder.Keys.Lease));
        await holder.Store.ReleaseLeaseAsync();
        Assert.False(await holder.Database.KeyExistsAsync(holder.Keys.Lease));

        await holder.Database.ListLeftPushAsync(holder.Keys.Lease, holder.Instance);
        await holder.Store.ReleaseLeaseAsync();
        Assert.Equal(LeaseAnswer.Mine, (await other.ReadAsync(wantLease: true)).Lease);
    }

    [Theory]
    [InlineData(StoreServers.Redis, "hash")]
    [InlineData(StoreServers.Redis, "list")]
    [InlineData(StoreServers.Embedded, "hash")]
    [InlineData(StoreServers.Embedded, "list")]
    public async Task Override_under_a_key_of_another_type_is_put_back_and_can_be_set(string server, string type)
    {
        string name = servers.NewNamespace();
        await using StoreRig rig = await CreateAsync(server, name),
            other = await CreateAsync(server, name);
        Task BreakAsync() =>
            type == "hash"
                ? rig.Database.HashSetAsync(rig.Keys.Override, "not", "a string")
                : rig.Database.ListLeftPushAsync(rig.Keys.Override, "not a string");
        GuardOverride value = new(true, "why", "who", DateTimeOffset.UnixEpoch);

        await BreakAsync();
        Assert.Null((await rig.ReadAsync()).Override);
        Assert.NotNull((await rig.Store.SetOverrideAsync(value, TimeSpan.FromMinutes(3))).Stored);
        await rig.ReadAsync();
        Assert.Equal(value, rig.Board.Current.Override?.Value);

        await rig.Database.KeyDeleteAsync(rig.Keys.Override);
        await BreakAsync();
        await rig.ReadAsync();
        await other.ReadAsync();
        Assert.Equal(value, other.Board.Current.Override?.Value);
        Assert.Equal(rig.Board.Current.Override?.Raw, other.Board.Current.Override?.Raw);
        await AssertExpiresAsync(rig, rig.Keys.Override, GuardOverride.MaxDuration);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Note_that_an_override_was_cleared_is_put_back_too(string server)
    {
        string name = servers.NewNamespace();
        await using StoreRig present = await CreateAsync(server, name),
            away = await CreateAsync(server, name);
        await present.Store.SetOverrideAsync(new(true, "why", "who", DateTimeOffset.UnixEpoch), TimeSpan.FromMinutes(3));
        await away.ReadAsync();
        await present.Store.ClearOverrideAsync("who");
        await present.ReadAsync();
        await present.Database.KeyDeleteAsync(present.Keys.Override);

        await present.ReadAsync();
        await away.ReadAsync();
        Assert.NotNull(away.Board.Current.Override);
        Assert.Null(away.Board.Current.Override.Value);
    }

    /// <summary>Redis's clock was set back by three hours since the override was set; else every instance that remembers it would bring it
    /// back.</summary>
    [Theory, MemberData(nameof(Both))]
    public async Task Clearing_counts_as_later_than_the_override_when_the_clock_was_set_back(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        long set = DateTimeOffset.UtcNow.AddHours(3).ToUnixTimeMilliseconds();
        string body = OverrideCodec.Write(new(true, "why", "who", DateTimeOffset.UnixEpoch))[1..];
        await rig.Database.StringSetAsync(
            rig.Keys.Override,
            string.Create(CultureInfo.InvariantCulture, $"{set + 600_000} {{\"set\":{set},{body}")
        );
        await rig.ReadAsync();
        Assert.NotNull(rig.Board.Current.Override?.Value);

        string? cleared = (await rig.Store.ClearOverrideAsync("who")).Stored;
        Assert.Equal(set + 1, OverrideCodec.SetStampOf(cleared!));
        await rig.ReadAsync();
        Assert.Null(rig.Board.Current.Override?.Value);
        Assert.Equal(cleared, await rig.Database.StringGetAsync(rig.Keys.Override));
    }

    [Theory]
    [MemberData(nameof(NoOverrides))]
    public async Task What_is_no_override_is_none(string server, string stored)
    {
        await using StoreRig rig = await CreateAsync(server);
        static string From(TimeSpan ahead) =>
            DateTimeOffset.UtcNow.Add(ahead).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        string value = stored
            .Replace("NOW", From(TimeSpan.Zero), StringComparison.Ordinal)
            .Replace("ENDS", From(TimeSpan.FromMinutes(1)), StringComparison.Ordinal)
            .Replace("YEARS", From(TimeSpan.FromDays(367)), StringComparison.Ordinal);
        await rig.Database.StringSetAsync(rig.Keys.Override, value);
        await rig.ReadAsync();
        Assert.Null(rig.Board.Current.Override?.Value);

        // Nor does it stand in anyone's way, or push the moment ahead at which the next one is set.
        long before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        string? set = (await rig.Store.SetOverrideAsync(new(true, "why", "who", DateTimeOffset.UnixEpoch), TimeSpan.FromMinutes(1))).Stored;
        Assert.InRange(OverrideCodec.SetStampOf(set!), before - 1, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + 2);
        await rig.ReadAsync();
        Assert.Equal("why", rig.Board.Current.Override?.Value?.Reason);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task What_is_set_or_cleared_counts_as_later_than_what_its_sender_remembers_though_Redis_lost_that(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        long ahead = DateTimeOffset.UtcNow.AddHours(3).ToUnixTimeMilliseconds();
        OverrideKnowledge remembered = new(null, long.MaxValue, string.Create(CultureInfo.InvariantCulture, $"1 {{\"set\":{ahead},{Body}"));
        GuardOverride value = new(true, "why", "who", DateTimeOffset.UnixEpoch);
        string? set = (await rig.Store.SetOverrideAsync(value, TimeSpan.FromMinutes(3), () => remembered)).Stored;
        Assert.Equal(ahead + 1, OverrideCodec.SetStampOf(set!));
        await rig.Database.KeyDeleteAsync(rig.Keys.Override);
        string? cleared = (await rig.Store.ClearOverrideAsync("who", () => remembered)).Stored;
        Assert.Equal(ahead + 1, OverrideCodec.SetStampOf(cleared!));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Override_says_how_long_it_was_set_for_and_stays_while_a_longer_one_may_be_remembered(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        GuardOverride value = new(true, "why", "who", DateTimeOffset.UnixEpoch);
        await rig.Store.SetOverrideAsync(value, TimeSpan.FromMinutes(3));
        string stored = (await rig.Store.SetOverrideAsync(value, TimeSpan.FromMinutes(1))).Stored!;
        Assert.True(TimestampedValue.TrySplit(stored, out long endsAt, out ReadOnlySpan<char> body));
        Assert.True(OverrideCodec.TryRead(body, out _, out _, out TimeSpan? lasts));
        Assert.Equal(TimeSpan.FromMinutes(1), lasts);
        Assert.Equal(OverrideCodec.SetStampOf(stored) + 60_000, endsAt, 5.0);
        await AssertExpiresAsync(rig, rig.Keys.Override, GuardOverride.MaxDuration);
        StoreReading reading = await rig.ReadAsync();
        Assert.InRange(
            BootTimeProvider.Instance.GetElapsedTime(reading.SentAt, rig.Board.Current.Override!.EndsAt),
            TimeSpan.FromSeconds(57),
            TimeSpan.FromSeconds(60)
        );
    }

    /// <summary>A message that lay for more than a second has been given up by its sender, or the clock was set: the next read puts the
    /// override back. SyncScriptTests has the times, on a clock that stands still.</summary>
    [Theory, MemberData(nameof(Both))]
    public async Task Override_is_put_back_unless_the_message_lay_somewhere(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        long now = (await rig.ReadAsync()).Now;
        string body = string.Create(CultureInfo.InvariantCulture, $"{{\"set\":{now - 10_000},{Body}");
        RedisKey[] keys = [rig.Keys.Snapshot, rig.Keys.Override, rig.Keys.Lease, rig.Keys.Contender, rig.Keys.Instances, rig.Keys.Reached];
        Task PutBackAsync(long sentAt) =>
            rig.Database.ScriptEvaluateAsync(SnapshotScripts.Sync, keys, [rig.Instance, "", body, 60_000, now - 10_000, sentAt, ""]);

        await PutBackAsync(now - 1_001);
        Assert.False(await rig.Database.KeyExistsAsync(rig.Keys.Override));

        // However long it takes from here to Redis.
        await PutBackAsync(now + 3_600_000);
        Assert.EndsWith($" {body}", (string?)await rig.Database.StringGetAsync(rig.Keys.Override), StringComparison.Ordinal);
        await AssertExpiresAsync(rig, rig.Keys.Override, GuardOverride.MaxDuration);
    }

    /// <summary>Redis came back with an older state; or it lost all, and an instance that had been cut off put the longer one
    /// back.</summary>
    [Theory, MemberData(nameof(Both))]
    public async Task Override_that_is_over_is_put_back_in_the_place_of_a_longer_one_that_it_had_replaced(string server)
    {
        string name = servers.NewNamespace();
        await using StoreRig one = await CreateAsync(server, name),
            other = await CreateAsync(server, name);
        GuardOverride value = new(true, "longer", "who", DateTimeOffset.UnixEpoch);
        string longer = (await one.Store.SetOverrideAsync(value, TimeSpan.FromMinutes(3))).Stored!;
        await one.Store.SetOverrideAsync(value with { Reason = "short" }, TimeSpan.FromMilliseconds(1));
        await one.ReadAsync();
        await Task.Delay(10);
        await one.Database.StringSetAsync(one.Keys.Override, longer);

        await one.ReadAsync();
        await other.ReadAsync();

        foreach (StoreRig rig in new[] { one, other })
        {
            Assert.Equal("short", rig.Board.Current.Override?.Value?.Reason);
            Assert.Null(rig.Board.Current.OverrideAt(BootTimeProvider.Instance.GetTimestamp()));
        }

        await AssertExpiresAsync(one, one.Keys.Override, GuardOverride.MaxDuration);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Instances_that_know_an_override_are_counted_among_those_that_run(string server)
    {
        string name = servers.NewNamespace();
        await using StoreRig one = await CreateAsync(server, name),
            other = await CreateAsync(server, name);
        SnapshotStore command = one.NewStoreOfCommand();
        Assert.Null(await command.ReadReachAsync(null));

        // A command isn't one of those that run; what it sets is known to them when they say so at their next read but one.
        await command.SetOverrideAsync(new(true, "by hand", "ops", default), TimeSpan.FromMinutes(3));
        await AssertReachAsync(0, 2);
        await ReadAsync(one);
        await AssertReachAsync(0, 2);
        await ReadAsync(one);
        await AssertReachAsync(1, 2);
        Assert.Equal(new(1, 2), await one.Store.ReadReachAsync(one.Board.Current.Override));

        // Another one starts anew.
        await command.ClearOverrideAsync("ops");
        await ReadAsync(one);
        await AssertReachAsync(0, 2);
        await ReadAsync(one);
        await AssertReachAsync(1, 2);
        await AssertExpiresAsync(one, one.Keys.Instances, SnapshotStore.RunsFor);
        await AssertExpiresAsync(one, one.Keys.Reached, SnapshotStore.RunsFor);

        // What has not been heard of for a minute has ended; nobody's fleet has a thousand instances, nor text for a list of them.
        long now = (await one.ReadAsync()).Now;
        await one.Database.SortedSetAddAsync(one.Keys.Instances, "gone", now - 60_001);
        await AssertReachAsync(1, 2);
        await ReadAsync(one);
        Assert.Null(await one.Database.SortedSetScoreAsync(one.Keys.Instances, "gone"));
        await one.Database.SortedSetAddAsync(one.Keys.Instances, [.. Enumerable.Range(0, 1_001).Select(i => new SortedSetEntry(i, now))]);
        await one.Database.KeyDeleteAsync(one.Keys.Reached);
        await one.Database.StringSetAsync(one.Keys.Reached, "text");
        await ReadAsync(one);
        await AssertReachAsync(1, 1);

        async Task AssertReachAsync(int reached, int running) => Assert.Equal(new(reached, running), await command.ReadReachAsync(null));

        static async Task ReadAsync(StoreRig rig)
        {
            StoreReading reading = (await rig.Store.SyncAsync(wantLease: false, rig.Board.Current.Override))!;
            rig.Board.Publish(snapshot => SnapshotMerge.Merge(snapshot, reading));
        }
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Namespaces_endpoints_and_versions_live_side_by_side(string server)
    {
        string name = servers.NewNamespace();
        await using StoreRig one = await CreateAsync(server, name + "-a");
        await using StoreRig elsewhere = await CreateAsync(server, name + "-b");
        await using StoreRig wider = await CreateAsync(server, name + "-a", ("QDRANT_URL", "http://127.0.0.1:9"));
        StoreRig[] all = [one, elsewhere, wider];

        // Another version of the product with the same endpoints.
        StoreKeys keys = one.Keys;
        string V2(string key) => key.Replace(":v1:", ":v2:", StringComparison.Ordinal);
        await one.Database.HashSetAsync(
            V2(keys.Snapshot),
            "redis",
            one.TimestampedValue(TimeSpan.Zero, one.Record(DependencyStatus.Fail, "timeout"))
        );
        await one.Database.StringSetAsync(V2(keys.Lease), "another", TimeSpan.FromMinutes(1));
        await one.Database.StringSetAsync(V2(keys.Override), "of another shape");
        await one.Database.ListLeftPushAsync(V2(keys.Checks("redis")), "of another shape");

        Assert.Equal(3, all.Select(r => r.Keys.Snapshot).Distinct().Count());
        for (int i = 0; i < all.Length; i++)
        {
            StoreReading reading = await all[i].ReadAsync(wantLease: true);
            Assert.Equal((LeaseAnswer.Mine, null), (reading.Lease, reading.Override));
            Assert.All(reading.Records, Assert.Null);
            StoreWriting first = await all[i].WriteAsync(all[i].Record(sequence: i), null, TimeSpan.FromMinutes(16));
            await all[i].WriteAsync(all[i].Record(sequence: i), first.Stored);
            await all[i].Store.SetOverrideAsync(new(true, $"{i}", "", DateTimeOffset.UnixEpoch), TimeSpan.FromMinutes(1));
        }

        for (int i = 0; i < all.Length; i++)
        {
            await all[i].ReadAsync();
            Assert.Equal(
                (i, $"{i}", all[i].Instance),
                ((int)all[i].Known.Record!.Sequence, all[i].Board.Current.Override!.Value!.Reason, all[i].Known.Record!.Source)
            );
        }

        // Whoever opens a connection proves a write, to a key that expires.
        string[] found =
        [
            .. one
                .Database.Multiplexer.GetServers()[0]
                .Keys(pattern: $"*{name}-*")
                .Select(k => k.ToString())
                .Where(k => !k.EndsWith(":probe", StringComparison.Ordinal)),
        ];
        Assert.All(found, k => Assert.Matches($@"\A\{{{name}-[ab]\}}:v[12]:[0-9a-f]{{12}}(:|\z)", k));
        Assert.Equal(4 + (3 * 8), found.Length);
        Assert.Equal("of another shape", (string?)await one.Database.StringGetAsync(V2(keys.Override)));
        Assert.Equal("another", (string?)await one.Database.StringGetAsync(V2(keys.Lease)));
        Assert.Equal(1, await one.Database.ListLengthAsync(V2(keys.Checks("redis"))));
        Assert.Contains("\"fail\"", (string?)await one.Database.HashGetAsync(V2(keys.Snapshot), "redis"), StringComparison.Ordinal);
    }

    private static TheoryData<string, string> OnBoth(params string[] cases)
    {
        TheoryData<string, string> rows = [];
        foreach (string server in new[] { StoreServers.Redis, StoreServers.Embedded })
        {
            foreach (string row in cases)
            {
                rows.Add(server, row);
            }
        }

        return rows;
    }

    private Task<StoreRig> CreateAsync(string server, string? name = null, params (string Name, string Value)[] more) =>
        StoreRig.CreateAsync(servers.UrlOf(server), name ?? servers.NewNamespace(), more);

    private static Task PlantAsync(StoreRig rig, string planted)
    {
        string key = rig.Keys.Snapshot;
        Task Field(RedisValue value) => rig.Database.HashSetAsync(key, "redis", value);
        return planted switch
        {
            "absent" => Task.CompletedTask,
            "garbage" => Field("garbage"),
            "empty" => Field(""),
            "no UTF-8" => Field(new byte[] { 0xFF, 0xFE, 0x00, 0x20, 0x80 }),
            "stamp and no UTF-8" => Field((byte[])[.. "1700000000000 "u8, 0xC3, 0x28]),
            "too long" => Field(rig.TimestampedValue(TimeSpan.Zero) + new string(' ', 5000)),
            "string" => rig.Database.StringSetAsync(key, "not a hash"),
            "list" => rig.Database.ListLeftPushAsync(key, "not a hash"),
            "set" => rig.Database.SetAddAsync(key, "not a hash"),
            "newer version" => Field(rig.TimestampedValue(TimeSpan.Zero).Replace("\"v\":1", "\"v\":2", StringComparison.Ordinal)),
            "future" => Field(rig.TimestampedValue(TimeSpan.FromMinutes(10))),
            "expired" => Field(rig.TimestampedValue(-TimeSpan.FromMinutes(10))),
            "stamp only" => Field("1700000000000 "),
            "stamp beyond numbers" => Field("9999999999999999999999 {}"),
            _ => throw new ArgumentOutOfRangeException(nameof(planted), planted, null),
        };
    }

    private static async Task AssertExpiresAsync(StoreRig rig, string key, TimeSpan lifetime)
    {
        TimeSpan? left = await rig.Database.KeyTimeToLiveAsync(key);
        Assert.NotNull(left);
        Assert.InRange(left.Value, lifetime - TimeSpan.FromSeconds(3), lifetime);
    }

    private static long SequenceOf(string stored)
    {
        Assert.True(TimestampedValue.TrySplit(stored, out _, out ReadOnlySpan<char> body));
        Assert.True(RecordCodec.TryRead(body, out DependencyRecord? record));
        return record.Sequence;
    }
}
