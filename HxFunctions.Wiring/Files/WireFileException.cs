using System.Runtime.InteropServices;

namespace HxFunctions.Wiring.Files;

/// <summary>A file can't be read or written as asked. Never holds a file's content.</summary>
internal sealed class WireFileException : Exception
{
    public WireFileException(string path, string problem, string advice, Exception? inner = null)
        : base($"{path}: {problem}", inner)
    {
        Path = path;
        Problem = problem;
        Advice = advice;
    }

    /// <summary>The file or directory that it is about.</summary>
    public string Path { get; }

    /// <summary>What is wrong, without the path.</summary>
    public string Problem { get; }

    /// <summary>What to do, as a sentence.</summary>
    public string Advice { get; }

    /// <summary>A call to the system failed.</summary>
    /// <param name="path">What it was called for.</param>
    /// <param name="action">What was tried: <c>write</c>, <c>replace</c>, …</param>
    /// <param name="error">errno(3).</param>
    public static WireFileException FromSystem(string path, string action, int error) =>
        new(path, $"can't {action}: {Marshal.GetPInvokeErrorMessage(error)}", AdviceFor(error));

    private static string AdviceFor(int error) =>
        error switch
        {
            Errno.NoSpace or Errno.Quota or Errno.TooBig =>
                "Free space on its file system (df -h, df -i, quota) or raise the limit (ulimit -f), then run again.",
            Errno.ReadOnly => "Its file system is mounted read-only: mount it writable, or use a file elsewhere.",
            Errno.NotPermitted or Errno.AccessDenied =>
                "Run as root or as the file's owner. If you do already, look for an immutable file or directory (lsattr), "
                    + "and for SELinux or AppArmor denials.",
            Errno.Busy => "The file is a mount point, such as a file that is mounted into a container. Edit it where it comes from, or "
                + "mount its directory instead.",
            Errno.NotFound => "Something removed it in the meantime. Find out what else changes these files, then run hx wire again.",
            Errno.InputOutput => "The disk reports an error. Check dmesg first.",
            _ => "Fix the cause, then run again.",
        };
}
