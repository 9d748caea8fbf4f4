using System.Globalization;
using System.Net;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Integration;

namespace HxFunctions.SystemTests.Faults;

/// <summary>
/// The process is stopped (SIGSTOP), as a frozen container or a machine that is moved, while PostgreSQL dies. CLOCK_MONOTONIC goes on
/// meanwhile (clock_gettime(2)), so that what was known is as old as it is.
/// </summary>
public sealed class CombinedPauseTests
{
    private const string Quick = "quick";
    private const string Defaults = "defaults";

    /// <summary>
    /// Shorter than what an instance on its own may go by (4.8 s with the quick paces) and longer than the rest; then longer than the lease
    /// (2.5 s) and the records (7.5 s). <c>HX_LONG_PAUSES=1</c> adds a whole minute, and pauses of an instance with the defaults.
    /// </summary>
    public static TheoryData<string, double> Pauses =>
        Environment.GetEnvironmentVariable("HX_LONG_PAUSES") == "1"
            ? new()
            {
                { Quick, 60 },
                { Defaults, 10 },
                { Defaults, 34 },
                { Defaults, 60 },
            }
            : new()
            {
                { Quick, 2.5 },
                { Quick, 4 },
                { Quick, 9 },
            };

    [Theory, MemberData(nameof(Pauses))]
    public async Task Paused_process_never_opens_by_what_it_knew_before(string paces, double seconds)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        (string, string)[] more =
        [
            ("PG_URL", postgres.Url),
            ("GUARD_ROUTES", "/v1/keys=redis,postgres; /v1/teams=postgres"),
            ("WRAPPER_LOG_LEVEL", "WARNING"),
        ];
        Dictionary<string, string?> variables = Fleet.Variables(redis.Url, more);
        if (paces == Defaults)
        {
            foreach (
                string name in variables
                    .Keys.Where(k =>
                        k.EndsWith("_TIMEOUT", StringComparison.Ordinal) || k is "HEALTH_CHECK_INTERVAL" or "GUARD_MAX_STALENESS"
                    )
                    .ToList()
            )
            {
                variables.Remove(name);
            }
        }

        await using HxChild hx = await HxChild.StartAsync(variables);
        await hx.UntilAsync(HttpStatusCode.OK);
        await AskedAsync(hx, 20);

        await hx.PauseAsync();
        await postgres.KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(seconds - 1));
        // These wait in its sockets, and are the first that it sees.
        Task<HttpStatusCode[]> waiting = AskedAsync(hx, 6);
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.False(waiting.IsCompleted);
        hx.Resume();
        HttpStatusCode[] first = await waiting,
            next = await AskedAsync(hx, 6);
        Assert.True(
            first.Concat(next).All(s => s == HttpStatusCode.ServiceUnavailable),
            string.Create(CultureInfo.InvariantCulture, $"after {seconds} s: {string.Join(' ', first)}, then {string.Join(' ', next)}")
        );

        await postgres.StartAgainAsync();
        await hx.UntilAsync(HttpStatusCode.OK);
    }

    private static Task<HttpStatusCode[]> AskedAsync(HxChild hx, int times) =>
        Task.WhenAll(
            Enumerable.Range(0, times).Select(i => hx.GuardAsync(i % 2 == 0 ? "/v1/teams" : "/v1/keys", i % 3 == 0 ? "GET" : "POST"))
        );
}
