using HxFunctions.Core.Guarding;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Snapshots;

/// <summary>What an instance logs of an override, by what it comes to know. Who set it, and where, makes no difference.</summary>
public sealed class OverrideWatchTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeLogCollector _log = new();
    private readonly SnapshotBoard _board;
    private readonly OverrideWatch _watch;

    public OverrideWatchTests()
    {
        _board = new(new([], null, StoreCondition.Untried, new(0, 0, 0, -1, _time.TimestampFrequency)));
        _watch = new(_board, _time, new FakeLogger<OverrideWatch>(_log));
    }

    [Fact]
    public void Override_is_told_once_with_verdict_who_why_and_for_how_long()
    {
        Assert.Null(_watch.Look());
        long endsAt = Know(new(true, "maintenance", "ops", default), 599.2);
        Assert.Equal(endsAt, _watch.Look());
        Assert.Equal(endsAt, _watch.Look());

        FakeLogRecord told = Assert.Single(_log.GetSnapshot());
        Assert.Equal((LogLevel.Warning, "Override in effect: closed for 600 s, set by ops: maintenance"), (told.Level, told.Message));
        Assert.Equal(
            ("closed", "600", "ops", "maintenance"),
            (
                told.GetStructuredStateValue("Verdict"),
                told.GetStructuredStateValue("Seconds"),
                told.GetStructuredStateValue("By"),
                told.GetStructuredStateValue("Reason")
            )
        );
    }

    [Fact]
    public void Clearing_is_told_once_with_who_did_it()
    {
        Know(new(false, "wrong", "ops", default), 60);
        _watch.Look();
        Know(null, 86_400, stamp: 2, clearedBy: "them");
        Assert.Null(_watch.Look());
        Assert.Null(_watch.Look());
        Assert.Equal((LogLevel.Warning, "Override cleared by them. It was open, set by ops: wrong"), Told()[^1]);
        Assert.Equal(2, Told().Length);
    }

    [Fact]
    public void End_of_its_time_is_told_once_and_is_no_warning()
    {
        Know(new(true, "maintenance", "ops", default), 60);
        _watch.Look();
        _time.Advance(TimeSpan.FromSeconds(60) - TimeSpan.FromTicks(1));
        Assert.NotNull(_watch.Look());
        Assert.Single(Told());
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(_watch.Look());
        // By now Redis has none either.
        _board.Publish(s => s with { Override = null });
        Assert.Null(_watch.Look());
        Assert.Equal((LogLevel.Information, "Override expired. It was closed, set by ops: maintenance"), Told()[^1]);
        Assert.Equal(2, Told().Length);
    }

    [Fact]
    public void Override_in_the_place_of_another_is_told_as_well()
    {
        GuardOverride same = new(true, "maintenance", "ops", default);
        Know(same, 60, stamp: 1);
        _watch.Look();
        Know(same with { Closed = false }, 60, stamp: 2);
        _watch.Look();
        // The same words again, for longer.
        Know(same with { Closed = false }, 600, stamp: 3);
        _watch.Look();
        Assert.Equal(["closed for 60 s", "open for 60 s", "open for 600 s"], Told().Select(t => t.Message.Split(": ")[1].Split(',')[0]));
    }

    /// <summary>Its end is reckoned anew then, so that what is stored differs.</summary>
    [Fact]
    public void Override_that_Redis_lost_and_got_back_is_no_news()
    {
        Know(new(true, "maintenance", "ops", default), 60, stamp: 7);
        _watch.Look();
        OverrideKnowledge known = _board.Current.Override!;
        _board.Publish(s => s with { Override = known with { EndsAt = known.EndsAt + 3, Raw = "9" + known.Raw } });
        Assert.Equal(known.EndsAt + 3, _watch.Look());
        Assert.Single(Told());
    }

    [Fact]
    public void Note_of_something_cleared_before_the_start_is_no_news()
    {
        Assert.Null(_watch.Look());
        Know(null, 86_400, clearedBy: "them");
        Assert.Null(_watch.Look());
        Assert.Empty(Told());
    }

    [Fact]
    public void Override_that_was_over_before_the_start_is_no_news()
    {
        Know(new(true, "maintenance", "ops", default), 0);
        Assert.Null(_watch.Look());
        Assert.Empty(Told());
    }

    [Theory]
    [InlineData("ops\r\nError: all is lost", "ops  Error: all is lost")]
    [InlineData("\u001b[2Kops\u202e", " [2Kops ")]
    [InlineData("", "(no name)")]
    [InlineData(" \t", "(no name)")]
    public void Words_are_on_one_line_in_the_message_and_in_what_is_exported(string by, string told)
    {
        Know(new(true, "a\nb\u2028c", by, default), 60);
        _watch.Look();
        Know(null, 86_400, stamp: 2, clearedBy: by);
        _watch.Look();
        Know(new(true, "a\nb", by, default), 60, stamp: 3);
        _watch.Look();
        _time.Advance(TimeSpan.FromSeconds(60));
        _watch.Look();

        Assert.Equal(
            [
                $"Override in effect: closed for 60 s, set by {told}: a b c",
                $"Override cleared by {told}. It was closed, set by {told}: a b c",
                $"Override in effect: closed for 60 s, set by {told}: a b",
                $"Override expired. It was closed, set by {told}: a b",
            ],
            Told().Select(t => t.Message)
        );
        Assert.All(_log.GetSnapshot().SelectMany(r => r.StructuredState!), pair => Assert.DoesNotContain(pair.Value!, char.IsControl));
    }

    /// <summary>The loop would look again after 2 s at the earliest.</summary>
    [Fact]
    public async Task Loop_wakes_up_when_an_override_ends()
    {
        SimulatedTime time = new();
        ServiceCollection services = new();
        services
            .AddLogging()
            .AddFakeLogging()
            .AddSingleton<TimeProvider>(time)
            .AddHxFunctions(new ConfigurationBuilder().AddInMemoryCollection([new("GUARD_ROUTES", "/v1/keys=local")]).Build());
        new SharedCheck(time: time).AddTo(services);
        await using ServiceProvider provider = services.BuildServiceProvider();
        HealthMonitor monitor = provider.GetRequiredService<HealthMonitor>();
        await monitor.StartAsync(CancellationToken.None);
        await time.RunUntilAsync(TimeSpan.FromSeconds(10.1));

        await provider.GetRequiredService<OverrideControl>().SetAsync(new(true, "maintenance", "ops", default), TimeSpan.FromSeconds(0.5));
        await time.RunUntilAsync(TimeSpan.FromSeconds(10.59));
        Assert.Equal([2301], Ids());
        await time.RunUntilAsync(TimeSpan.FromSeconds(10.62));
        Assert.Equal([2301, 2303], Ids());
        await monitor.StopAsync(CancellationToken.None);

        IEnumerable<int> Ids() =>
            provider.GetFakeLogCollector().GetSnapshot().Where(r => r.Category == typeof(OverrideWatch).FullName).Select(r => r.Id.Id);
    }

    /// <returns>When it ends.</returns>
    private long Know(GuardOverride? value, double seconds, long stamp = 1, string? clearedBy = null)
    {
        long endsAt = _time.GetTimestamp() + (long)(seconds * _time.TimestampFrequency);
        _board.Publish(s => s with { Override = new(value, endsAt, $"1 {{\"set\":{stamp},\"v\":1}}", clearedBy) });
        return endsAt;
    }

    private (LogLevel Level, string Message)[] Told() => [.. _log.GetSnapshot().Select(r => (r.Level, r.Message))];
}
