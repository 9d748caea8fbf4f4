using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Servers;

/// <summary>An <c>/etc/hosts</c> that one process sees instead of the machine's: a mount namespace of its own (unshare(1)). Names in it can
/// move to another address while the process runs.</summary>
internal sealed class PrivateHosts : IDisposable
{
    private readonly ThrowAwayDirectory _directory = new("hx-hosts-");

    /// <param name="name">A host's name.</param>
    /// <param name="addresses">Where it is at first.</param>
    public PrivateHosts(string name, params string[] addresses)
    {
        Name = name;
        Move(addresses);
    }

    public string Name { get; }

    /// <summary>What bash runs before the process (<see cref="Commands.HxProcess.StartAfter"/>). It takes the rest of the command line
    /// along.</summary>
    public string Before
    {
        get
        {
            string namespaces = Environment.IsPrivilegedProcess ? "--mount" : "--mount --map-root-user";
            return $"exec unshare {namespaces} bash -c 'mount --bind {File} /etc/hosts && exec \"$@\"' bash \"$@\"";
        }
    }

    private string File => Path.Combine(_directory.Path, "hosts");

    /// <summary>From here on the name is there. Written into the same file: that is what is mounted.</summary>
    public void Move(params string[] addresses) =>
        System.IO.File.WriteAllText(File, $"127.0.0.1 localhost\n{string.Concat(addresses.Select(a => $"{a} {Name}\n"))}");

    public void Dispose() => _directory.Dispose();
}
