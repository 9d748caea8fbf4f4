using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Wiring.Services;

/// <summary>How a call of systemctl ended.</summary>
/// <param name="Ok">It did what it was asked for.</param>
/// <param name="Detail">One line, nothing secret.</param>
/// <param name="Advice">What to do; <see langword="null"/> when it went well.</param>
internal sealed record SystemctlResult(bool Ok, string Detail, string? Advice)
{
    public static readonly SystemctlResult Done = new(true, "done", null);

    /// <summary>It could not be found out, which is no failure.</summary>
    public bool IsUnknown { get; init; }
}

/// <summary>
/// systemctl(1), called with fixed arguments, without a shell, with a deadline, and with none of this process's variables (they may hold
/// secrets).
/// </summary>
/// <param name="program">A path; <see langword="null"/>: <c>systemctl</c> as PATH has it now.</param>
/// <param name="timeout">For one call; then it is killed with its children. A service may take 90 s to stop (TimeoutStopSec=).</param>
/// <param name="redactor">For what systemctl says.</param>
/// <param name="time">For deadlines.</param>
internal sealed class Systemctl(string? program, TimeSpan timeout, Redactor redactor, TimeProvider time)
{
    private const int MaxOutputLength = 64 * 1024;
    private const int MaxMessageLength = 300;

    /// <summary>What it needs to find the system's bus, and nothing else.</summary>
    private static readonly string[] Inherited = ["PATH", "DBUS_SYSTEM_BUS_ADDRESS", "SYSTEMD_IGNORE_CHROOT"];
    private static readonly TimeSpan OutputGrace = TimeSpan.FromSeconds(2);

    private readonly string? _program = program ?? FindInPath("systemctl");

    /// <summary>There is such a program; that systemd runs is another question.</summary>
    public bool IsAvailable => _program is not null && File.Exists(_program);

    private static string? FindInPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>Makes systemd read unit files and drop-ins again.</summary>
    public async Task<SystemctlResult> DaemonReloadAsync(CancellationToken cancellationToken) =>
        (await RunAsync(["daemon-reload"], null, cancellationToken)).Result;

    /// <summary>Restarts a service and waits until systemd calls it started, which says nothing of how long it stays so.</summary>
    public async Task<SystemctlResult> RestartAsync(UnitName unit, CancellationToken cancellationToken) =>
        (await RunAsync(["restart", "--", unit.Text], unit, cancellationToken)).Result;

    /// <summary>What systemd says of a service. One that doesn't exist or is masked is a failure with its own advice.</summary>
    /// <returns>The state is <see langword="null"/> when there was no answer.</returns>
    public async Task<(UnitState? State, SystemctlResult Result)> ShowAsync(UnitName unit, CancellationToken cancellationToken)
    {
        (SystemctlResult result, string output) = await RunAsync(
            ["show", $"--property={UnitState.Properties}", "--", unit.Text],
            unit,
            cancellationToken
        );
        if (!result.Ok)
        {
            return (null, result);
        }

        UnitState state = UnitState.Parse(output);
        return (
            state,
            state.LoadState switch
            {
                "loaded" => SystemctlResult.Done,
                "not-found" => new(false, $"systemd does not know {unit}", UnknownUnit(unit)),
                "masked" => new(false, $"{unit} is masked", $"Find out who masked it and why, then run systemctl unmask {unit}."),
                var other => new(
                    false,
                    $"{unit} can't be loaded ({(other.Length == 0 ? "no answer" : other)})",
                    $"systemctl status {unit}; systemd-analyze verify {unit}"
                ),
            }
        );
    }

    /// <summary>What systemd would start a service with.</summary>
    /// <returns><see langword="null"/> when there was no answer, or systemd knows no such service.</returns>
    public async Task<(UnitSettings? Settings, SystemctlResult Result)> ShowSettingsAsync(
        UnitName unit,
        CancellationToken cancellationToken
    )
    {
        (SystemctlResult result, string output) = await RunAsync(
            ["show", $"--property={UnitSettings.Properties}", "--", unit.Text],
            unit,
            cancellationToken
        );
        return !result.Ok ? (null, result)
            : ShowOutput.Parse(output).Text("LoadState") == "loaded" ? (UnitSettings.Parse(output), result)
            : (null, new(false, $"systemd does not know {unit}", UnknownUnit(unit)));
    }

    /// <summary>
    /// Forgets that a service failed, and how often it was started: else systemd may refuse to start it again for a while
    /// (systemd.unit(5), StartLimitBurst=).
    /// </summary>
    public async Task<SystemctlResult> ResetFailedAsync(UnitName unit, CancellationToken cancellationToken) =>
        (await RunAsync(["reset-failed", "--", unit.Text], unit, cancellationToken)).Result;

    public static string SeeJournal(UnitName unit) => $"journalctl -u {unit} -n 50 shows why.";

    private static string UnknownUnit(UnitName unit) =>
        $"Correct the name ({unit}); systemctl list-unit-files --type=service lists all. Without systemd services, use --no-restart.";

    private async Task<(SystemctlResult Result, string Output)> RunAsync(
        string[] arguments,
        UnitName? unit,
        CancellationToken cancellationToken
    )
    {
        if (_program is null)
        {
            return (Missing(), "");
        }

        using CancellationTokenSource deadline = new(timeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        Process process;
        try
        {
            process = Process.Start(StartInfo(_program, arguments))!;
        }
        catch (Win32Exception)
        {
            return (Missing(), "");
        }

        using (process)
        {
            process.StandardInput.Close();
            Task<string> output = ReadAsync(process.StandardOutput);
            Task<string> error = ReadAsync(process.StandardError);
            try
            {
                await process.WaitForExitAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                cancellationToken.ThrowIfCancellationRequested();
                return (
                    new(
                        false,
                        $"systemctl {arguments[0]} did not finish within {Seconds(timeout)}",
                        unit is null
                            ? "Check whether systemd answers at all: systemctl is-system-running."
                            : $"It may still be running: systemctl status {unit}. {SeeJournal(unit)}"
                    ),
                    ""
                );
            }

            // A child that it left behind may hold the pipes open for ever.
            await Task.WhenAny(Task.WhenAll(output, error), Task.Delay(OutputGrace, CancellationToken.None));
            string said = error.IsCompletedSuccessfully ? await error : "";
            return process.ExitCode == 0
                ? (SystemctlResult.Done, output.IsCompletedSuccessfully ? await output : "")
                : (Failed(arguments[0], unit, process.ExitCode, said), "");
        }
    }

    private static ProcessStartInfo StartInfo(string program, string[] arguments)
    {
        ProcessStartInfo info = new(program, [.. arguments[..1], "--no-pager", "--no-ask-password", .. arguments[1..]])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        Dictionary<string, string?> kept = Inherited.ToDictionary(name => name, Environment.GetEnvironmentVariable);
        info.Environment.Clear();
        foreach ((string name, string? value) in kept)
        {
            if (value is not null)
            {
                info.Environment[name] = value;
            }
        }

        info.Environment["LC_ALL"] = "C"; // Its messages are told apart by their words.
        info.Environment["SYSTEMD_COLORS"] = "0";
        info.Environment["SYSTEMD_URLIFY"] = "0";
        return info;
    }

    /// <summary>Reads to the end, so that the program never waits for us, and keeps the beginning.</summary>
    private static async Task<string> ReadAsync(StreamReader reader)
    {
        char[] buffer = new char[4096];
        System.Text.StringBuilder kept = new();
        try
        {
            while (await reader.ReadAsync(buffer.AsMemory()) is > 0 and var count)
            {
                kept.Append(buffer, 0, Math.Min(count, MaxOutputLength - kept.Length));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Killed.
        }

        return kept.ToString();
    }

    private static SystemctlResult Missing() =>
        new(
            false,
            "systemctl is not installed here",
            "If LiteLLM isn't a systemd service (but a container, for example), use --no-restart and restart it yourself."
        );

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#} s");

    private SystemctlResult Failed(string verb, UnitName? unit, int exitCode, string error)
    {
        bool Says(string words) => error.Contains(words, StringComparison.OrdinalIgnoreCase);

        string advice = 0 switch
        {
            _ when Says("not been booted with systemd") || Says("Failed to connect to bus") =>
                "systemd doesn't run here (a container, a chroot, or WSL without systemd). Use --no-restart and restart the "
                    + "services yourself.",
            _ when Says("interactive authentication") || Says("Access denied") || Says("Permission denied") =>
                "Run as root (sudo), or allow this user to manage the unit with polkit.",
            _ when unit is not null && Says("is masked") => $"Find out who masked it and why, then run systemctl unmask {unit}.",
            _ when unit is not null && Says("not found") => UnknownUnit(unit),
            _ when unit is not null => SeeJournal(unit),
            _ => "journalctl -b -n 50 shows why.",
        };
        string said = OneLine(redactor.Redact(error));
        return new(
            false,
            $"systemctl {verb} failed with exit code "
                + $"{exitCode.ToString(CultureInfo.InvariantCulture)}{(said.Length > 0 ? $": {said}" : "")}",
            advice
        );
    }

    /// <summary>Without anything that moves a cursor or breaks a line.</summary>
    private static string OneLine(string text)
    {
        string plain = string.Join(
            ' ',
            new string([
                .. text.Select(c =>
                    char.IsControl(c)
                    || char.GetUnicodeCategory(c)
                        is UnicodeCategory.Format
                            or UnicodeCategory.LineSeparator
                            or UnicodeCategory.ParagraphSeparator
                        ? ' '
                        : c
                ),
            ]).Split(' ', StringSplitOptions.RemoveEmptyEntries)
        );
        return plain.Length <= MaxMessageLength ? plain : string.Concat(plain.AsSpan(0, MaxMessageLength), "…");
    }
}
