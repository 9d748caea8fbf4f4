using System.Diagnostics;
using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Wiring.Services;

namespace HxFunctions.SystemTests.Wiring.Services;

public sealed class SystemctlTests : IDisposable
{
    private readonly SystemctlStandIn _standIn = new();

    private Systemctl Systemctl => new(_standIn.Program, Eventually.Patience, new Redactor(["hunter2"]), TimeProvider.System);

    private static UnitName Unit => UnitName.TryParse("litellm", out UnitName? name, out _) ? name : throw new InvalidOperationException();

    [Fact]
    public async Task Calls_have_fixed_arguments()
    {
        Assert.True((await Systemctl.DaemonReloadAsync(default)).Ok);
        Assert.True((await Systemctl.RestartAsync(Unit, default)).Ok);
        (UnitState? state, SystemctlResult result) = await Systemctl.ShowAsync(Unit, default);

        Assert.True(result.Ok);
        Assert.Equal(("active", "running", 0, 5000001), (state!.ActiveState, state.SubState, state.Restarts, state.MainPid));
        Assert.Equal(
            [
                "daemon-reload --no-pager --no-ask-password",
                "restart --no-pager --no-ask-password -- litellm.service",
                $"show --no-pager --no-ask-password --property={UnitState.Properties} -- litellm.service",
            ],
            _standIn.Calls
        );
    }

    [Fact]
    public async Task Program_gets_none_of_our_variables()
    {
        _standIn.OnRestart("litellm.service", "env > \"$state/environment\"");

        await Systemctl.RestartAsync(Unit, default);

        IEnumerable<string> names = File.ReadAllLines(_standIn.StateFile("environment")).Select(line => line.Split('=')[0]);
        Assert.Subset(
            new HashSet<string>([
                "PATH",
                "LC_ALL",
                "SYSTEMD_COLORS",
                "SYSTEMD_URLIFY",
                "DBUS_SYSTEM_BUS_ADDRESS",
                "SYSTEMD_IGNORE_CHROOT",
                "PWD",
                "OLDPWD",
                "SHLVL",
                "_",
            ]),
            names.ToHashSet()
        );
        Assert.Contains("LC_ALL=C", File.ReadAllLines(_standIn.StateFile("environment")));
    }

    [Theory]
    [InlineData("Job for litellm.service failed.", "Job for litellm.service failed.", "journalctl -u litellm.service -n 50")]
    [InlineData("a\u001b[31mred\r\nsecond\tline", "a [31mred second line", "journalctl")]
    [InlineData("postgresql://hx:hunter2@db/hx and hunter2", "*** and ***", "journalctl")]
    [InlineData("Failed to restart litellm.service: Interactive authentication required.", "Interactive", "as root")]
    [InlineData("Failed to restart litellm.service: Unit litellm.service not found.", "not found", "list-unit-files")]
    [InlineData("Failed to connect to bus: No such file or directory", "bus", "--no-restart")]
    public async Task Failure_is_told_in_one_clean_line_with_advice(string says, string told, string advice)
    {
        _standIn.FailRestart("litellm.service", says);

        SystemctlResult result = await Systemctl.RestartAsync(Unit, default);

        Assert.False(result.Ok);
        Assert.Contains(told, result.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(result.Detail, char.IsControl);
        Assert.DoesNotContain("hunter2", result.Detail, StringComparison.Ordinal);
        Assert.Contains(advice, result.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endless_message_is_bounded()
    {
        _standIn.FailRestart("litellm.service", string.Concat(Enumerable.Repeat("word ", 100_000)));

        SystemctlResult result = await Systemctl.RestartAsync(Unit, default);

        Assert.False(result.Ok);
        Assert.InRange(result.Detail.Length, 100, 400);
    }

    [Fact]
    public async Task Unit_that_is_missing_or_masked_and_a_machine_without_systemd_have_advice_of_their_own()
    {
        _standIn.Forget("litellm.service");
        Assert.Contains("list-unit-files", (await Systemctl.ShowAsync(Unit, default)).Result.Advice, StringComparison.Ordinal);

        _standIn.Mend("litellm.service");
        _standIn.Mask("litellm.service");
        Assert.Contains("unmask litellm.service", (await Systemctl.ShowAsync(Unit, default)).Result.Advice, StringComparison.Ordinal);

        _standIn.NotBooted();
        SystemctlResult result = await Systemctl.DaemonReloadAsync(default);
        Assert.Contains("not been booted", result.Detail, StringComparison.Ordinal);
        Assert.Contains("--no-restart", result.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("signal", 9, "failed (failed), result signal, killed by signal 9 (SIGKILL)")]
    [InlineData("oom-kill", 9, "failed (failed), result oom-kill (out of memory), killed by signal 9 (SIGKILL)")]
    public async Task Process_that_a_signal_killed_has_no_exit_status(string result, int signal, string text)
    {
        _standIn.KillAfterStart("litellm.service", result, signal);
        await Systemctl.RestartAsync(Unit, default);

        (UnitState? state, _) = await Systemctl.ShowAsync(Unit, default);

        Assert.Equal(text, state!.Text);
    }

    [Fact]
    public async Task Missing_program_is_told()
    {
        Systemctl missing = new(_standIn.StateFile("none"), Eventually.Patience, new Redactor([]), TimeProvider.System);

        SystemctlResult result = await missing.DaemonReloadAsync(default);

        Assert.False(missing.IsAvailable);
        Assert.Equal((false, "systemctl is not installed here"), (result.Ok, result.Detail));
        Assert.Contains("--no-restart", result.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hanging_call_is_killed_with_its_children_at_its_deadline()
    {
        _standIn.HangRestart("litellm.service");
        Systemctl systemctl = new(_standIn.Program, TimeSpan.FromSeconds(1), new Redactor([]), TimeProvider.System);
        long since = Stopwatch.GetTimestamp();

        SystemctlResult result = await systemctl.RestartAsync(Unit, default);

        Assert.Contains("did not finish within 1 s", result.Detail, StringComparison.Ordinal);
        Assert.Contains("journalctl -u litellm.service -n 50", result.Advice, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.FromSeconds(0.9), Eventually.Patience);
        await Eventually.TrueAsync(() => ProcessTree.IsOver(_standIn.Sleeper));
    }

    [Fact]
    public async Task Cancelled_call_throws_and_leaves_no_process()
    {
        _standIn.HangRestart("litellm.service");
        using CancellationTokenSource cancelled = new();
        Task<SystemctlResult> call = Systemctl.RestartAsync(Unit, cancelled.Token);
        await Eventually.TrueAsync(() => _standIn.Sleeper > 0);

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Eventually.TrueAsync(() => ProcessTree.IsOver(_standIn.Sleeper));
    }

    public void Dispose() => _standIn.Dispose();
}
