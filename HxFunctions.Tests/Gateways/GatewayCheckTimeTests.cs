using System.Collections.Concurrent;
using HxFunctions.Cli.Gateways;
using HxFunctions.Core.Routing;
using HxFunctions.Tests.Servers;
using Microsoft.Extensions.Time.Testing;
using static HxFunctions.Tests.Gateways.GatewayStandIn;

namespace HxFunctions.Tests.Gateways;

/// <summary>Deadlines of a check, limits of rate, and what the guard adds in time.</summary>
public class GatewayCheckTimeTests
{
    [Fact]
    public async Task Limited_rate_is_waited_for_and_then_told()
    {
        ConcurrentDictionary<string, bool> asked = [];
        string limited = RawServer.Say(429, more: "Retry-After: 0\r\n");
        // Each ask is refused once.
        await using RawServer patient = RawServer.Start(head => asked.TryAdd(head, true) ? limited : Good(head));
        await using RawServer never = RawServer.Start(head =>
            RawServer.TargetOf(head).Contains('%', StringComparison.Ordinal) ? limited : Good(head)
        );

        GatewayCheckResult waited = await CheckAsync(patient),
            told = await CheckAsync(never);

        Assert.True(waited.IsGood, GatewayWords.Headline(waited));
        Assert.False(told.IsGood);
        Assert.True(told.Count(CanaryVerdict.RateLimited) > 5);
    }

    [Fact]
    public async Task Gateway_that_hangs_ends_with_the_first_ask()
    {
        FakeTimeProvider time = new();
        await using RawServer gateway = RawServer.Start(_ => new TaskCompletionSource<string?>().Task);

        GatewayCheckResult result = await TurnAsync(time, () => !gateway.Heads.IsEmpty, CheckAsync(gateway, time: time));

        Assert.Equal((false, CanaryVerdict.Silent), (result.IsGood, result.Plain.Verdict));
        Assert.Equal("The gateway gave no answer: no answer within 5 s.", GatewayWords.Headline(result));
        Assert.Single(gateway.Heads);
    }

    /// <summary>Where every disguise hangs, all of it ends in twelve times the patience, and what wasn't asked is told.</summary>
    [Fact]
    public async Task All_of_it_has_a_deadline()
    {
        FakeTimeProvider time = new();
        DateTimeOffset began = time.GetUtcNow();
        int hung = 0;
        await using RawServer gateway = RawServer.Start(head =>
            RawServer.TargetOf(head) is Canary.Path or CanarySpellings.Neighbour || IsOpenPath(head)
                ? Task.FromResult<string?>(Good(head))
                : HangAsync()
        );

        GatewayCheckResult result = await TurnAsync(time, () => hung > 0, CheckAsync(gateway, time: time));

        Assert.Equal((false, true), (result.IsGood, result.IsOutOfTime));
        Assert.True(result.Count(CanaryVerdict.Silent) > 0 && result.Count(CanaryVerdict.NotAsked) > 0);
        // Four at once, each for five of sixty seconds.
        Assert.True(hung is > 12 and <= 4 * 13, $"{hung}");
        Assert.True(time.GetUtcNow() - began < TimeSpan.FromSeconds(80), $"{time.GetUtcNow() - began}");

        Task<string?> HangAsync()
        {
            Interlocked.Increment(ref hung);
            return new TaskCompletionSource<string?>().Task;
        }
    }

    [Fact]
    public async Task Added_time_is_measured_in_turns_on_kept_connections()
    {
        List<string> order = [];
        await using RawServer gateway = RawServer.Start(head => Noted("through", head));
        await using RawServer backend = RawServer.Start(head => Noted("direct", head));

        GatewayCheckResult result = await CheckAsync(gateway, direct: backend);

        Assert.True(result.IsGood, GatewayWords.Headline(result));
        Assert.Equal((TimeComparison.Asks, 200, 200), (result.Time!.Asks, result.Time.ThroughStatus, result.Time.DirectStatus));
        Assert.True(result.Time.Through > TimeSpan.Zero && result.Time.Direct > TimeSpan.Zero);
        // The first two through the gateway are the check's own.
        Assert.Equal(Enumerable.Repeat(new[] { "through", "direct" }, TimeComparison.Asks + 1).SelectMany(pair => pair), order.Skip(2));
        Assert.Equal(1, backend.Connections);
        Assert.DoesNotContain(backend.Heads, head => head.Contains("X-Gateway-Key", StringComparison.Ordinal));
        Assert.All(gateway.Heads, head => Assert.Contains("\r\nX-Gateway-Key: made-up-key", head, StringComparison.Ordinal));

        string Noted(string who, string head)
        {
            if (IsOpenPath(head))
            {
                lock (order)
                {
                    order.Add(who);
                }
            }

            return Good(head);
        }
    }

    [Fact]
    public async Task Other_answers_of_the_two_are_told_and_a_dead_one_fails()
    {
        await using RawServer gateway = RawServer.Start(Good);
        await using RawServer locked = RawServer.Start(_ => RawServer.Say(401));
        await using RawServer dead = RawServer.Start(_ => (string?)null);

        GatewayCheckResult unlike = await CheckAsync(gateway, direct: locked),
            none = await CheckAsync(gateway, direct: dead);

        Assert.True(unlike.IsGood);
        Assert.Contains("200 through the gateway, 401 without", GatewayWords.Advice(unlike.Time!), StringComparison.Ordinal);
        Assert.False(none.IsGood);
        Assert.Equal("--direct: the connection was closed without an answer", GatewayWords.Found(none.Time!));
    }

    /// <summary>Lets time pass once the check has come to where it hangs: until then it has all the time of a busy machine.</summary>
    private static async Task<GatewayCheckResult> TurnAsync(FakeTimeProvider time, Func<bool> hangs, Task<GatewayCheckResult> checking)
    {
        await Eventually.TrueAsync(hangs);
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return checking.IsCompleted;
        });
        return await checking;
    }
}
