using System.Globalization;

namespace HxFunctions.SystemTests.Wiring.Services;

/// <summary>
/// A <c>systemctl</c> for tests: a small shell script in a folder of its own that writes down its calls and can be told to misbehave, per
/// unit, also while it is in use. Every unit exists and runs until something else is said; its process is none of this machine. What
/// systemd merges and starts is shown by <see cref="SystemdStandIn"/>. Put <see cref="Path"/> in the place of PATH, or
/// name <see cref="Program"/>.
/// </summary>
internal sealed class SystemctlStandIn : IDisposable
{
    private const string Script = """
        #!/bin/sh
        state=$(dirname "$0")/state
        printf '%s\n' "$*" >> "$state/calls"
        verb=$1; shift; unit=manager
        for argument; do case $argument in --*) ;; *) unit=$argument ;; esac; done
        is() { [ -f "$state/$unit.$1" ]; }
        get() { if is "$1"; then cat "$state/$unit.$1"; else printf '%s' "$2"; fi; }
        put() { printf '%s' "$2" > "$state/$unit.$1.new" && mv "$state/$unit.$1.new" "$state/$unit.$1"; }
        hang() { sleep 600 & printf '%s' "$!" > "$state/sleeper.new" && mv "$state/sleeper.new" "$state/sleeper"; wait; }

        if [ -f "$state/not-booted" ]; then
          echo "System has not been booted with systemd as init system (PID 1). Can't operate." >&2
          echo "Failed to connect to bus: Host is down" >&2
          exit 1
        fi

        case $verb in
        daemon-reload)
          if is hang; then hang; fi
          if is fail; then get fail >&2; exit 1; fi ;;
        restart)
          if is not-found; then echo "Failed to restart $unit: Unit $unit not found." >&2; exit 5; fi
          if is masked; then echo "Failed to restart $unit: Unit $unit is masked." >&2; exit 1; fi
          if is on-restart; then . "$state/$unit.on-restart"; fi
          if is hang; then hang; fi
          put restarts 0; put pid $(($(get pid 5000000) + 1))
          if is fail; then put down failed; get fail >&2; exit 1; fi
          rm -f "$state/$unit.down"
          if is dies; then put down failed; fi ;;
        show)
          load=loaded
          if is not-found; then load=not-found; put down inactive; fi
          if is masked; then load=masked; put down inactive; fi
          if is crash-loop; then put restarts $(($(get restarts 0) + 1)); put pid $(($(get pid 5000000) + 1)); fi
          active=active; sub=running; result=success; code=0; status=0; pid=$(get pid 5000000)
          if is down; then active=$(get down); sub=$active; result=exit-code; code=1; status=1; pid=0; fi
          if is down && is killed; then result=$(get killed | cut -d' ' -f1); code=2; status=$(get killed | cut -d' ' -f2); fi
          printf 'Result=%s\nNRestarts=%s\nMainPID=%s\nExecMainCode=%s\n' "$result" "$(get restarts 0)" "$pid" "$code"
          printf 'ExecMainStatus=%s\nLoadState=%s\n' "$status" "$load"
          printf 'ActiveState=%s\nSubState=%s\nFragmentPath=/etc/systemd/system/%s\nNeedDaemonReload=no\n' "$active" "$sub" "$unit"
          drop_ins=
          if is units; then
            for file in "$(get units)/$unit.d"/*.conf; do if [ -f "$file" ]; then drop_ins="$drop_ins $file"; fi; done
            sed -n 's/^EnvironmentFile=\(.*\)/EnvironmentFiles=\1 (ignore_errors=no)/p' $drop_ins /dev/null
          fi
          printf 'DropInPaths=%s\n' "${drop_ins# }" ;;
        reset-failed) ;;
        *)
          echo "Unknown command verb $verb." >&2; exit 1 ;;
        esac
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hx-systemctl-");

    public SystemctlStandIn()
    {
        _folder.CreateSubdirectory("state");

        ScriptFile.Install(Program, Script + "\n");
    }

    public string Program => System.IO.Path.Combine(_folder.FullName, "systemctl");

    /// <summary>PATH with the stand-in before everything else.</summary>
    public string Path => $"{_folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}";

    /// <summary>The arguments of each call, separated by spaces; the first is the verb.</summary>
    public IReadOnlyList<string> Calls => File.Exists(StateFile("calls")) ? File.ReadAllLines(StateFile("calls")) : [];

    /// <summary>Those that changed something: <c>daemon-reload</c>, <c>restart a.service</c>.</summary>
    public IReadOnlyList<string> Changes =>
        [
            .. Calls
                .Where(call => !call.StartsWith("show ", StringComparison.Ordinal))
                .Select(call => string.Join(' ', call.Split(' ').Where(part => !part.StartsWith("--", StringComparison.Ordinal)))),
        ];

    /// <summary>The process that a hanging call left behind, if it still were there.</summary>
    public int Sleeper =>
        File.Exists(StateFile("sleeper")) && int.TryParse(File.ReadAllText(StateFile("sleeper")), CultureInfo.InvariantCulture, out int id)
            ? id
            : 0;

    /// <summary>As in a container.</summary>
    public void NotBooted() => Say("not-booted");

    /// <param name="says">What goes to standard error.</param>
    public void FailDaemonReload(string says) => Say("manager.fail", says);

    /// <summary>No such unit.</summary>
    public void Forget(string unit) => Say($"{unit}.not-found");

    public void Mask(string unit) => Say($"{unit}.masked");

    /// <summary><c>restart</c> fails.</summary>
    /// <param name="says">What goes to standard error.</param>
    public void FailRestart(string unit, string says) => Say($"{unit}.fail", says);

    /// <summary><c>restart</c> doesn't end for ten minutes.</summary>
    public void HangRestart(string unit) => Say($"{unit}.hang");

    /// <summary><c>restart</c> succeeds, and the process is dead afterwards for good.</summary>
    public void DieAfterStart(string unit) => Say($"{unit}.dies");

    /// <summary>As <see cref="DieAfterStart"/>, by a signal.</summary>
    /// <param name="result">What systemd calls it: <c>signal</c>, <c>oom-kill</c>, <c>timeout</c>, …</param>
    public void KillAfterStart(string unit, string result, int signal)
    {
        Say($"{unit}.killed", $"{result} {signal.ToString(CultureInfo.InvariantCulture)}");
        DieAfterStart(unit);
    }

    /// <summary>The service is active whenever someone looks, and each time it is another process.</summary>
    public void CrashLoop(string unit) => Say($"{unit}.crash-loop");

    /// <summary>It crash-loops whenever it is started while a file has a text in it (by <c>grep -F</c>), and runs well without.</summary>
    public void CrashLoopWhenFileHas(string unit, string file, string text) =>
        OnRestart(
            unit,
            $"if grep -qF -- '{text}' '{file}'; then : > \"$state/$unit.crash-loop\"; else rm -f \"$state/$unit.crash-loop\"; fi"
        );

    /// <summary>Shell that runs at each <c>restart</c>, before anything else; <c>$state</c> is <see cref="StateFile"/>'s folder and
    /// <c>$unit</c> the unit.</summary>
    public void OnRestart(string unit, string shell) => Say($"{unit}.on-restart", shell);

    /// <summary>The folder whose drop-ins systemd reads for the unit. Else it reads none.</summary>
    public void ReadsUnitsFrom(string unit, string folder) => Say($"{unit}.units", folder);

    public void Mend(string unit)
    {
        foreach (FileInfo said in new DirectoryInfo(StateFile("")).EnumerateFiles(unit + ".*"))
        {
            said.Delete();
        }
    }

    public string StateFile(string name) => System.IO.Path.Combine(_folder.FullName, "state", name);

    public void Dispose() => _folder.Delete(recursive: true);

    private void Say(string name, string content = "") => File.WriteAllText(StateFile(name), content);
}
