using System.Globalization;

namespace HxFunctions.SystemTests.Faults;

/// <summary>What the kernel knows of TCP connections (proc(5), /proc/net/tcp).</summary>
internal static class Sockets
{
    /// <summary>States in which a socket belongs to someone who could have closed it: ESTABLISHED, SYN_SENT, CLOSE_WAIT.</summary>
    private static readonly string[] Held = ["01", "02", "08"];

    /// <summary>How many sockets are held whose other end is this port: the clients' ends.</summary>
    public static int To(int port)
    {
        string suffix = port.ToString("X4", CultureInfo.InvariantCulture);
        return new[] { "/proc/net/tcp", "/proc/net/tcp6" }
            .Where(File.Exists)
            .SelectMany(file => File.ReadLines(file).Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(fields => fields[2].EndsWith(":" + suffix, StringComparison.Ordinal) && Held.Contains(fields[3]));
    }
}
