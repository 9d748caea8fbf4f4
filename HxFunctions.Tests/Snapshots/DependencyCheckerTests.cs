using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Notifications;
using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Snapshots;

public sealed class DependencyCheckerTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ServiceProvider _services;

    public DependencyCheckerTests()
    {
        // As long as the probe of a check that brings no timeout: no confirmation fits.
        Dictionary<string, string?> variables = new() { ["GUARD_ROUTES"] = "/v1/keys=local", ["HEALTH_CHECK_TIMEOUT"] = "3" };
        ServiceCollection services = new();
        services
            .AddLogging()
            .AddSingleton<TimeProvider>(_time)
            .AddHxFunctions(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
        services
            .AddHealthChecks()
            .AddAsyncCheck(
                "local",
                async token =>
                {
                    _begun.SetResult();
                    await Task.Delay(Timeout.Infinite, token);
                    return HealthCheckResult.Healthy();
                }
            );
        _services = services.BuildServiceProvider();
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Theory]
    // Decided by for 2 + 3 s, known for 2 × 30 + 3 s.
    [InlineData(1, DependencyStatus.Pass)]
    [InlineData(10, DependencyStatus.Fail)]
    [InlineData(100, DependencyStatus.Fail)]
    public async Task Failure_without_time_to_confirm_it_carries_over_where_the_pass_before_may_be_decided_by(
        int age,
        DependencyStatus expected
    )
    {
        SnapshotBoard board = _services.GetRequiredService<SnapshotBoard>();
        DependencyRecord passed = new(
            new(DependencyStatus.Pass, Reasons.Ok, _time.GetUtcNow(), 5, 0),
            TimeSpan.Zero,
            _time.GetUtcNow(),
            1,
            "me"
        );
        board.Publish(s => s.With(0, new(passed, _time.GetTimestamp(), null)));
        _time.Advance(TimeSpan.FromSeconds(age));

        Task checking = NewChecker(board).CheckAsync();
        await _begun.Task;
        // The check has begun; its deadline may not have been set yet. In small steps: a check that takes a second more than it may leaves
        // no record.
        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(0.02));
            return checking.IsCompleted;
        });

        DependencyState state = board.Current.Dependencies[0].Record!.State;
        Assert.Equal((expected, 1), (state.Status, state.ConsecutiveFailures));
    }

    [Fact]
    public async Task Probe_during_which_the_process_stood_still_leaves_no_record()
    {
        SnapshotBoard board = _services.GetRequiredService<SnapshotBoard>();
        DependencyRecord passed = new(
            new(DependencyStatus.Pass, Reasons.Ok, _time.GetUtcNow(), 5, 0),
            TimeSpan.Zero,
            _time.GetUtcNow(),
            1,
            "me"
        );
        board.Publish(s => s.With(0, new(passed, _time.GetTimestamp(), null)));
        _time.Advance(TimeSpan.FromSeconds(2));

        // The probe may take 3 s, and the check 5.
        Task checking = NewChecker(board, TimeSpan.FromSeconds(5)).CheckAsync();
        await _begun.Task;
        _time.Advance(TimeSpan.FromSeconds(5.6));
        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(0.02));
            return checking.IsCompleted;
        });

        Assert.Same(passed, board.Current.Dependencies[0].Record);
    }

    private DependencyChecker NewChecker(SnapshotBoard board, TimeSpan? checkTimeout = null)
    {
        HxSettings settings = _services.GetRequiredService<HxSettings>();
        Dependency dependency = _services.GetRequiredService<DependencySet>()[0];
        DependencyProbe probe = new(
            dependency,
            _services.GetRequiredService<IServiceScopeFactory>(),
            _time,
            TaskScheduler.Default,
            _services.GetRequiredService<Redactor>(),
            TestMeter.New(),
            NullLogger<DependencyProbe>.Instance
        );
        return new(
            dependency,
            probe,
            new ProbeWarmUp(Task.CompletedTask),
            checkTimeout is { } timeout ? settings with { CheckTimeout = timeout } : settings,
            board,
            null,
            InstanceId.New(),
            _time,
            TaskScheduler.Default,
            _services.GetRequiredService<TransitionNotifier>(),
            TestMeter.New(),
            NullLogger<DependencyChecker>.Instance
        );
    }
}
