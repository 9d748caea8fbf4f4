using System.Diagnostics;
using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary>A URL with several hosts, before, during and after a failover between real servers.</summary>
public sealed class PostgresHostsTests
{
    /// <summary>npgsql #3610, #6483: a host that hangs used to take the whole deadline.</summary>
    [Fact]
    public async Task Hung_host_leaves_the_next_one_its_share_and_is_asked_last_from_then_on()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        using BacklogHole hole = await BacklogHole.OpenAsync();
        await using ProbeRig rig = ProbeRig.Postgres(Url(server, hole.Port, server.Port), interval: "4");
        await rig.PassesAsync();

        // The connection's life is over; the fresh one goes to the host that answered last.
        await Task.Delay(TimeSpan.FromSeconds(4.1));
        long since = Stopwatch.GetTimestamp();
        await rig.PassesAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(ProbeRig.Ample / 2));
    }

    [Fact]
    public async Task Host_that_refuses_logins_does_not_hide_the_next_one()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using PostgresServer other = await PostgresServer.StartAsync();
        await using ProbeRig rig = ProbeRig.Postgres(Url(server, other.Port, server.Port));
        await rig.PassesAsync();

        await using ProbeRig none = ProbeRig.Postgres($"postgresql://hx:another@127.0.0.1:{server.Port},127.0.0.1:1/hx");
        await none.FailsAsync(Reasons.AuthenticationFailed);
    }

    [Fact]
    public async Task Failover_to_a_promoted_standby_is_followed_without_a_restart()
    {
        await using PostgresServer primary = await PostgresServer.StartAsync();
        await using PostgresServer standby = await primary.StartStandbyAsync();
        string hosts = Url(primary, standby.Port, primary.Port);
        await using ProbeRig any = ProbeRig.Postgres(hosts);
        await using ProbeRig writer = ProbeRig.Postgres(hosts + "?target_session_attrs=read-write");
        await using ProbeRig master = ProbeRig.Postgres(hosts + "?target_session_attrs=primary");
        await using ProbeRig reader = ProbeRig.Postgres(hosts + "?target_session_attrs=prefer-standby");
        await any.WarnsAsync(Reasons.ReadOnly);
        await writer.PassesAsync();
        await master.PassesAsync();
        await reader.WarnsAsync(Reasons.ReadOnly);

        await primary.KillAsync();
        await writer.WarnsAsync(Reasons.ReadOnly);
        Assert.Equal(true, await standby.AdminAsync("SELECT pg_promote()"));
        await writer.PassesAsync();
        await master.PassesAsync();
        await any.PassesAsync();
        await reader.PassesAsync();
    }

    /// <summary>As libpq, which tries the hosts in the URL's order at every connect.</summary>
    [Fact]
    public async Task Primary_that_is_back_is_preferred_to_the_standby_that_answered_meanwhile()
    {
        await using PostgresServer primary = await PostgresServer.StartAsync();
        await using PostgresServer standby = await primary.StartStandbyAsync();
        await using ProbeRig rig = ProbeRig.Postgres(Url(primary, primary.Port, standby.Port));
        await rig.PassesAsync();

        await primary.KillAsync();
        await rig.WarnsAsync(Reasons.ReadOnly);
        await rig.WarnsAsync(Reasons.ReadOnly);
        await primary.StartAgainAsync();
        await rig.PassesAsync();

        await primary.HangAsync();
        await rig.WarnsAsync(Reasons.ReadOnly);
        await rig.WarnsAsync(Reasons.ReadOnly);
        await primary.ResumeAsync();
        await rig.RecoversAsync();
    }

    [Fact]
    public async Task Host_that_answered_last_and_turns_read_only_goes_back_to_its_place()
    {
        await using PostgresServer first = await PostgresServer.StartAsync();
        await using PostgresServer second = await PostgresServer.StartAsync(new() { Password = first.Password });
        await using ProbeRig rig = ProbeRig.Postgres(Url(first, first.Port, second.Port));
        await first.KillAsync();
        await rig.PassesAsync();

        await first.StartAgainAsync();
        await second.ReloadAsync("default_transaction_read_only", "on");
        await rig.PassesAsync();
    }

    [Fact]
    public async Task Last_host_that_hangs_leaves_the_answer_of_the_one_before_it()
    {
        await using PostgresServer primary = await PostgresServer.StartAsync();
        using BacklogHole hole = await BacklogHole.OpenAsync();
        await using ProbeRig rig = ProbeRig.Postgres(Url(primary, primary.Port, hole.Port) + "?target_session_attrs=prefer-standby");
        await rig.PassesAsync();
    }

    [Fact]
    public async Task Two_standbys_where_a_primary_is_asked_for_are_read_only()
    {
        await using PostgresServer primary = await PostgresServer.StartAsync();
        await using PostgresServer first = await primary.StartStandbyAsync();
        await using PostgresServer second = await primary.StartStandbyAsync();
        string hosts = Url(primary, first.Port, second.Port);
        await using ProbeRig writer = ProbeRig.Postgres(hosts + "?target_session_attrs=read-write");
        await writer.WarnsAsync(Reasons.ReadOnly);
        await using ProbeRig reader = ProbeRig.Postgres(hosts + "?target_session_attrs=standby");
        await reader.WarnsAsync(Reasons.ReadOnly);

        await using ProbeRig none = ProbeRig.Postgres(Url(primary, primary.Port, primary.Port) + "?target_session_attrs=standby");
        await none.FailsAsync(Reasons.NotReady);
    }

    [Fact]
    public async Task Standby_that_takes_no_logins_is_not_said_to_be_starting()
    {
        await using PostgresServer primary = await PostgresServer.StartAsync();
        await using PostgresServer standby = await primary.StartStandbyAsync();
        await standby.StopAsync();
        await File.AppendAllTextAsync(Path.Combine(standby.SocketDirectory, "data", "postgresql.auto.conf"), "hot_standby = off\n");
        // It will never be ready, which is what starting it waits for.
        Task starting = standby.StartAgainAsync();
        await using ProbeRig rig = ProbeRig.Postgres(standby.Url);
        await rig.TurnsAsync(DependencyStatus.Fail, Reasons.NotReady);
        Assert.Equal("hot_standby off", (await rig.ProbeAsync()).Detail);
        await standby.KillAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => starting);
    }

    [Fact]
    public async Task Address_without_a_route_is_told_from_one_that_does_not_answer()
    {
        // TCP has no route to a multicast address, whatever networks a machine is in: the kernel says so at once.
        await using ProbeRig rig = ProbeRig.Postgres("postgresql://hx:any@[ff02::1]/hx");
        await rig.FailsAsync(Reasons.NoRoute);
    }

    private static string Url(PostgresServer server, params int[] ports) =>
        $"postgresql://hx:{server.Password}@{string.Join(',', ports.Select(port => $"127.0.0.1:{port}"))}/hx";
}
