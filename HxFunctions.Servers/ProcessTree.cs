using System.Globalization;
using System.Runtime.InteropServices;

namespace HxFunctions.Servers;

/// <summary>Signals for a process and its children, by process id only. Linux: children and states are read from /proc (proc(5)).</summary>
internal static class ProcessTree
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>Sends a signal; a process that is already gone is no error.</summary>
    public static void Signal(int processId, int signal) => _ = SendSignal(processId, signal);

    /// <summary>The ids of the processes whose parent is <paramref name="processId"/> now.</summary>
    public static List<int> ChildrenOf(int processId)
    {
        List<int> children = new List<int>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out int id) && Stat(id)?.Parent == processId)
            {
                children.Add(id);
            }
        }

        return children;
    }

    /// <summary>Whether the process stands still, by SIGSTOP or for good. A signal is sent at once but acts a moment later.</summary>
    public static bool IsStopped(int processId) => Stat(processId) is null or { State: 'T' or 'Z' or 'X' };

    /// <summary>Whether the process is over: gone, or a zombie that only waits for its parent.</summary>
    public static bool IsOver(int processId) => Stat(processId) is null or { State: 'Z' or 'X' };

    /// <summary>Whether a thread of the process waits in one of these functions of the kernel, by a part of its name
    /// (<c>wchan</c>).</summary>
    public static bool WaitsIn(int processId, params string[] functions)
    {
        try
        {
            return Directory
                .EnumerateDirectories($"/proc/{processId}/task")
                .Select(thread => File.ReadAllText(Path.Combine(thread, "wchan")))
                .Any(at => functions.Any(function => at.Contains(function, StringComparison.Ordinal)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static (char State, int Parent)? Stat(int processId)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{processId}/stat");

            // "1234 (any name, even with ) in it) S 1 ...": the fields begin after the last parenthesis.
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
