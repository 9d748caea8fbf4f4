using System.Collections.Concurrent;
using System.Runtime.Versioning;
using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What the prober's connections cost the server, and that they don't hide what a new login would find.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class PostgresConnectionTests(ITestOutputHelper output)
{
    private const string Interval = "2";
    private const double Timeout = 1.5;
    private const string OurProcess = "SELECT max(pid) FROM pg_stat_activity WHERE usename = 'hx'";
    private static readonly TimeSpan OneInterval = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Changed_password_is_found_within_an_interval_though_a_connection_lives()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using ProbeRig rig = ProbeRig.Postgres(server.Url, Timeout, Interval);
        await rig.PassesAsync();
        await server.AdminAsync("ALTER ROLE hx PASSWORD 'changed'");
        Assert.Equal(1, await OursAsync(server));

        TimeSpan took = await rig.TurnsAsync(DependencyStatus.Fail, Reasons.AuthenticationFailed, OneInterval + TimeSpan.FromSeconds(2));
        output.WriteLine($"Found after {took.TotalSeconds:0.00} s with an interval of {Interval} s.");
        await server.AdminAsync($"ALTER ROLE hx PASSWORD '{server.Password}'");
        await rig.RecoversAsync();
    }

    /// <summary>The driver's data source is another one then; the connection of the one before is closed all the same.</summary>
    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Password_file_that_changes_is_followed_and_leaves_no_connection_behind()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        using ThrowAwayDirectory directory = new("hx-pgpass-");
        string file = Path.Combine(directory.Path, "passwords");
        await File.WriteAllTextAsync(file, $"*:*:*:*:{server.Password}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string url = $"postgresql://hx@127.0.0.1:{server.Port}/hx?passfile={Uri.EscapeDataString(file)}";
        await using ProbeRig rig = ProbeRig.Postgres(url, Timeout, Interval);
        await rig.PassesAsync();
        object? first = await server.AdminAsync(OurProcess);

        await server.AdminAsync("ALTER ROLE hx PASSWORD 'changed'");
        await File.WriteAllTextAsync(file, "*:*:*:*:changed\n");
        await Tests.Servers.Eventually.TrueAsync(async () =>
        {
            await rig.PassesAsync();
            return await OursAsync(server) == 1 && !Equals(await server.AdminAsync(OurProcess), first);
        });
    }

    [Fact]
    public async Task Instance_that_does_not_probe_holds_no_connection()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using ProbeRig rig = ProbeRig.Postgres(server.Url, Timeout, Interval);
        for (int i = 0; i < 3; i++)
        {
            await rig.PassesAsync();
        }

        Assert.Equal(1, await OursAsync(server));

        long stopped = System.Diagnostics.Stopwatch.GetTimestamp();
        while (await OursAsync(server) > 0)
        {
            Assert.True(
                System.Diagnostics.Stopwatch.GetElapsedTime(stopped) < OneInterval + TimeSpan.FromSeconds(2),
                "The connection was still there."
            );
            await Task.Delay(20);
        }

        output.WriteLine(
            $"Closed after {System.Diagnostics.Stopwatch.GetElapsedTime(stopped).TotalSeconds:0.00} s with an interval of {Interval} s."
        );
        await rig.PassesAsync();
    }

    [Fact]
    public async Task Hung_server_costs_two_connections_at_most_and_leaves_no_unobserved_exception()
    {
        Collect();
        ConcurrentBag<AggregateException> unobserved = [];
        void Note(object? sender, UnobservedTaskExceptionEventArgs e) => unobserved.Add(e.Exception);
        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            await using PostgresServer server = await PostgresServer.StartAsync();
            await using (ProbeRig rig = ProbeRig.Postgres(server.Url, ProbeRig.Short, Interval))
            {
                await rig.RecoversAsync();
                await server.HangAsync();
                for (int i = 0; i < 10; i++)
                {
                    await rig.FailsAsync(Reasons.Timeout, Reasons.StillRunning);
                    await Task.Delay(200);
                }

                await server.ResumeAsync();
                await rig.RecoversAsync();
                long ours = await OursAsync(server);
                output.WriteLine($"{ours} connections right after the recovery.");
                Assert.InRange(ours, 1, 2);
            }

            Collect();
            Assert.Empty(unobserved);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }
    }

    private static async Task<long> OursAsync(PostgresServer server) =>
        (long)(await server.AdminAsync("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hx' OR usename = 'hx'"))!;

    private static void Collect()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
