using System.Diagnostics;

namespace HxFunctions.Servers;

/// <summary>
/// A shell that outlives this process by a moment and removes the directories entrusted to it, with every process that works in them,
/// stopped ones included. It waits for the end of its input, which the kernel brings about however this process ends, SIGKILL included.
/// </summary>
/// <remarks>
/// The other ways fall short: ProcessExit isn't raised when a signal ends the process (.NET 10 has no handlers of its own), and a parent
/// death signal (prctl(2)) comes when the parent's thread ends, misses the children of the child, and leaves the files.
/// </remarks>
internal sealed class Watchdog : IDisposable
{
    // Ctrl+C and a closed terminal reach the whole process group; the watchdog must see those through. A second look finds
    // what was forked during the first.
    private const string Script = """
        trap '' HUP INT QUIT TERM
        exec >/dev/null 2>&1
        cd /
        while IFS= read -r directory; do set -- "$@" "$directory"; done
        for directory do
          [ -d "$directory" ] || continue
          for look in 1 2; do
            for process in /proc/[0-9]*; do
              case $(readlink "$process/cwd") in "$directory" | "$directory"/*) kill -KILL "${process#/proc/}" ;; esac
            done
          done
          rm -rf "$directory" || { sleep 1; rm -rf "$directory"; }
        done
        """;

    private static readonly Lazy<Watchdog> OfThisProcess = new(() => new Watchdog());

    private readonly Process _shell = Process.Start(new ProcessStartInfo("sh", ["-c", Script]) { RedirectStandardInput = true })!;
    private readonly Lock _lock = new();

    /// <summary>The one that watches over this process. Started when first asked for.</summary>
    public static Watchdog Instance => OfThisProcess.Value;

    /// <summary>Entrusts a directory of a name that is never used again. It may be gone by the time that it is to be removed.</summary>
    public void Watch(string directory)
    {
        lock (_lock)
        {
            _shell.StandardInput.WriteLine(directory);
            _shell.StandardInput.Flush();
        }
    }

    /// <summary>Does now what else is done when the process ends, and waits for it.</summary>
    public void Dispose()
    {
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
    }
}
