using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;

namespace HxFunctions.Wiring.Services;

/// <summary>
/// Which process listens where LiteLLM should: proc(5), <c>/proc/net/tcp</c> for the sockets and <c>/proc/PID/fd</c> for who holds them.
/// </summary>
/// <param name="name">The unit.</param>
/// <param name="unit">As it runs now.</param>
internal sealed class PortOwner(UnitName name, UnitState unit)
{
    private const string Proc = "/proc";
    private const int MaxDepth = 64;

    /// <summary>They hold a port for a container (Docker, Podman), whose own process may be the unit's or not.</summary>
    private static readonly string[] ContainerProxies = ["docker-proxy", "rootlessport", "slirp4netns", "pasta"];

    /// <summary>Passes when a process of the unit listens, fails when it is clearly another; says so when it can't be known.</summary>
    public SystemctlResult Check(Uri gateway)
    {
        if (Addresses(gateway) is not { Length: > 0 } addresses)
        {
            return Unknown("unknown: --gateway is another machine, or this one by name");
        }

        if (unit.MainPid == 0 || !Directory.Exists($"{Proc}/{unit.MainPid}"))
        {
            return Unknown("unknown: the unit's main process is not visible from here");
        }

        HashSet<string> sockets =
        [
            .. Listening($"{Proc}/net/tcp", gateway.Port, addresses),
            .. Listening($"{Proc}/net/tcp6", gateway.Port, addresses),
        ];
        if (sockets.Count == 0)
        {
            return Unknown("unknown: no socket in this network namespace listens there");
        }

        int[] holders = [.. Processes().Where(id => Holds(id, sockets))];
        if (Array.Exists(holders, IsOfUnit))
        {
            return new(true, string.Create(CultureInfo.InvariantCulture, $"process {Array.Find(holders, IsOfUnit)}"), null);
        }

        if (holders is not [var other, ..])
        {
            return Unknown("unknown: only root can see who owns the socket");
        }

        string program = ProgramOf(other);
        return ContainerProxies.Contains(program)
            ? Unknown(string.Create(CultureInfo.InvariantCulture, $"unknown: process {other} ({program}) holds it for a container"))
            : new(
                false,
                string.Create(CultureInfo.InvariantCulture, $"process {other} ({program}) listens there, and does not belong to {name}"),
                "Stop that process, or give LiteLLM another port. If it is a proxy in front of LiteLLM, set --gateway to "
                    + "LiteLLM's own address"
            );
    }

    private static SystemctlResult Unknown(string why) => new(true, why, null) { IsUnknown = true };

    /// <returns>What the host stands for on this machine; none when it is another's, or a name other than <c>localhost</c>.</returns>
    private static IPAddress[] Addresses(Uri gateway)
    {
        if (gateway.Host == "localhost")
        {
            return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        }

        return
            IPAddress.TryParse(gateway.IdnHost, out IPAddress? address)
            && (
                IPAddress.IsLoopback(address)
                || NetworkInterface
                    .GetAllNetworkInterfaces()
                    .SelectMany(i => i.GetIPProperties().UnicastAddresses)
                    .Any(a => a.Address.Equals(address))
            )
            ? [address]
            : [];
    }

    /// <summary>The inodes of sockets that take connections to one of the addresses.</summary>
    private static IEnumerable<string> Listening(string table, int port, IPAddress[] addresses)
    {
        const string listen = "0A";
        foreach (string line in Read(table).Split('\n').Skip(1))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (
                fields.Length > 9
                && fields[3] == listen
                && fields[1].Split(':') is [var address, var hexPort]
                && int.TryParse(hexPort, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int number)
                && number == port
                && Array.Exists(addresses, wanted => Takes(Parse(address), wanted))
            )
            {
                yield return $"socket:[{fields[9]}]";
            }
        }
    }

    private static bool Takes(IPAddress bound, IPAddress wanted) =>
        bound.Equals(IPAddress.IPv6Any)
        || bound.Equals(wanted)
        || (bound.IsIPv4MappedToIPv6 && bound.MapToIPv4().Equals(wanted))
        || (bound.Equals(IPAddress.Any) && wanted.AddressFamily == bound.AddressFamily);

    /// <summary>The kernel prints words of 32 bits in the machine's own byte order.</summary>
    private static IPAddress Parse(string hex) =>
        new([
            .. Enumerable
                .Range(0, hex.Length / 8)
                .SelectMany(word =>
                    BitConverter.GetBytes(uint.Parse(hex.AsSpan(word * 8, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture))
                ),
        ]);

    private static List<int> Processes() =>
        Directory
            .EnumerateDirectories(Proc)
            .Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out int id) ? id : 0)
            .Where(id => id > 0)
            .ToList();

    private static bool Holds(int id, HashSet<string> sockets)
    {
        try
        {
            return new DirectoryInfo($"{Proc}/{id}/fd")
                .EnumerateFileSystemInfos()
                .Any(fd => fd.LinkTarget is { } to && sockets.Contains(to));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is another user's.
            return false;
        }
    }

    /// <summary>By its control group, or by its parents where there is none.</summary>
    private bool IsOfUnit(int id)
    {
        if (unit.ControlGroup.Length > 1)
        {
            return Read($"{Proc}/{id}/cgroup").Split('\n').Any(line => IsInControlGroup(line, unit.ControlGroup));
        }

        for (int depth = 0; id > 1 && depth < MaxDepth; depth++)
        {
            if (id == unit.MainPid)
            {
                return true;
            }

            id = ParentOf(id);
        }

        return false;
    }

    /// <summary>A line of <c>/proc/PID/cgroup</c>: <c>0::/system.slice/a.service</c>, or with the old hierarchies
    /// <c>1:name=systemd:/system.slice/a.service</c>.</summary>
    internal static bool IsInControlGroup(string line, string group) =>
        line.Split(':', 3) is [_, "" or "name=systemd", var path]
        && (path == group || path.StartsWith(group + "/", StringComparison.Ordinal));

    private static int ParentOf(int id)
    {
        // "1234 (any name, even with ) in it) S 1 …"
        string stat = Read($"{Proc}/{id}/stat");
        return stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var parent, ..]
            ? int.Parse(parent, CultureInfo.InvariantCulture)
            : 0;
    }

    /// <summary>Its name alone: arguments may hold secrets.</summary>
    private static string ProgramOf(int id) =>
        new([.. Read($"{Proc}/{id}/comm").Trim().Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ' ' or ':' or '/')]);

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
