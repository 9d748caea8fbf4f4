using HxFunctions.Wiring.Services;

namespace HxFunctions.SystemTests.Wiring.Services;

public sealed class UnitTests
{
    [Theory]
    [InlineData("hx-litellm-gateway", "hx-litellm-gateway.service")]
    [InlineData("litellm.service", "litellm.service")]
    [InlineData("litellm.v2", "litellm.v2.service")]
    [InlineData("litellm@blue", "litellm@blue.service")]
    [InlineData(@"a\x2db:c_d", @"a\x2db:c_d.service")]
    public void Name_of_a_service_gets_its_suffix(string text, string expected)
    {
        Assert.True(UnitName.TryParse(text, out UnitName? name, out _));
        Assert.Equal(expected, name.Text);
    }

    [Theory]
    [InlineData("", "missing")]
    [InlineData(".service", "missing")]
    [InlineData("--now", "dash")]
    [InlineData("-litellm", "dash")]
    [InlineData("lite llm", "letters")]
    [InlineData("litellm;reboot", "letters")]
    [InlineData("litellm*", "letters")]
    [InlineData("../litellm", "letters")]
    [InlineData("lité", "letters")]
    [InlineData("litellm\n", "letters")]
    [InlineData("litellm@", "template")]
    [InlineData("@litellm", "something before it")]
    [InlineData("a@b@c", "something before it")]
    [InlineData("litellm.timer", "another type")]
    [InlineData("multi-user.target", "another type")]
    public void Name_that_is_none_of_a_service_is_refused(string text, string because)
    {
        Assert.False(UnitName.TryParse(text, out _, out string? problem));
        Assert.Contains(because, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Name_of_more_than_255_characters_is_refused()
    {
        Assert.True(UnitName.TryParse(new string('a', 247), out _, out _));
        Assert.False(UnitName.TryParse(new string('a', 248), out _, out _));
    }

    [Fact]
    public void State_is_read_from_what_show_prints()
    {
        UnitState state = UnitState.Parse(
            "Result=exit-code\nNRestarts=7\nMainPID=0\nExecMainStatus=203\nLoadState=loaded\nActiveState=activating\nSubState=auto-restart\n"
                + "FragmentPath=/etc/systemd/system/a.service\nDropInPaths=/etc/systemd/system/a.service.d/x.conf "
                + "/run/y.conf\nNeedDaemonReload=yes\n"
        );

        Assert.Equal(("loaded", 7, 203, true), (state.LoadState, state.Restarts, state.ExitStatus, state.NeedsDaemonReload));
        Assert.Equal(["/etc/systemd/system/a.service.d/x.conf", "/run/y.conf"], state.DropInPaths);
        Assert.False(state.IsActive);
        Assert.Equal("activating (auto-restart), result exit-code, exit status 203", state.Text);
    }

    /// <summary>The pairs that systemd's <c>service_sigchld_event</c> makes, and results that are about no process.</summary>
    [Theory]
    [InlineData("exit-code", 1, 203, "result exit-code, exit status 203")]
    [InlineData("signal", 2, 9, "result signal, killed by signal 9 (SIGKILL)")]
    [InlineData("signal", 2, 40, "result signal, killed by signal 40")]
    [InlineData("core-dump", 3, 11, "result core-dump, killed by signal 11 (SIGSEGV)")]
    [InlineData("oom-kill", 2, 9, "result oom-kill (out of memory), killed by signal 9 (SIGKILL)")]
    [InlineData("watchdog", 3, 6, "result watchdog (no sign of life within WatchdogSec=), killed by signal 6 (SIGABRT)")]
    [InlineData(
        "timeout",
        2,
        15,
        "result timeout (a time limit of the unit passed, such as TimeoutStartSec=), killed by signal 15 (SIGTERM)"
    )]
    [InlineData("start-limit-hit", 1, 1, "result start-limit-hit (started too often: StartLimitBurst=), exit status 1")]
    [InlineData("resources", 0, 0, "result resources (systemd could not start it: a missing EnvironmentFile=, no memory)")]
    [InlineData("protocol", 1, 0, "result protocol (it did not report that it is ready, as its Type= wants)")]
    // ExecStartPre= was killed, and no main process was there.
    [InlineData("signal", 0, 0, "result signal")]
    public void Ending_of_a_process_is_told_as_what_it_was(string result, int code, int status, string text)
    {
        UnitState state = UnitState.Parse(
            $"ActiveState=failed\nSubState=failed\nResult={result}\nExecMainCode={code}\nExecMainStatus={status}\n"
        );

        Assert.Equal($"failed (failed), {text}", state.Text);
    }

    [Fact]
    public void State_without_restarts_or_with_nonsense_is_no_failure_of_ours()
    {
        UnitState state = UnitState.Parse("ActiveState=active\u001b[2J\nNRestarts=\n=\nnothing");

        Assert.Null(state.Restarts);
        Assert.Equal("unknown ()", state.Text);
    }
}
