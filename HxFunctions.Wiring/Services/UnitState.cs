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
/// <param name="ExitStatus">The last exit status of the main process.</param>
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
    int ExitStatus,
    string FragmentPath,
    IReadOnlyList<string> DropInPaths,
    bool NeedsDaemonReload,
    string ControlGroup
)
{
    /// <summary>The properties to ask for. Not <c>Environment</c> and <c>ExecStart</c>: they may hold secrets.</summary>
    public const string Properties =
        "LoadState,ActiveState,SubState,Result,NRestarts,MainPID,ExecMainStatus,FragmentPath,DropInPaths,NeedDaemonReload,"
        + "ControlGroup";

    public bool IsActive => ActiveState is "active" or "reloading";

    /// <summary>It won't come up by itself any more.</summary>
    public bool IsOver => ActiveState is "failed" or "inactive";

    /// <summary><c>failed (failed), result exit-code, exit status 1</c></summary>
    public string Text =>
        Result is "success" or ""
            ? $"{ActiveState} ({SubState})"
            : $"{ActiveState} ({SubState}), result "
                + $"{Result}{(ExitStatus == 0 ? "" : $", exit status {ExitStatus.ToString(CultureInfo.InvariantCulture)}")}";

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
