using System.Globalization;

namespace HxFunctions.Wiring.Services;

/// <summary>What systemd says of a service: properties of org.freedesktop.systemd1(5), as <c>systemctl show</c> prints them.</summary>
/// <param name="LoadState"><c>loaded</c>, <c>not-found</c>, <c>masked</c>, <c>bad-setting</c>, <c>error</c>.</param>
/// <param name="ActiveState"><c>active</c>, <c>reloading</c>, <c>inactive</c>, <c>failed</c>, <c>activating</c>,
/// <c>deactivating</c>.</param>
/// <param name="SubState"><c>running</c>, <c>exited</c>, <c>dead</c>, <c>auto-restart</c>, …</param>
/// <param name="Result">Of the last run: <c>success</c>, <c>exit-code</c>, <c>signal</c>, <c>start-limit-hit</c>, …</param>
/// <param name="Restarts">How often systemd itself has restarted it since someone last did; <see langword="null"/>: a systemd before 235
/// doesn't say.</param>
/// <param name="MainPid">0: none.</param>
/// <param name="ExitCode">How the main process ended last, as the <c>si_code</c> of waitid(2): see <see cref="Killed"/>.</param>
/// <param name="ExitStatus">Its exit status, or the signal that killed it.</param>
/// <param name="FragmentPath">The unit file.</param>
/// <param name="DropInPaths">Drop-ins that systemd has read.</param>
/// <param name="NeedsDaemonReload">Files changed since systemd read them.</param>
/// <param name="ControlGroup">Where its processes are; empty while it doesn't run.</param>
internal sealed record UnitState(
    string LoadState,
    string ActiveState,
    string SubState,
    string Result,
    int? Restarts,
    int MainPid,
    int ExitCode,
    int ExitStatus,
    string FragmentPath,
    IReadOnlyList<string> DropInPaths,
    bool NeedsDaemonReload,
    string ControlGroup
)
{
    /// <summary>The properties to ask for. Not <c>Environment</c> and <c>ExecStart</c>: they may hold secrets.</summary>
    public const string Properties =
        "LoadState,ActiveState,SubState,Result,NRestarts,MainPID,ExecMainCode,ExecMainStatus,FragmentPath,DropInPaths,"
        + "NeedDaemonReload,ControlGroup";

    /// <summary>CLD_KILLED and CLD_DUMPED: a signal ended it; the second one left a core dump.</summary>
    private const int Killed = 2,
        Dumped = 3;

    /// <summary>By their numbers on Linux (signal(7), for x86 and ARM).</summary>
    private static readonly Dictionary<int, string> Signals = new()
    {
        [1] = "SIGHUP",
        [2] = "SIGINT",
        [3] = "SIGQUIT",
        [4] = "SIGILL",
        [5] = "SIGTRAP",
        [6] = "SIGABRT",
        [7] = "SIGBUS",
        [8] = "SIGFPE",
        [9] = "SIGKILL",
        [10] = "SIGUSR1",
        [11] = "SIGSEGV",
        [12] = "SIGUSR2",
        [13] = "SIGPIPE",
        [14] = "SIGALRM",
        [15] = "SIGTERM",
        [24] = "SIGXCPU",
        [25] = "SIGXFSZ",
        [31] = "SIGSYS",
    };

    public bool IsActive => ActiveState is "active" or "reloading";

    /// <summary>It won't come up by itself any more.</summary>
    public bool IsOver => ActiveState is "failed" or "inactive";

    /// <summary><c>failed (failed), result exit-code, exit status 1</c></summary>
    public string Text =>
        Result is "success" or ""
            ? $"{ActiveState} ({SubState})"
            : $"{ActiveState} ({SubState}), result {Result}{Meaning}{(ExitStatus == 0 ? "" : $", {Ending}")}";

    /// <summary>What a result says besides how the process ended ($SERVICE_RESULT in systemd.exec(5)).</summary>
    private string Meaning =>
        Result switch
        {
            "timeout" => " (a time limit of the unit passed, such as TimeoutStartSec=)",
            "oom-kill" => " (out of memory)",
            "watchdog" => " (no sign of life within WatchdogSec=)",
            "start-limit-hit" => " (started too often: StartLimitBurst=)",
            "protocol" => " (it did not report that it is ready, as its Type= wants)",
            "resources" => " (systemd could not start it: a missing EnvironmentFile=, no memory)",
            _ => "",
        };

    private string Ending
    {
        get
        {
            string number = ExitStatus.ToString(CultureInfo.InvariantCulture);
            return ExitCode is Killed or Dumped
                ? $"killed by signal {(Signals.TryGetValue(ExitStatus, out string? name) ? $"{number} ({name})" : number)}"
                : $"exit status {number}";
        }
    }

    public static UnitState Parse(string output)
    {
        ShowOutput shown = ShowOutput.Parse(output);
        string Text(string name) => shown.Text(name);
        int? Number(string name) =>
            int.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null;
        return new(
            Word(Text("LoadState")),
            Word(Text("ActiveState")),
            Word(Text("SubState")),
            Word(Text("Result")),
            Number("NRestarts"),
            Number("MainPID") ?? 0,
            Number("ExecMainCode") ?? 0,
            Number("ExecMainStatus") ?? 0,
            Text("FragmentPath"),
            shown.Words("DropInPaths"),
            Text("NeedDaemonReload") == "yes",
            Text("ControlGroup")
        );
    }

    /// <summary>These are printed; whatever stands in for systemctl gets no say in more than a word.</summary>
    private static string Word(string text) =>
        text.Length is > 0 and <= 40 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? text
        : text.Length == 0 ? ""
        : "unknown";
}
