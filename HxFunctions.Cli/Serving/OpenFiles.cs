using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace HxFunctions.Cli.Serving;

/// <summary>How many files and connections this process may have open at once (RLIMIT_NOFILE, getrlimit(2)).</summary>
internal static class OpenFiles
{
    /// <summary>
    /// What is kept free of clients' connections. The runtime keeps every assembly open, some 220 with all dependencies configured; probes,
    /// Redis and name resolution need the rest, and so do the assemblies that only a failure loads: when one can't be loaded, the runtime
    /// remembers that for ever.
    /// </summary>
    public const int Reserve = 320;

    /// <summary>With fewer, no command is sure to get as far as an answer.</summary>
    public const int Least = Reserve + ConnectionLimit.Least;

    /// <summary>The limit, or <see langword="null"/> where there is none or it isn't known. The runtime raises the soft one to the hard one
    /// when it starts.</summary>
    public static int? Limit()
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/self/limits"))
            {
                // Name, soft limit, hard limit, unit (proc(5)).
                if (line.StartsWith("Max open files", StringComparison.Ordinal))
                {
                    string soft = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
                    return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) ? limit : null;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not Linux.
        }

        return null;
    }

    /// <summary>Says so on standard error when they are too few to run at all. Needs nothing that isn't loaded already, the console
    /// included.</summary>
    public static bool AreTooFew()
    {
        if (Limit() is not { } limit || limit >= Least)
        {
            return false;
        }

        string line =
            $"hx: the limit of open files is {limit}, and hx needs {Least} at least: raise it (ulimit -n; LimitNOFILE= in systemd).\n";
        try
        {
            using FileStream error = new(new SafeFileHandle(2, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            error.Write(Encoding.UTF8.GetBytes(line));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nobody listens.
        }

        return true;
    }
}
