using HxFunctions.Core.Routing;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Faults;

/// <summary>All faults of all dependencies.</summary>
internal static class FaultCatalog
{
    /// <summary>The rows of the table, and what is done.</summary>
    public static IReadOnlyList<(string Name, string How)> Faults { get; } =
    [
        ("killed", "the server gets SIGKILL"),
        ("refused", "nothing listens on the port"),
        ("hung before accept", "the listener's backlog is full: connects hang"),
        ("hung after accept", "the server is stopped (SIGSTOP); Qdrant accepts the request and never answers"),
        ("hung in mid-answer", "only three bytes of each answer arrive"),
        ("reset", "connections are reset at the first byte"),
        ("slow drip", "an answer's bytes arrive 0.3 s apart"),
        ("garbage", "every byte of an answer is 0xF5"),
        ("TLS failure", "the certificate's issuer isn't trusted; Qdrant doesn't use TLS"),
        ("DNS failure", "the host name has no address"),
        ("wrong credentials", "the server has another password or key"),
        ("read-only", "PostgreSQL: default_transaction_read_only; Redis: REPLICAOF"),
        ("out of memory", "PostgreSQL: a limit on the address space of its processes; Redis: maxmemory"),
        ("out of connections", "PostgreSQL: the role's CONNECTION LIMIT; Redis: maxclients, and our connection killed"),
        ("restarting", "killed and started again and again, up for a quarter of each second"),
        ("pooler refuses", "pgbouncer in front, in transaction mode: the database is disabled there"),
        ("gone behind a proxy", "HAProxy in front, which closes connections that are idle for 0.2 s: the server gets SIGKILL"),
        ("failing over", "two hosts, a primary and a standby: the primary gets SIGKILL, and nobody has promoted the standby yet"),
        ("flapping", "the network works for 60 ms and refuses connections for 60 ms, in turns"),
    ];

    public static IReadOnlyList<FaultCell> All { get; } =
    [
        .. NetworkFaults.Of(DependencyName.Postgres),
        .. PostgresFaults.All,
        .. NetworkFaults.Of(DependencyName.Redis),
        .. RedisFaults.All,
        .. NetworkFaults.Of(DependencyName.Qdrant),
        .. QdrantFaults.All,
    ];

    /// <summary>Cells whose name holds <c>HX_FAULTS</c>, for whoever works on one of them; all of them when it isn't set.</summary>
    public static IReadOnlyList<FaultCell> Selected { get; } =
    [
        .. All.Where(c =>
            c.Senseless is null && c.Name.Contains(Environment.GetEnvironmentVariable("HX_FAULTS") ?? "", StringComparison.Ordinal)
        ),
    ];

    public static FaultCell Of(string dependency, string fault) => All.Single(c => c.Dependency == dependency && c.Fault == fault);

    /// <summary>An HAProxy before a server. It cuts what is idle for 0.2 s, which is no fault: all is open in front of it.</summary>
    public static async Task<FaultFront> ProxyAsync(int port)
    {
        HAProxyServer proxy = await HAProxyServer.StartAsync(port, TimeSpan.FromMilliseconds(200));
        return new($"127.0.0.1:{proxy.Port}", proxy.Port, proxy);
    }

    /// <summary>A crash loop: down for three quarters of a second, up for one.</summary>
    public static Func<FaultStage, Task> Restarting(Func<FaultStage, Task> kill, Func<FaultStage, Task> start) =>
        async stage =>
        {
            await kill(stage);
            await stage.LoopAsync(async stop =>
            {
                await Task.Delay(750, stop);
                await start(stage);
                try
                {
                    await Task.Delay(250, stop);
                }
                finally
                {
                    await kill(stage);
                }
            });
        };
}
