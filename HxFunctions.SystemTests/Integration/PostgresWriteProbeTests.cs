using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary><c>PG_WRITE_PROBE</c> on servers that answer every question and take no write.</summary>
public sealed class PostgresWriteProbeTests
{
    private const string Table =
        "CREATE TABLE hx_probe (id text PRIMARY KEY, at timestamptz NOT NULL); GRANT SELECT, INSERT, UPDATE ON hx_probe TO hx";

    [Fact]
    public async Task Row_is_written_once_per_machine_and_a_missing_table_or_grant_is_a_warning()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using ProbeRig rig = ProbeRig.Postgres(server.Url, writes: true);
        await rig.WarnsAsync(Reasons.PermissionDenied);
        await server.InDatabaseAsync(Table.Replace("INSERT, ", "", StringComparison.Ordinal));
        await rig.WarnsAsync(Reasons.PermissionDenied);
        await server.InDatabaseAsync("GRANT INSERT ON hx_probe TO hx");
        for (int i = 0; i < 5; i++)
        {
            await rig.PassesAsync();
        }

        Assert.Equal(1L, await server.InDatabaseAsync("SELECT count(*) FROM hx_probe"));
    }

    [Fact]
    public async Task Table_that_somebody_else_holds_says_nothing_of_writes()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await server.InDatabaseAsync(Table);
        await using ProbeRig rig = ProbeRig.Postgres(server.Url, writes: true);
        Task holding = server.InDatabaseAsync("BEGIN; LOCK TABLE hx_probe; SELECT pg_sleep(6); COMMIT");
        await Eventually.TrueAsync(async () =>
            Equals(true, await server.AdminAsync("SELECT EXISTS (SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted)"))
        );
        await rig.PassesAsync();
        await holding;
    }

    [Fact]
    public async Task Commit_that_waits_for_a_lost_standby_closes_writes_and_leaves_one_backend_at_most()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await server.InDatabaseAsync(Table);
        await using ProbeRig writes = ProbeRig.Postgres(server.Url, writes: true);
        await using ProbeRig reads = ProbeRig.Postgres(server.Url);
        await writes.PassesAsync();
        await server.ReloadAsync("synchronous_standby_names", "nosuch");
        for (int i = 0; i < 3; i++)
        {
            ProbeOutcome outcome = await writes.ProbeAsync();
            Assert.Equal(
                (DependencyStatus.Warn, Reasons.NotWritable, "no_synchronous_standby"),
                (outcome.Status, outcome.Reason, outcome.Detail)
            );
            Assert.InRange((long)(await server.AdminAsync("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"))!, 0, 1);
        }

        // Without the switch nothing is promised of writes.
        await reads.PassesAsync();
        await server.ReloadAsync("synchronous_standby_names", null);
        await writes.RecoversAsync();
        await Eventually.TrueAsync(async () =>
            Equals(0L, await server.AdminAsync("SELECT count(*) FROM pg_stat_activity WHERE usename = 'hx' AND state = 'active'"))
        );
    }

    [Fact]
    public async Task Full_disk_closes_writes_until_there_is_room()
    {
        await using PostgresServer server = await PostgresServer.StartAsync(new() { DiskSize = "96m" });
        await server.InDatabaseAsync(Table);
        await using ProbeRig rig = ProbeRig.Postgres(server.Url, writes: true);
        await rig.PassesAsync();

        await server.FillDiskAsync();
        ProbeOutcome outcome = await rig.ProbeAsync();
        Assert.Equal((DependencyStatus.Warn, Reasons.NotWritable, "disk_full"), (outcome.Status, outcome.Reason, outcome.Detail));
        server.EmptyDisk();
        await rig.RecoversAsync();
    }
}
