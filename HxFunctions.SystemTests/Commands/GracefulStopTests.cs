using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Configuration;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Commands;

/// <summary><c>hx serve</c> asked to end (SIGTERM) while it works: systemd and container engines send that first, and SIGKILL when they
/// lose patience.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public sealed class GracefulStopTests
{
    private const string Live = "GET /health/all?live=true";

    [Fact]
    public async Task Request_under_way_is_answered_new_ones_are_refused_and_the_lease_is_released()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        // The probe that hangs takes far longer than the two seconds that the command line gives other commands to end.
        await using HxProcess hx = Start(redis, qdrant, ("QDRANT_TIMEOUT", "6"), ("HEALTH_CHECK_TIMEOUT", "7"), ("HEALTH_FALL", "1"));
        Uri address = AddressIn(await hx.UntilPrintedAsync("listening on"));
        string lease = await LeaseAsync(redis, address);

        // From the first probe that timed out, every answer is the one that the request under way must get.
        qdrant.Mode = QdrantMode.Hang;
        await Eventually.TrueAsync(async () => (await RawHttp.SendAsync(address, "GET /health/all")).Status == 503);
        // Right after a check, the answer comes at once; the next one joins the check that hangs.
        Task<RawResponse> live = null!;
        await Eventually.TrueAsync(async () =>
        {
            live = RawHttp.SendAsync(address, Live);
            await Task.WhenAny(live, Task.Delay(Eventually.Silence));
            // Answered later than that one was asked: it isn't a busy machine that keeps it waiting.
            Assert.Equal(200, (await RawHttp.SendAsync(address, "GET /healthz/live")).Status);
            return !live.IsCompleted;
        });
        hx.Signal(ProcessTree.Terminate);
        Task<HxProcess.Ending> ended = hx.EndAsync();

        await Listening.UntilRefusedAsync(address);
        RawResponse answer = await live;
        Assert.Equal(503, answer.Status);
        JsonElement health = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal("fail", health.GetProperty("status").GetString());
        Assert.True(answer.Body.Contains("timeout", StringComparison.Ordinal), answer.Body);
        HxProcess.Ending ending = await ended;
        Assert.Equal((0, ""), (ending.Code, ending.Error));
        // By expiry it would have lasted for a check's deadline and a second more.
        Assert.Equal("0", await redis.CommandAsync("EXISTS", lease));
    }

    /// <summary>A caller that never reads its answer to the end, or never sends its request to the end, doesn't keep it.</summary>
    [Fact]
    public async Task Request_that_does_not_end_is_cut_off_at_the_deadline_and_the_lease_is_released_all_the_same()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using HxProcess hx = Start(
            redis,
            qdrant,
            ("PG_TIMEOUT", "0.5"),
            ("REDIS_TIMEOUT", "0.5"),
            ("QDRANT_TIMEOUT", "0.5"),
            ("HEALTH_CHECK_TIMEOUT", "1"),
            ("GUARD_MAX_STALENESS", "0.5"),
            ("WRAPPER_KEYS", "master=made-up-master-key")
        );
        Uri address = AddressIn(await hx.UntilPrintedAsync("listening on"));
        const string Key = "x-functions-key: made-up-master-key";
        string lease = await LeaseAsync(redis, address, Key);

        using TcpClient caller = new();
        await caller.ConnectAsync(address.Host, address.Port);
        await caller
            .GetStream()
            .WriteAsync(
                Encoding.ASCII.GetBytes(
                    "POST /override HTTP/1.1\r\nHost: test\r\nx-functions-key: made-up-master-key\r\n"
                        + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
                )
            );
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(200, (await RawHttp.SendAsync(address, "GET /healthz/live")).Status);
        }

        long since = Stopwatch.GetTimestamp();
        hx.Signal(ProcessTree.Terminate);
        HxProcess.Ending ending = await hx.EndAsync();

        Assert.Equal(0, ending.Code);
        Assert.InRange(
            Stopwatch.GetElapsedTime(since),
            TimeSpan.Zero,
            ServeCommand.ShutdownTimeout(new HxSettings { CheckTimeout = TimeSpan.FromSeconds(1) }) + TimeSpan.FromSeconds(15)
        );
        Assert.Equal("0", await redis.CommandAsync("EXISTS", lease));
    }

    private static HxProcess Start(RedisServer redis, QdrantSimulator qdrant, params (string, string?)[] more) =>
        HxProcess.Start(
            "serve --port 0",
            null,
            [("REDIS_URL", redis.Url), ("QDRANT_URL", qdrant.Url), ("GUARD_ROUTES", "/v1/keys=redis; /v1/rag=qdrant"), .. more]
        );

    /// <summary>Uses the guard until somebody holds the lease.</summary>
    /// <returns>Its key.</returns>
    private static async Task<string> LeaseAsync(RedisServer redis, Uri address, params string[] headers)
    {
        string key = "";
        await Eventually.TrueAsync(async () =>
        {
            RawResponse answer = await RawHttp.SendAsync(address, "GET /guard?path=/v1/keys", "", headers);
            key = await redis.CommandAsync("KEYS", "*:lease");
            return answer.Status == 200 && key.EndsWith(":lease", StringComparison.Ordinal);
        });
        return key;
    }

    private static Uri AddressIn(string line) => new(line.Split("listening on ")[1].Split(';')[0]);
}
