using System.Globalization;
using System.Net;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Integration;

/// <summary>
/// A guard that is hardly used: the first answer after a change is right, and waits a second at most. Times are scaled down: the gap
/// between requests is longer than an interval, so that nobody checks at the guard's pace, and without the timer longer than records count.
/// </summary>
[Collection(MeasuredCollection.Name)]
public sealed class IdleTests(ITestOutputHelper output)
{
    private const double Interval = 2;
    private const double CheckTimeout = 1.2;
    private const double Staleness = 0.3;

    /// <summary>Two timer runs fit into it, which is what rising takes.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds((2.5 * Interval) + CheckTimeout);

    /// <summary>Checks go on for an interval after the last request; then what is known grows too old to decide by, but does not expire
    /// yet.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(Interval + Staleness + CheckTimeout + 1);

    /// <summary>Longer than 2 × interval + check timeout: what was known has expired.</summary>
    private static readonly TimeSpan Expired = TimeSpan.FromSeconds((2 * Interval) + CheckTimeout + 0.5);

    private static readonly TimeSpan LongestAnswer = GuardKnowledge.LongestWait + Fleet.Slack;

    private static readonly string[] Dependencies = ["postgres", "redis"];

    private enum Change
    {
        None,
        Killed,
        Hung,
        Recovered,
    }

    [Fact]
    public Task First_answer_after_a_change_is_right_with_the_timer_running() =>
        AllAsync(
            Enum.GetValues<Change>(),
            (server, change) => CaseAsync(server, change, Gap, timers: true, unused: change == Change.Recovered)
        );

    // What failed stays failed until it has risen or expired: recovery is not to be seen at the first answer.
    [Fact]
    public Task First_answer_after_a_change_is_right_though_the_timer_is_dead_and_knowledge_is_stale() =>
        AllAsync(
            [Change.None, Change.Killed, Change.Hung],
            (server, change) => CaseAsync(server, change, Stale, timers: false, unused: false)
        );

    [Fact]
    public Task First_answer_after_a_change_is_right_though_the_timer_is_dead_and_everything_expired() =>
        AllAsync(Enum.GetValues<Change>(), (server, change) => CaseAsync(server, change, Expired, timers: false, unused: true));

    /// <summary>All cases at once: each has its own servers, and nearly all of the time is waiting.</summary>
    private static async Task AllAsync(IEnumerable<Change> changes, Func<string, Change, Task> run) =>
        await Task.WhenAll(Dependencies.SelectMany(_ => changes, (server, change) => Task.Run(() => run(server, change))));

    /// <param name="unused">
    /// Ask an instance that has never been asked and knows only what is stored. One that was asked looks again by itself when what it knows
    /// expires, and watches what it saw fail for ten minutes. </param>
    private async Task CaseAsync(string dependency, Change change, TimeSpan gap, bool timers, bool unused)
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        await using RedisServer redis = await RedisServer.StartAsync();
        (Func<Task> kill, Func<Task> start, Func<Task> hang) =
            dependency == "postgres"
                ? ((Func<Task>)postgres.KillAsync, (Func<Task>)(() => postgres.StartAgainAsync()), (Func<Task>)postgres.HangAsync)
                : (redis.KillAsync, () => redis.StartAgainAsync(), redis.HangAsync);
        if (change == Change.Recovered)
        {
            await kill();
        }

        Dictionary<string, string?> variables = Variables(postgres, redis);
        HxInstance hx = await HxInstance.StartAsync(variables, timers ? null : WithoutTimers);
        try
        {
            await hx.UntilAsync(change == Change.Recovered ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK, Eventually.Patience);
            if (unused)
            {
                await hx.DisposeAsync();
                hx = await HxInstance.StartAsync(variables, timers ? null : WithoutTimers);
            }

            await Task.Delay(gap);
            await (
                change switch
                {
                    Change.Killed => kill(),
                    Change.Hung => hang(),
                    Change.Recovered => start(),
                    _ => Task.CompletedTask,
                }
            );
            // The timer can't have seen it when it has just happened.
            if (timers)
            {
                await Task.Delay(gap);
            }

            HxInstance.Answer answer = await hx.GuardAsync();
            string what = string.Create(
                CultureInfo.InvariantCulture,
                $"{dependency} {change}, {(timers ? "timer" : "no timer")}: {(int)answer.Status} after "
                    + $"{answer.Took.TotalMilliseconds:0} ms {answer.Body}"
            );
            output.WriteLine(what);
            bool open = change is Change.Recovered or Change.None;
            Assert.True(answer.Status == (open ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable), what);
            Assert.True(answer.Took < LongestAnswer, what);
        }
        finally
        {
            await hx.DisposeAsync();
        }
    }

    private static Dictionary<string, string?> Variables(PostgresServer postgres, RedisServer redis) =>
        new()
        {
            ["PG_URL"] = postgres.Url,
            ["REDIS_URL"] = redis.Url,
            ["PG_TIMEOUT"] = "1",
            ["REDIS_TIMEOUT"] = "1",
            ["QDRANT_TIMEOUT"] = "1",
            ["HEALTH_CHECK_TIMEOUT"] = CheckTimeout.ToString(CultureInfo.InvariantCulture),
            ["HEALTH_CHECK_INTERVAL"] = Interval.ToString(CultureInfo.InvariantCulture),
            ["GUARD_MAX_STALENESS"] = Staleness.ToString(CultureInfo.InvariantCulture),
        };

    private static void WithoutTimers(IServiceCollection services) => services.WithoutTimer();
}
