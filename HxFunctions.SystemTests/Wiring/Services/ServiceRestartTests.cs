using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Wiring;
using HxFunctions.Wiring.Services;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.SystemTests.Wiring.Services;

public sealed class ServiceRestartTests : IDisposable
{
    private const string Service = "litellm.service";
    private const string Wrapper = "hx-gateway-ml.service";

    private readonly SystemctlStandIn _standIn = new();
    private readonly LivelinessListener _listener = new();
    private readonly HttpClient _http = ServiceRestart.CreateClient();
    private readonly List<WireStep> _steps = [];

    /// <summary>A letter for each step: pass, fail, skipped.</summary>
    private string Results =>
        new([
            .. _steps.Select(step =>
                step.Result switch
                {
                    StepResult.Pass => 'p',
                    StepResult.Fail => 'F',
                    _ => 's',
                }
            ),
        ]);

    private WireStep Failure => _steps.First(step => step.Result == StepResult.Fail);

    [Fact]
    public async Task Services_that_come_up_and_stay_up_pass_each_step_in_order()
    {
        _listener.Answer = served => served < 3 ? "503 Service Unavailable" : "200 OK";

        Assert.True(await Restart(gateway: new(_listener.Address, "/base/")).RestartAsync(default));

        Assert.Equal("pppppp", Results);
        Assert.Equal(
            [
                "systemctl daemon-reload",
                "restart litellm.service",
                "litellm.service answers /health/liveliness",
                "litellm.service stays up for 0.2 s",
                "restart hx-gateway-ml.service",
                "hx-gateway-ml.service stays up for 0.2 s",
            ],
            _steps.Select(step => step.Name)
        );
        Assert.Equal(["daemon-reload", "restart litellm.service", "restart hx-gateway-ml.service"], _standIn.Changes);
        Assert.Equal("GET /base/health/liveliness HTTP/1.1", _listener.LastRequestLine);
        Assert.All(_steps, step => Assert.Null(step.Advice));
        Assert.InRange(_steps[3].Duration, TimeSpan.FromSeconds(0.2), Eventually.Patience);
    }

    [Fact]
    public async Task Service_without_a_wrapper_is_restarted_alone()
    {
        Assert.True(await Restart(wrapper: null).RestartAsync(default));

        Assert.Equal("pppp", Results);
        Assert.Equal(["daemon-reload", "restart litellm.service"], _standIn.Changes);
    }

    public static TheoryData<string, string, string, string> Failures =>
        new()
        {
            { "reload", "Fsssss", "bus broken", "journalctl -b" },
            { "missing", "pFssss", "systemd does not know litellm.service", "list-unit-files" },
            { "masked", "pFssss", "is masked", "systemctl unmask" },
            { "fail", "pFssss", "exit code 1: Job failed", "journalctl -u litellm.service -n 50" },
            { "dies", "ppFsss", "failed (failed), result exit-code, exit status 1", "journalctl -u litellm.service -n 50" },
            { "loop", "ppFsss", "crash loop: systemd has restarted it 3 times", "journalctl -u litellm.service -n 50" },
            { "loop-alive", "pppFss", "crash loop: it exited and systemd restarted it", "journalctl -u litellm.service -n 50" },
            { "silent-later", "pppFss", "no longer answers /health/liveliness: 500", "journalctl -u litellm.service -n 50" },
            { "wrapper-fail", "ppppFs", "exit code 1: Job failed", "journalctl -u hx-gateway-ml.service -n 50" },
            { "wrapper-dies", "pppppF", "failed (failed), result exit-code", "journalctl -u hx-gateway-ml.service -n 50" },
            { "wrapper-loop", "pppppF", "crash loop", "journalctl -u hx-gateway-ml.service -n 50" },
        };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Failure_ends_the_run_with_what_to_do_and_skips_the_rest(string what, string results, string detail, string advice)
    {
        switch (what)
        {
            case "reload":
                _standIn.FailDaemonReload("bus broken");
                break;
            case "missing":
                _standIn.Forget(Service);
                break;
            case "masked":
                _standIn.Mask(Service);
                break;
            case "fail":
                _standIn.FailRestart(Service, "Job failed");
                break;
            case "dies":
                _standIn.DieAfterStart(Service);
                _listener.Dispose();
                break;
            case "loop":
                _standIn.CrashLoop(Service);
                _listener.Dispose();
                break;
            case "loop-alive":
                _standIn.CrashLoop(Service);
                break;
            case "silent-later":
                _listener.Answer = served => served == 0 ? "200 OK" : "500 Internal Server Error";
                break;
            case "wrapper-fail":
                _standIn.FailRestart(Wrapper, "Job failed");
                break;
            case "wrapper-dies":
                _standIn.DieAfterStart(Wrapper);
                break;
            case "wrapper-loop":
                _standIn.CrashLoop(Wrapper);
                break;
        }

        Assert.False(await Restart().RestartAsync(default));

        Assert.Equal(results, Results);
        Assert.Contains(detail, Failure.Detail, StringComparison.Ordinal);
        Assert.Contains(advice, Failure.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("503 Service Unavailable", "503")]
    [InlineData("302 Found", "302")]
    [InlineData("204 No Content", "204")]
    [InlineData(null, "connection_refused")]
    public async Task Service_that_does_not_answer_200_fails_at_the_timeout_with_its_last_answer(string? answer, string told)
    {
        _listener.Answer = _ => answer!;
        Uri gateway = answer is null ? new($"http://127.0.0.1:{FreePort.Next()}") : _listener.Address;
        FakeTimeProvider time = new();
        Task<bool> run = Restart(gateway: gateway, time: time).RestartAsync(default);

        // Asked for its state after the first answer.
        await Eventually.TrueAsync(() =>
            _standIn.Calls is [.., _, var restart, var show]
            && restart.StartsWith("restart", StringComparison.Ordinal)
            && show.StartsWith("show", StringComparison.Ordinal)
        );
        time.Advance(TimeSpan.FromSeconds(30));

        Assert.False(await run);
        Assert.Equal("ppFsss", Results);
        Assert.Equal($"not done within the 30 s for all steps (--timeout); the last answer was {told}", Failure.Detail);
        Assert.Equal(TimeSpan.FromSeconds(30), Failure.Duration);
        Assert.Contains("journalctl -u litellm.service -n 50", Failure.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hanging_restart_ends_at_the_timeout()
    {
        _standIn.HangRestart(Service);
        FakeTimeProvider time = new();
        Task<bool> run = Restart(time: time).RestartAsync(default);
        await Eventually.TrueAsync(() => _standIn.Sleeper > 0);

        time.Advance(TimeSpan.FromSeconds(30));

        Assert.False(await run);
        Assert.Equal("pFssss", Results);
        Assert.Contains("--timeout", Failure.Detail, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => ProcessTree.IsOver(_standIn.Sleeper));
    }

    [Fact]
    public async Task Cancelled_run_throws()
    {
        _standIn.HangRestart(Service);
        using CancellationTokenSource cancelled = new();
        Task<bool> run = Restart().RestartAsync(cancelled.Token);
        await Eventually.TrueAsync(() => _standIn.Sleeper > 0);

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task Restart_of_both_restarts_the_wrapper_even_when_the_service_stays_down()
    {
        _standIn.FailDaemonReload("bus broken");
        _standIn.DieAfterStart(Service);
        _listener.Dispose();

        Assert.False(await Restart().RestartBothAsync(default));

        Assert.Equal("FpFspp", Results);
    }

    /// <summary>Else systemd may refuse it: the crash loop may have used up the starts that it grants.</summary>
    [Fact]
    public async Task Failed_unit_is_reset_before_it_is_restarted_and_a_running_one_only_on_the_way_back()
    {
        _standIn.DieAfterStart(Service);
        _listener.Dispose();
        Assert.False(await Restart(wrapper: null).RestartAsync(default));
        Assert.Equal(["daemon-reload", $"restart {Service}"], _standIn.Changes);

        Assert.False(await Restart(wrapper: null).RestartAsync(default));
        Assert.Equal(["daemon-reload", $"reset-failed {Service}", $"restart {Service}"], _standIn.Changes.Skip(2));

        _standIn.Mend(Service);
        _standIn.FailRestart(Service, "Job failed");
        Assert.False(await Restart(wrapper: null).RestartBothAsync(default));
        Assert.Equal(["daemon-reload", $"reset-failed {Service}", $"restart {Service}"], _standIn.Changes.Skip(5));
    }

    [Fact]
    public async Task Long_wait_is_told_with_what_it_is_for()
    {
        _listener.Answer = _ => "503 Service Unavailable";
        FakeTimeProvider time = new();
        List<(string What, TimeSpan Elapsed)> waits = [];
        Task<bool> run = Restart(time: time, waiting: (what, elapsed) => waits.Add((what, elapsed))).RestartAsync(default);
        await Eventually.TrueAsync(() =>
            _standIn.Calls is [.., var restart, var show]
            && restart.StartsWith("restart", StringComparison.Ordinal)
            && show.StartsWith("show", StringComparison.Ordinal)
        );

        time.Advance(TimeSpan.FromSeconds(15));
        await Eventually.TrueAsync(() => waits.Count == 1);
        time.Advance(TimeSpan.FromSeconds(15));

        Assert.False(await run);
        Assert.Equal(("litellm.service answers /health/liveliness; the last answer was 503", TimeSpan.FromSeconds(15)), waits[0]);
    }

    public void Dispose()
    {
        _http.Dispose();
        _listener.Dispose();
        _standIn.Dispose();
    }

    private static UnitName Unit(string text) =>
        UnitName.TryParse(text, out UnitName? name, out _) ? name : throw new InvalidOperationException();

    private ServiceRestart Restart(
        Uri? gateway = null,
        string? wrapper = Wrapper,
        TimeProvider? time = null,
        Action<string, TimeSpan>? waiting = null
    )
    {
        ServiceOptions options = new(
            Unit(Service),
            wrapper is null ? null : Unit(wrapper),
            gateway ?? _listener.Address,
            TimeSpan.FromSeconds(30)
        )
        {
            Settling = TimeSpan.FromSeconds(0.2),
            Poll = TimeSpan.FromMilliseconds(20),
            TryTimeout = TimeSpan.FromMinutes(1),
        };
        time ??= TimeProvider.System;
        return new(new(_standIn.Program, TimeSpan.FromMinutes(1), new Redactor([]), time), options, _http, time, _steps.Add, waiting);
    }
}
