using HxFunctions.Core.Routing;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Soak;

/// <summary>Something that befalls a dependency, and its end.</summary>
/// <param name="Condition">What the dependency is meanwhile; <see cref="Condition.Up"/>: nothing that a verdict may show.</param>
/// <param name="NoticedWithin">The documented bound until it shows.</param>
internal sealed record SoakFault(
    string Dependency,
    string Name,
    Condition Condition,
    double NoticedWithin,
    Func<Task> BeginAsync,
    Func<Task> EndAsync
)
{
    public static IReadOnlyList<SoakFault> All(SoakServers servers, SoakBounds bounds) =>
        [.. OfPostgres(servers, bounds), .. OfRedis(servers, bounds), .. OfQdrant(servers.Qdrant, bounds)];

    private static IEnumerable<SoakFault> OfPostgres(SoakServers servers, SoakBounds bounds)
    {
        PostgresServer server = servers.Postgres;
        SoakFault Fault(string name, Condition condition, double within, Func<Task> begin, Func<Task> end) =>
            new(DependencyName.Postgres, name, condition, within, begin, end);
        SoakFault Network(FaultMode mode, double within, bool keep) =>
            Fault(
                $"network {mode}",
                Condition.Down,
                within,
                () => servers.PostgresNetwork.SetAsync(mode, keep),
                () => servers.PostgresNetwork.SetAsync(FaultMode.Pass)
            );
        const string ReadOnly = "default_transaction_read_only";
        yield return Fault("killed", Condition.Down, bounds.Killed, server.KillAsync, () => server.StartAgainAsync());
        yield return Fault("shut down", Condition.Down, bounds.Killed, server.StopAsync, () => server.StartAgainAsync());
        yield return Fault("hung", Condition.Down, bounds.Hung, server.HangAsync, server.ResumeAsync);
        yield return Fault(
            "read-only",
            Condition.ReadOnly,
            bounds.Killed,
            () => server.ReloadAsync(ReadOnly, "on"),
            () => server.ReloadAsync(ReadOnly, null)
        );
        yield return Network(FaultMode.Refuse, bounds.Killed, keep: false);
        yield return Network(FaultMode.Reset, bounds.Killed, keep: false);
        yield return Network(FaultMode.Silent, bounds.Hung, keep: true);
    }

    private static IEnumerable<SoakFault> OfRedis(SoakServers servers, SoakBounds bounds)
    {
        RedisServer server = servers.Redis;
        SoakFault Fault(string name, Condition condition, double within, Func<Task> begin, Func<Task> end) =>
            new(DependencyName.Redis, name, condition, within, begin, end);
        SoakFault Network(FaultMode mode, double within, bool keep) =>
            Fault(
                $"network {mode}",
                Condition.Down,
                within,
                () => servers.RedisNetwork.SetAsync(mode, keep),
                () => servers.RedisNetwork.SetAsync(FaultMode.Pass)
            );
        SoakFault Commanded(string name, Condition condition, string[] begin, string[] end) =>
            Fault(name, condition, bounds.Killed, () => server.CommandAsync(begin), () => server.CommandAsync(end));
        yield return Fault("killed", Condition.Down, bounds.Killed, server.KillAsync, () => server.StartAgainAsync());
        yield return Fault("hung", Condition.Down, bounds.Hung, server.HangAsync, server.ResumeAsync);
        yield return Network(FaultMode.Refuse, bounds.Killed, keep: false);
        yield return Network(FaultMode.Silent, bounds.Hung, keep: true);
        // A replica of a master that nobody has heard of: it answers reads, and refuses writes.
        yield return Commanded("a replica", Condition.Down, ["REPLICAOF", "127.0.0.1", $"{FreePort.Next()}"], ["REPLICAOF", "NO", "ONE"]);
        yield return Commanded("out of memory", Condition.Down, ["CONFIG", "SET", "maxmemory", "1"], ["CONFIG", "SET", "maxmemory", "0"]);
        yield return Commanded("flushed", Condition.Up, ["FLUSHALL"], ["PING"]);
    }

    private static IEnumerable<SoakFault> OfQdrant(QdrantSimulator server, SoakBounds bounds)
    {
        SoakFault Answers(QdrantMode mode, double within) =>
            new(
                DependencyName.Qdrant,
                $"answers {mode}",
                Condition.Down,
                within,
                () => SetAsync(server, mode),
                () => SetAsync(server, QdrantMode.Healthy)
            );
        yield return new(DependencyName.Qdrant, "killed", Condition.Down, bounds.Killed, server.StopAsync, server.StartAgainAsync);
        yield return Answers(QdrantMode.Hang, bounds.Hung);
        yield return Answers(QdrantMode.NotReady, bounds.Killed);
        yield return Answers(QdrantMode.Garbage, bounds.Killed);
    }

    private static Task SetAsync(QdrantSimulator server, QdrantMode mode)
    {
        server.Mode = mode;
        return Task.CompletedTask;
    }
}
