using System.Globalization;

namespace HxFunctions.Servers;

/// <summary>A throw-away Redis cluster on 127.0.0.1: three masters with a replica each.</summary>
internal sealed class RedisCluster : IAsyncDisposable
{
    private const int Nodes = 6;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    private readonly List<RedisServer> _servers = [];

    private RedisCluster() { }

    public IReadOnlyList<RedisServer> Servers => _servers;

    /// <summary>The first three nodes, as the hosts of a URL.</summary>
    public string Hosts => string.Join(',', _servers.Take(3).Select(server => $"127.0.0.1:{server.Port}"));

    /// <summary>Starts it and returns when all nodes call it whole, and each replica has its master's data: none is promoted
    /// before.</summary>
    /// <param name="password">What its nodes ask for; null: nothing.</param>
    public static async Task<RedisCluster> StartAsync(string? password = null)
    {
        RedisCluster cluster = new();
        try
        {
            for (int i = 0; i < Nodes; i++)
            {
                // Not the port plus 10,000, which may be above the last.
                string bus = FreePort.Next().ToString(CultureInfo.InvariantCulture);
                cluster._servers.Add(
                    await RedisServer.StartAsync(
                        new()
                        {
                            Password = password,
                            Arguments =
                            [
                                "--cluster-enabled",
                                "yes",
                                "--cluster-port",
                                bus,
                                "--cluster-node-timeout",
                                "1000",
                                "--repl-diskless-sync-delay",
                                "0",
                                .. password is null ? (string[])[] : ["--masterauth", password],
                            ],
                        }
                    )
                );
            }

            await ExternalProgram.RunAsync(
                "redis-cli",
                [
                    .. password is null ? (string[])[] : ["--no-auth-warning", "-a", password],
                    "--cluster",
                    "create",
                    .. cluster._servers.Select(server => $"127.0.0.1:{server.Port}"),
                    "--cluster-replicas",
                    "1",
                    "--cluster-yes",
                ]
            );
            long since = Environment.TickCount64;
            while (!await cluster.IsWholeAsync())
            {
                if (Environment.TickCount64 - since > StartPatience.TotalMilliseconds)
                {
                    throw new InvalidOperationException("The cluster did not become whole.");
                }

                await Task.Delay(50);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The slot of a key.</summary>
    public async Task<int> SlotOfAsync(string key) =>
        int.Parse(await _servers[0].CommandAsync("CLUSTER", "KEYSLOT", key), CultureInfo.InvariantCulture);

    /// <summary>The master that has this slot now, as a node that lives says.</summary>
    public async Task<RedisServer> MasterOfAsync(int slot, RedisServer asked)
    {
        foreach (string line in (await asked.CommandAsync("CLUSTER", "NODES")).Split('\n'))
        {
            string[] node = line.Split(' ');
            if (node.Length > 8 && node[2].Contains("master", StringComparison.Ordinal) && node.Skip(8).Any(range => Holds(range, slot)))
            {
                return _servers.Single(server => server.Port == PortOf(node[1]));
            }
        }

        throw new InvalidOperationException($"No master has the slot {slot}.");
    }

    /// <summary>A node's name in the cluster.</summary>
    public static Task<string> NameOfAsync(RedisServer server) => server.CommandAsync("CLUSTER", "MYID");

    public async ValueTask DisposeAsync()
    {
        foreach (RedisServer server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    private async Task<bool> IsWholeAsync()
    {
        foreach (RedisServer server in _servers)
        {
            string nodes = await server.CommandAsync("CLUSTER", "NODES");
            string replication = await server.CommandAsync("INFO", "replication");
            if (
                !(await server.CommandAsync("CLUSTER", "INFO")).Contains("cluster_state:ok", StringComparison.Ordinal)
                || replication.Contains("master_link_status:down", StringComparison.Ordinal)
                || nodes.Split('\n').Count(line => line.Contains("slave", StringComparison.Ordinal)) != Nodes / 2
            )
            {
                return false;
            }
        }

        return true;
    }

    private static bool Holds(string range, int slot)
    {
        string[] ends = range.Split('-');
        return int.TryParse(ends[0], CultureInfo.InvariantCulture, out int first)
            && int.TryParse(ends[^1], CultureInfo.InvariantCulture, out int last)
            && slot >= first
            && slot <= last;
    }

    /// <summary><c>127.0.0.1:6379@16379</c>, and maybe more after a comma.</summary>
    private static int PortOf(string address) => int.Parse(address.Split(':', '@')[1], CultureInfo.InvariantCulture);
}
