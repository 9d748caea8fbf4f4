using System.Net;
using System.Text.RegularExpressions;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.SystemTests.Integration;

/// <summary>A failover by DNS: the name moves to another address, and the old server is still alive there.</summary>
public sealed partial class MovedNameTests
{
    private const string Old = "127.0.0.1";
    private const string New = "127.0.0.2";

    [Fact]
    public async Task Http_dependency_is_asked_at_its_new_address_within_an_interval()
    {
        const double Interval = 4;
        int port = FreePort.Next();
        await using WebApplication servers = await ServeAsync(port, Old, New);
        using PrivateHosts hosts = new("moving.example.com", Old);
        await using HxProcess hx = HxProcess.StartAfter(
            hosts.Before,
            "serve --port 0",
            ("DEPENDENCIES", $"thing=http://{hosts.Name}:{port}/health"),
            ("GUARD_ROUTES", "/v1/rag=thing"),
            ("HEALTH_CHECK_INTERVAL", "4"),
            ("HEALTH_CHECK_TIMEOUT", "3"),
            ("GUARD_MAX_STALENESS", "0.2")
        );
        Uri address = new(Address().Match(await hx.UntilPrintedAsync("listening on")).Value);
        await UntilAsync(address, 200);

        hosts.Move(New);
        TimeSpan closed = await UntilAsync(address, 503);
        hosts.Move(Old);
        await UntilAsync(address, 200);
        // An interval for the connection, then a probe and its confirmation.
        Assert.InRange(closed, TimeSpan.Zero, TimeSpan.FromSeconds((1.1 * Interval) + 3));
    }

    [Fact]
    public async Task PostgreSQL_is_asked_at_its_new_address_within_an_interval()
    {
        const double Interval = 4;
        await using PostgresServer before = await PostgresServer.StartAsync();
        await using PostgresServer after = await PostgresServer.StartAsync(new() { Password = before.Password });
        // The old one is alive and well; what the new one says differs, so that it shows which of them was asked.
        await after.AdminAsync("ALTER ROLE hx CONNECTION LIMIT 0");
        await using FaultProxy address = FaultProxy.Start(after.Port, IPAddress.Parse(New), before.Port);
        using PrivateHosts hosts = new("database.example.com", Old);
        await using HxProcess hx = HxProcess.StartAfter(
            hosts.Before,
            "serve --port 0",
            ("PG_URL", $"postgresql://hx:{before.Password}@{hosts.Name}:{before.Port}/hx"),
            ("GUARD_ROUTES", "/v1/rag=postgres"),
            ("HEALTH_CHECK_INTERVAL", "4"),
            ("HEALTH_CHECK_TIMEOUT", "3.5"),
            ("GUARD_MAX_STALENESS", "0.2")
        );
        Uri served = new(Address().Match(await hx.UntilPrintedAsync("listening on")).Value);
        await UntilAsync(served, 200);

        hosts.Move(New);
        TimeSpan closed = await UntilAsync(served, 503);
        hosts.Move(Old);
        await UntilAsync(served, 200);
        // An interval for the connection, then a probe and its confirmation.
        Assert.InRange(closed, TimeSpan.Zero, TimeSpan.FromSeconds((1.1 * Interval) + 3.5));
    }

    [Fact]
    public async Task Address_of_a_name_that_hangs_leaves_time_for_the_next()
    {
        int port = FreePort.Next();
        await using WebApplication servers = await ServeAsync(port, New);
        // The resolver sorts it first: it is nearest to where a connection would come from (RFC 6724, section 6, rule 9).
        using BacklogHole hole = await BacklogHole.OpenAsync(IPAddress.Parse(Old), port);
        using PrivateHosts hosts = new("two.example.com", Old, New);
        await using HxProcess hx = HxProcess.StartAfter(
            hosts.Before,
            "check --json",
            ("DEPENDENCIES", $"thing=http://{hosts.Name}:{port}/health status:503"),
            ("ENABLE_DB_GUARD", "false")
        );
        long since = TimeProvider.System.GetTimestamp();
        HxProcess.Ending ending = await hx.EndAsync();
        Assert.True(ending.Code == 0, ending.Output + ending.Error);
        // Half of a probe's three seconds went to the first.
        Assert.True(TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(1.4));
    }

    [Fact]
    public async Task Address_of_Redis_that_hangs_leaves_time_for_the_next()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        int port = FreePort.Next();
        await using FaultProxy address = FaultProxy.Start(server.Port, IPAddress.Parse(New), port);
        using BacklogHole hole = await BacklogHole.OpenAsync(IPAddress.Parse(Old), port);
        using PrivateHosts hosts = new("cache.example.com", Old, New);
        await using HxProcess hx = HxProcess.StartAfter(
            hosts.Before,
            "check --json",
            ("REDIS_URL", $"redis://{hosts.Name}:{port}"),
            ("ENABLE_DB_GUARD", "false")
        );
        HxProcess.Ending ending = await hx.EndAsync();
        Assert.True(ending.Code == 0, ending.Output + ending.Error);
    }

    private static async Task<TimeSpan> UntilAsync(Uri address, int status)
    {
        long since = TimeProvider.System.GetTimestamp();
        while ((await RawHttp.SendAsync(address, "GET /guard?path=/v1/rag")).Status != status)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(20), $"Never {status}.");
            await Task.Delay(50);
        }

        return TimeProvider.System.GetElapsedTime(since);
    }

    /// <summary>Answers 200 at the old address and 503 at the new one.</summary>
    private static async Task<WebApplication> ServeAsync(int port, params string[] addresses)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                foreach (string address in addresses)
                {
                    kestrel.Listen(IPAddress.Parse(address), port);
                }
            });
        WebApplication servers = builder.Build();
        servers.Run(context =>
        {
            bool isOld = context.Connection.LocalIpAddress!.Equals(IPAddress.Parse(Old));
            context.Response.StatusCode = isOld ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        });
        await servers.StartAsync();
        return servers;
    }

    [GeneratedRegex(@"http://[0-9.:]+")]
    private static partial Regex Address();
}
