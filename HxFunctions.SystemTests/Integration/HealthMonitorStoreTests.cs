using System.Globalization;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Snapshots;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary>When an instance of a fleet reads, takes the lease, checks and gives it back, to the millisecond: real Redis, simulated
/// time.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class HealthMonitorStoreTests
{
    [Fact]
    public async Task Snapshot_is_read_every_staleness_when_nobody_uses_the_guard()
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(9.9);
        Assert.Equal(5, await rig.ScriptsAsync());
        Assert.Equal(("(nil)", StoreCondition.Usable), (await rig.LeaseAsync(), rig.Snapshot.Store));
        Assert.Empty(rig.Checks("local"));
    }

    [Fact]
    public async Task First_request_has_the_lease_taken_at_once()
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(4.05);
        Assert.False((await rig.AskAsync("/v1/keys").WaitAsync(Eventually.Patience)).Closed);
        Assert.Equal(rig.Instance, await rig.LeaseAsync());
        await rig.RunUntilAsync(9);
        Assert.Equal([4.05, 6.05, 8.05], rig.Checks("local"));
        // Reads at 0, 2 and 4 and then before each check, of which two records are stored.
        Assert.Equal(3 + 3 + 6, await rig.ScriptsAsync());
    }

    /// <summary>A demand that nobody answers is over after a staleness and a check timeout, 7 s.</summary>
    [Fact]
    public async Task Follower_asks_for_the_lease_ten_times_a_second_while_a_demand_lasts()
    {
        await using MonitorRig rig = await StartAsync(r => r.GiveLeaseToAnotherAsync());
        rig["local"].Hang();
        await rig.RunUntilAsync(4.05);
        Task<GuardDecision> decision = rig.AskAsync("/v1/keys");
        await rig.RunUntilAsync(5.04);
        Assert.False(decision.IsCompleted);
        await rig.RunUntilAsync(5.06);
        Assert.True((await decision.WaitAsync(Eventually.Patience)).Closed);
        await rig.RunUntilAsync(9.25);
        // At 0, 2 and 4, and from 4.05 to 9.25; the records of Redis and of what hung are its own.
        Assert.Equal(3 + 53 + 2, await rig.ScriptsAsync());
        Assert.Equal([4.35], rig.Checks("local"));
        await rig.RunUntilAsync(12);
        long before = rig.LeaseRequests("others");
        await rig.RunUntilAsync(14);
        // It is down: twice a second.
        Assert.Equal(4, rig.LeaseRequests("others") - before);
        Assert.Equal("another", await rig.LeaseAsync());
    }

    /// <summary>The lease only saves work: three tenths of a second after a request began to wait, and when a record is five to six seconds
    /// old, a follower checks by itself.</summary>
    [Fact]
    public async Task Follower_checks_by_itself_what_whoever_holds_the_lease_does_not()
    {
        await using MonitorRig rig = await StartAsync(r => r.GiveLeaseToAnotherAsync());
        await rig.RunUntilAsync(4.05);
        Task<GuardDecision> decision = rig.AskAsync("/v1/keys");
        await rig.RunUntilAsync(4.34);
        Assert.False(decision.IsCompleted);
        Assert.Empty(rig.Checks("local"));
        await rig.RunUntilAsync(4.36);
        Assert.False((await decision.WaitAsync(Eventually.Patience)).Closed);
        await rig.RunUntilAsync(9.34);
        Assert.Equal([4.35], rig.Checks("local"));
        await rig.RunUntilAsync(10.36);
        Assert.Equal(2, rig.Checks("local").Length);
        Assert.Equal("another", await rig.LeaseAsync());
    }

    [Fact]
    public async Task Follower_checks_nothing_while_records_of_another_keep_coming()
    {
        await using MonitorRig rig = await StartAsync(r => r.GiveLeaseToAnotherAsync());
        for (double now = 0.5; now < 20; now += 2)
        {
            await rig.RunUntilAsync(now);
            await KnowAsync(rig, "redis", "local");
            rig.Knowledge.NoteUse(rig.Time.GetTimestamp());
        }

        Assert.Empty(rig.Checks("local"));
    }

    [Fact]
    public async Task Follower_that_waits_takes_the_lease_when_it_is_given_back()
    {
        await using MonitorRig rig = await StartAsync(r => r.GiveLeaseToAnotherAsync());
        await rig.RunUntilAsync(4.05);
        Task<GuardDecision> decision = rig.AskAsync("/v1/keys");
        await rig.RunUntilAsync(4.2);
        await rig.Redis.CommandAsync("DEL", rig.Keys.Lease);
        await rig.RunUntilAsync(4.27);
        Assert.False((await decision.WaitAsync(Eventually.Patience)).Closed);
        Assert.Equal([4.25], rig.Checks("local"));
    }

    [Fact]
    public async Task Leader_that_lost_its_lease_checks_no_more_until_it_has_it_again_or_its_record_is_old()
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(1);
        await rig.AskAsync("/v1/keys");
        await rig.RunUntilAsync(5.6);
        await rig.GiveLeaseToAnotherAsync();
        await rig.RunUntilAsync(11.4);
        // At 7 it does not know yet.
        Assert.Equal([1, 3, 5, 7], rig.Checks("local"));
        await rig.Redis.CommandAsync("DEL", rig.Keys.Lease);
        await rig.RunUntilAsync(15.9);
        double[] checks = rig.Checks("local");
        Assert.Equal([1, 3, 5, 7], checks[..4]);
        // Five to six seconds after the last one, and then as ever.
        Assert.Equal(6, checks.Length);
        Assert.InRange(checks[4], 12, 13);
        Assert.Equal(2, checks[5] - checks[4], 0.001);
        Assert.Equal((5, 3), (rig.LeaseRequests("mine"), rig.LeaseRequests("others")));
    }

    /// <summary>Whether it has checked before makes no difference: the other's record is the newer one.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task New_leader_goes_on_at_the_pace_of_the_one_before(bool checkedBefore)
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(0.6);
        if (checkedBefore)
        {
            await rig.CheckAllAsync(byTimer: false);
        }

        await rig.GiveLeaseToAnotherAsync();
        await rig.RunUntilAsync(3);
        await KnowAsync(rig, "local");
        await rig.Redis.CommandAsync("DEL", rig.Keys.Lease);
        rig.Knowledge.NoteUse(rig.Time.GetTimestamp());
        await rig.RunUntilAsync(8);
        // It was read at 3, or 4.6. The other's probe had begun a millisecond before.
        Assert.Equal([4.999, 6.999], rig.Checks("local").Where(c => c > 1));
        Assert.Equal(rig.Instance, await rig.LeaseAsync());
    }

    [Fact]
    public async Task Lease_is_given_back_when_an_interval_has_passed_since_the_last_use()
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(1);
        await rig.CheckAllAsync(byTimer: true);
        await rig.AskAsync("/v1/keys");
        await rig.RunUntilAsync(31.1);
        Assert.Equal(rig.Instance, await rig.LeaseAsync());
        // In use to the last moment of the interval.
        Assert.Equal(31, rig.Checks("local")[^1]);
        await rig.RunUntilAsync(33.1);
        Assert.Equal("(nil)", await rig.LeaseAsync());
        await rig.RunUntilAsync(40);
        Assert.Equal(31, rig.Checks("local")[^1]);
        Assert.Equal("(nil)", await rig.LeaseAsync());
    }

    [Fact]
    public async Task What_is_needed_and_down_keeps_the_lease_beyond_the_interval()
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(1);
        await rig.AskAsync("/v1/keys");
        rig["local"].IsDown = true;
        await rig.RunUntilAsync(37.1);
        Assert.Equal(37, rig.Checks("local")[^1]);
        Assert.Equal(rig.Instance, await rig.LeaseAsync());
    }

    [Fact]
    public async Task Override_that_another_instance_set_is_known_at_the_next_read()
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(1);
        GuardOverride closed = new(true, "why", "who", DateTimeOffset.UnixEpoch);
        long now = rig.Time.GetUtcNow().ToUnixTimeMilliseconds();
        string value = string.Create(CultureInfo.InvariantCulture, $"{now + 300_000} {{\"set\":{now},{OverrideCodec.Write(closed)[1..]}");
        await rig.Redis.CommandAsync("SET", rig.Keys.Override, value);
        await rig.RunUntilAsync(1.9);
        Assert.Null(rig.Snapshot.Override);
        await rig.RunUntilAsync(2.1);
        Assert.Equal(closed, rig.Snapshot.Override?.Value);
    }

    [Fact]
    public async Task Read_under_way_at_the_end_leaves_no_lease_behind()
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(1);
        await rig.Redis.HangAsync();
        Task<GuardDecision> waiting = rig.AskAsync("/v1/keys");
        await rig.Time.CallAsync();
        Task stopped = rig.Monitor.StopAsync(CancellationToken.None);
        await Eventually.NotEndedAsync(stopped);
        await rig.Redis.ResumeAsync();
        await stopped.WaitAsync(Eventually.Patience);
        Assert.Equal("(nil)", await rig.LeaseAsync());
        rig.Time.Advance(GuardKnowledge.MaxWait);
        await waiting.WaitAsync(Eventually.Patience);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Check_of_everything_out_of_use_takes_the_lease_and_gives_it_back(bool byTimer)
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(1);
        rig["local"].Hang();
        Task checking = rig.CheckAllAsync(byTimer);
        await rig.RunUntilAsync(2.9);
        // The loop, which finds nobody using the guard, leaves it as long as the check lasts.
        Assert.Equal(rig.Instance, await rig.LeaseAsync());
        rig["local"].LetGo();
        await checking;
        Assert.Equal("(nil)", await rig.LeaseAsync());
        Assert.Equal(DependencyStatus.Pass, rig.Snapshot.Dependencies[0].Record!.State.Status);
        // Two reads, two records, and giving it back.
        Assert.Equal(5, await rig.ScriptsAsync());
        await rig.RunUntilAsync(5.1);
        await rig.CheckAllAsync(byTimer);
        Assert.Equal([1, 5.1], rig.Checks("local"));
    }

    [Fact]
    public async Task Check_of_everything_in_use_keeps_the_lease_and_leaves_out_what_is_fresh()
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(1);
        await rig.AskAsync("/v1/keys");
        await rig.RunUntilAsync(2.9);
        await rig.CheckAllAsync(byTimer: true);
        Assert.Equal([1], rig.Checks("local"));
        Assert.Equal(rig.Instance, await rig.LeaseAsync());
    }

    /// <summary>Who holds it is checking. The timer gives it a staleness for that; people don't wait.</summary>
    [Theory]
    [InlineData(true, false, 3.0)]
    [InlineData(true, true, null)]
    [InlineData(false, false, 1.0)]
    [InlineData(false, true, null)]
    public async Task Check_of_everything_while_another_has_the_lease(bool byTimer, bool known, double? checkedAt)
    {
        await using MonitorRig rig = await StartAsync(async r =>
        {
            await r.GiveLeaseToAnotherAsync();
            if (known)
            {
                await KnowAsync(r, "redis", "local");
            }
        });
        await rig.RunUntilAsync(1);
        Task checking = rig.CheckAllAsync(byTimer);
        if (byTimer)
        {
            await rig.RunUntilAsync(2.9);
            Assert.False(checking.IsCompleted);
            await rig.RunUntilAsync(3.1);
        }

        await checking;
        Assert.Equal(checkedAt is { } at ? [at] : [], rig.Checks("local"));
        Assert.Equal("another", await rig.LeaseAsync());
    }

    /// <summary>Of the other's records what is no longer recent is checked, though it holds the lease.</summary>
    [Fact]
    public async Task Check_of_everything_renews_what_the_holder_of_the_lease_let_grow_old()
    {
        await using MonitorRig rig = await StartAsync(async r =>
        {
            await r.GiveLeaseToAnotherAsync();
            await KnowAsync(r, "redis", "local");
        });
        await rig.RunUntilAsync(6);
        await rig.CheckAllAsync(byTimer: false);
        Assert.Empty(rig.Checks("local"));
        // Five reads; nothing is stored, and no lease given back.
        Assert.Equal(5, await rig.ScriptsAsync());
        await rig.RunUntilAsync(8.1);
        await rig.CheckAllAsync(byTimer: false);
        Assert.Equal([8.1], rig.Checks("local"));
    }

    [Fact]
    public async Task Check_of_everything_asks_again_when_the_read_under_way_did_not_ask_for_the_lease()
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(1.9);
        rig["local"].Hang();
        await rig.Redis.HangAsync();
        await rig.Time.RunToTimersAsync(TimeSpan.FromSeconds(2));
        await rig.Time.CallAsync();
        Task checking = rig.CheckAllAsync(byTimer: false);
        Assert.Empty(rig.Checks("local"));
        await rig.Redis.ResumeAsync();
        await Eventually.TrueAsync(() => rig["local"].Count == 1);
        Assert.Equal(rig.Instance, await rig.LeaseAsync());
        rig["local"].LetGo();
        await checking;
        Assert.Equal("(nil)", await rig.LeaseAsync());
    }

    /// <summary>It refuses the scripts, or what they write.</summary>
    [Theory]
    [InlineData("eval", "no_answer")]
    [InlineData("set", "denied")]
    public async Task Everything_is_checked_at_the_guards_pace_when_Redis_works_but_is_no_store(string command, string outcome)
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(1);
        await rig.AskAsync("/v1/keys");
        await rig.RunUntilAsync(1.6);
        await rig.PermitAsync("-" + command);
        await rig.RunUntilAsync(3.1);
        Assert.Equal(StoreCondition.Unusable, rig.Snapshot.Store);
        await rig.RunUntilAsync(9.9);
        Assert.Equal([1, 3, 5, 7, 9], rig.Checks("local"));
        await rig.PermitAsync("+" + command);
        await rig.RunUntilAsync(15.9);
        Assert.Equal([1, 3, 5, 7, 9, 11, 13, 15], rig.Checks("local"));
        string why = command == "eval" ? "store_unusable: +eval" : "it refuses writes";
        Assert.Equal(["Snapshot store: Usable.", $"Snapshot store: Unusable ({why}).", "Snapshot store: Usable."], rig.Told);
        Assert.Equal((4, 4), (rig.LeaseRequests("mine"), rig.LeaseRequests(outcome)));
        Assert.Equal((StoreCondition.Usable, rig.Instance), (rig.Snapshot.Store, await rig.LeaseAsync()));
    }

    /// <summary>A first read that is late would otherwise hide for good what someone has to mend.</summary>
    [Fact]
    public async Task Each_reason_for_which_the_store_cannot_be_used_is_logged_once_until_it_is_usable_again()
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(1);
        await rig.AskAsync("/v1/keys");
        await rig.RunUntilAsync(1.6);
        for (int i = 0; i < 2; i++)
        {
            await rig.PermitAsync("-set");
            await rig.RunUntilAsync(4.1 + (9 * i));
            await rig.PermitAsync("-eval");
            await rig.RunUntilAsync(7.1 + (9 * i));
            await rig.PermitAsync("+eval");
            await rig.RunUntilAsync(8.6 + (9 * i));
            await rig.PermitAsync("+set");
            await rig.RunUntilAsync(10.1 + (9 * i));
        }

        string[] outage =
        [
            "Snapshot store: Unusable (it refuses writes).",
            "Snapshot store: Unusable (store_unusable: +eval).",
            "Snapshot store: Usable.",
        ];
        Assert.Equal(["Snapshot store: Usable.", .. outage, .. outage], rig.Told);
    }

    [Fact]
    public async Task Alone_Redis_is_checked_at_the_guards_pace_and_every_eight_seconds_what_rules_need()
    {
        await using MonitorRig rig = await StartAsync(
            "/v1/keys=redis,behind; /v1/teams=local; /v1/pair=first,second",
            null,
            "local",
            "behind",
            "first",
            "second",
            "spare"
        );
        rig["first"].IsDown = rig["second"].IsDown = true;
        await rig.RunUntilAsync(1);
        await rig.AskAsync("/v1/keys");
        await rig.RunUntilAsync(1.6);
        await rig.PermitAsync("-eval", "-set");
        await rig.RunUntilAsync(41);

        Assert.Equal(
            (StoreCondition.Unusable, DependencyStatus.Fail),
            (rig.Snapshot.Store, rig.Snapshot.Dependencies[0].Record!.State.Status)
        );
        // At 1, 3, 5 and so on to 41.
        Assert.Equal(21, rig.Snapshot.Dependencies[0].Record!.Sequence);
        // The failed store is found at 3, when all are checked once more. No rule needs the last; whether a route is closed by another
        // makes no difference.
        Assert.Equal([1, 3], rig.Checks("spare"));
        foreach (string name in new[] { "local", "behind", "first", "second" })
        {
            double[] checks = rig.Checks(name);
            Assert.Equal([1, 3], checks[..2]);
            // Up to a fifth earlier, so that a fleet doesn't check in step.
            Assert.All(checks[1..].Zip(checks[2..], (last, next) => next - last), gap => Assert.InRange(gap, 6.399, 8.001));
            Assert.InRange(checks[^1], 33, 41);
        }
    }

    /// <summary>However often people ask; whoever asks meanwhile waits for the one under way.</summary>
    [Fact]
    public async Task Check_that_people_ask_for_begins_once_a_staleness_at_most()
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(1);
        rig["local"].Hang();
        Task first = rig.CheckAllAsync(byTimer: false);
        await Eventually.TrueAsync(() => rig["local"].Count == 1);
        Task second = rig.CheckAllAsync(byTimer: false);
        Assert.False(second.IsCompleted);
        rig["local"].LetGo();
        await first;
        await second;
        await rig.RunUntilAsync(2.9);
        await rig.CheckAllAsync(byTimer: false);
        Assert.Equal([1], rig.Checks("local"));
        await rig.RunUntilAsync(3.1);
        await rig.CheckAllAsync(byTimer: false);
        Assert.Equal([1, 3.1], rig.Checks("local"));
    }

    /// <summary>The loop checks at a pace that spares the dependencies then; people get what they ask for.</summary>
    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 3)]
    public async Task Timer_leaves_all_but_Redis_to_the_loop_while_it_is_alone_and_in_use(bool byTimer, int checks)
    {
        await using MonitorRig rig = await StartAsync();
        await rig.RunUntilAsync(1);
        await rig.AskAsync("/v1/keys");
        await rig.RunUntilAsync(1.6);
        await rig.PermitAsync("-eval", "-set");
        await rig.RunUntilAsync(8.9);
        long before = rig.Snapshot.Dependencies[0].Record!.Sequence;
        await rig.CheckAllAsync(byTimer);
        Assert.Equal(checks, rig["local"].Count);
        // It was checked at 7.
        Assert.Equal(before, rig.Snapshot.Dependencies[0].Record!.Sequence);
    }

    [Fact]
    public async Task Timer_checks_everything_while_it_is_alone_and_out_of_use()
    {
        await using MonitorRig rig = await StartAsync(r => r.PermitAsync("-eval", "-set"));
        await rig.RunUntilAsync(1);
        await rig.CheckAllAsync(byTimer: true);
        Assert.Equal([1], rig.Checks("local"));
        Assert.Equal(DependencyStatus.Fail, rig.Snapshot.Dependencies[0].Record!.State.Status);
    }

    [Fact]
    public async Task Request_before_the_first_read_waits_for_it()
    {
        await using MonitorRig rig = await StartAsync(r => r.Redis.HangAsync());
        await rig.Time.CallAsync();
        Task<GuardDecision> waiting = rig.AskAsync("/v1/keys");
        Assert.False(waiting.IsCompleted);
        await rig.Redis.ResumeAsync();
        await rig.RunUntilAsync(0.3);
        Assert.False((await waiting.WaitAsync(Eventually.Patience)).Closed);
    }

    /// <summary>Before the first read an override may be in effect that nobody here knows.</summary>
    [Fact]
    public async Task Redis_that_was_never_read_is_asked_ten_times_a_second_while_a_request_waits()
    {
        await using MonitorRig rig = await StartAsync(r => r.PermitAsync("-eval"));
        rig["local"].Hang();
        await rig.RunUntilAsync(1.05);
        Task<GuardDecision> waiting = rig.AskAsync("/v1/keys");
        await rig.RunUntilAsync(1.31);
        Assert.Equal(StoreCondition.Unusable, rig.Snapshot.Store);
        await rig.PermitAsync("+eval");
        await rig.RunUntilAsync(1.43);
        Assert.Equal(StoreCondition.Usable, rig.Snapshot.Store);
        rig["local"].LetGo();
        await rig.RunUntilAsync(2.1);
        await waiting.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Redis_that_was_read_before_is_tried_every_staleness_though_a_request_waits()
    {
        await using MonitorRig rig = await StartAsync();
        rig["local"].Hang();
        await rig.RunUntilAsync(2.1);
        await rig.PermitAsync("-eval");
        await rig.RunUntilAsync(4.15);
        Task<GuardDecision> waiting = rig.AskAsync("/v1/keys");
        await rig.PermitAsync("+eval");
        await rig.RunUntilAsync(5.1);
        Assert.Equal(StoreCondition.Unusable, rig.Snapshot.Store);
        await rig.RunUntilAsync(6.1);
        Assert.Equal(StoreCondition.Usable, rig.Snapshot.Store);
        await waiting.WaitAsync(Eventually.Patience);
    }

    private static Task<MonitorRig> StartAsync(Func<MonitorRig, Task>? before = null) =>
        StartAsync("/v1/keys=redis,local", before, "local");

    private static async Task<MonitorRig> StartAsync(string routes, Func<MonitorRig, Task>? before, params string[] checks)
    {
        MonitorRig rig = await MonitorRig.CreateAsync(routes, checks);
        if (before is not null)
        {
            await before(rig);
        }

        await rig.StartAsync();
        return rig;
    }

    /// <summary>Passes that another instance has just seen.</summary>
    private static async Task KnowAsync(MonitorRig rig, params string[] dependencies)
    {
        DependencyState state = new(DependencyStatus.Pass, "ok", DateTimeOffset.UnixEpoch, 1, 0);
        string record = RecordCodec.Write(new(state, TimeSpan.FromMilliseconds(1), DateTimeOffset.UnixEpoch, 1, "another"));
        string value = string.Create(CultureInfo.InvariantCulture, $"{rig.Time.GetUtcNow().ToUnixTimeMilliseconds()} {record}");
        foreach (string dependency in dependencies)
        {
            await rig.Redis.CommandAsync("HSET", rig.Keys.Snapshot, dependency, value);
        }
    }
}
