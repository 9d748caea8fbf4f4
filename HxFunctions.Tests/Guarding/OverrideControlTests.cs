using HxFunctions.Core.Guarding;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Tests.Guarding;

/// <summary>The operator's word without Redis, and with one that doesn't answer. With one that does: Integration/OverrideTests.</summary>
public class OverrideControlTests
{
    private static readonly GuardOverride Value = new(true, "maintenance", "ops", DateTimeOffset.UnixEpoch);

    [Fact]
    public async Task Without_Redis_it_counts_here_until_it_ends_or_is_cleared()
    {
        await using ServiceProvider services = Services([]);
        SnapshotBoard board = services.GetRequiredService<SnapshotBoard>();
        OverrideControl control = services.GetRequiredService<OverrideControl>();
        TimeProvider time = services.GetRequiredService<TimeProvider>();

        long before = time.GetTimestamp();
        Assert.Equal(OverrideOutcome.Taken, await control.SetAsync(Value, TimeSpan.FromMinutes(3)));
        Assert.Equal(Value, board.Current.OverrideAt(before));
        AssertLasts(TimeSpan.FromMinutes(3), before);

        before = time.GetTimestamp();
        Assert.Equal(OverrideOutcome.Taken, await control.ClearAsync("them"));
        Assert.NotNull(board.Current.Override);
        Assert.Null(board.Current.OverrideAt(before));
        AssertLasts(TimeSpan.FromHours(24), before);

        // At once: there is no loop here that would look.
        Assert.Equal(
            [
                "Override in effect: closed for 180 s, set by ops: maintenance",
                "Override cleared by them. It was closed, set by ops: maintenance",
            ],
            Told(services)
        );

        void AssertLasts(TimeSpan lasts, long from)
        {
            Assert.Equal("", board.Current.Override!.Raw);
            Assert.InRange(time.GetElapsedTime(from, board.Current.Override.EndsAt), lasts, lasts + time.GetElapsedTime(from));
        }
    }

    [Fact]
    public async Task Redis_that_does_not_take_it_leaves_everything_as_it_was()
    {
        // Nothing listens on the port.
        await using ServiceProvider services = Services(new() { ["REDIS_URL"] = "redis://127.0.0.1:1" });
        SnapshotBoard board = services.GetRequiredService<SnapshotBoard>();
        OverrideControl control = services.GetRequiredService<OverrideControl>();
        HealthSnapshot before = board.Current;

        Assert.Equal(OverrideOutcome.NotTaken, await control.SetAsync(Value, TimeSpan.FromMinutes(3)));
        Assert.Equal(OverrideOutcome.NotTaken, await control.ClearAsync("ops"));

        Assert.Same(before, board.Current);
        Assert.Empty(Told(services));
    }

    private static IEnumerable<string> Told(ServiceProvider services) =>
        services.GetFakeLogCollector().GetSnapshot().Where(r => r.Category == typeof(OverrideWatch).FullName).Select(r => r.Message);

    private static ServiceProvider Services(Dictionary<string, string?> variables)
    {
        variables["GUARD_ROUTES"] = "/v1/keys=" + (variables.Count == 0 ? "local" : "redis");
        ServiceCollection services = new();
        services.AddLogging().AddFakeLogging().AddHxFunctions(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
        services.AddHealthChecks().AddCheck("local", () => throw new InvalidOperationException("Nobody checks here."));
        return services.BuildServiceProvider();
    }
}
