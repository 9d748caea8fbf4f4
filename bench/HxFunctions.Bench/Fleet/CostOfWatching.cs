using System.Diagnostics;
using HxFunctions.Bench.Report;
using HxFunctions.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Bench.Fleet;

/// <summary>
/// What it costs the servers to be watched, counted in them, with the default paces: by 1 and by 3 instances, idle
/// (the timers alone) and in use (a guard request a second at each).
/// </summary>
internal static class CostOfWatching
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    public static async Task<MarkdownTable> RunAsync(TimeSpan span)
    {
        // Each on servers of its own, and all at once: nothing here is a matter of speed.
        IReadOnlyList<object[]>[] columns = await Task.WhenAll(
            CountAsync(1, inUse: false, span),
            CountAsync(1, inUse: true, span),
            CountAsync(3, inUse: false, span),
            CountAsync(3, inUse: true, span)
        );
        MarkdownTable table = new(["per minute", .. columns.Select(column => (string)column[0][1])]);
        for (int row = 1; row < columns[0].Count; row++)
        {
            table.Add([columns[0][row][0], .. columns.Select(column => column[row][1])]);
        }

        return table;
    }

    private static async Task<IReadOnlyList<object[]>> CountAsync(int instances, bool inUse, TimeSpan span)
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        Dictionary<string, string?> variables = new()
        {
            ["PG_URL"] = postgres.Url,
            ["REDIS_URL"] = redis.Url,
            ["QDRANT_URL"] = qdrant.Url,
            ["GUARD_ROUTES"] = "/v1/keys=postgres,redis; /v1/rag=qdrant",
        };
        List<HxInstance> fleet = [];
        using CancellationTokenSource stop = new();
        try
        {
            for (int i = 0; i < instances; i++)
            {
                fleet.Add(await HxInstance.StartAsync(variables));
            }

            Task use = Task.WhenAll(inUse ? fleet.Select(hx => UseAsync(hx, stop.Token)) : []);
            await Task.Delay(Settling);

            HashSet<string> statements = [],
                logins = [];
            await LookAsync(postgres, statements, logins);
            (int statementsBefore, int loginsBefore) = (statements.Count, logins.Count);
            RedisCounters before = await RedisCounters.ReadAsync(redis);
            int requests = qdrant.Requests("/collections");
            long started = Stopwatch.GetTimestamp();
            double postgresOpen = 0,
                redisOpen = 0;
            int looks = 0;
            for (; Stopwatch.GetElapsedTime(started) < span; looks++)
            {
                await Task.Delay(500);
                postgresOpen += await LookAsync(postgres, statements, logins);
                redisOpen += await RedisCounters.ConnectionsAsync(redis);
            }

            double minutes = Stopwatch.GetElapsedTime(started).TotalMinutes;
            RedisCounters counted = (await RedisCounters.ReadAsync(redis)).Since(before);
            requests = qdrant.Requests("/collections") - requests;
            long bytes = await RedisCounters.BytesAsync(redis);
            await stop.CancelAsync();
            await use;
            return
            [
                ["", $"{instances} {(instances == 1 ? "instance" : "instances")}, {(inUse ? "in use" : "idle")}"],
                ["PostgreSQL: statements", (statements.Count - statementsBefore) / minutes],
                ["PostgreSQL: logins", (logins.Count - loginsBefore) / minutes],
                ["PostgreSQL: connections open, average", postgresOpen / looks],
                ["Qdrant: requests", requests / minutes],
                ["Redis: scripts (EVAL)", counted.CallsOf("eval") / minutes],
                ["Redis: probes", counted.CallsOf("unlink") / minutes],
                ["Redis: commands inside scripts", InScripts(counted) / minutes],
                ["Redis: commands outside scripts", Others(counted) / minutes],
                ["Redis: CPU time in scripts, ms", counted.ScriptMicroseconds / 1000 / minutes],
                ["Redis: connections open, average", redisOpen / looks],
                ["Redis: bytes stored at the end", (double)bytes],
            ];
        }
        finally
        {
            foreach (HxInstance hx in fleet)
            {
                await hx.DisposeAsync();
            }
        }
    }

    private static async Task UseAsync(HxInstance hx, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await hx.GuardAsync();
            await Task.Delay(TimeSpan.FromSeconds(1), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Takes note of every session and of the statement that it ran last. Checks are two seconds apart, looks half a second: none is
    /// missed. The server's own counters (pg_stat_database) hear of statements that touch no table only when a session ends.
    /// </summary>
    /// <returns>How many sessions there are.</returns>
    private static async Task<int> LookAsync(PostgresServer server, HashSet<string> statements, HashSet<string> logins)
    {
        object? seen = await server.AdminAsync(
            "SELECT string_agg(pid || ' ' || backend_start || '|' || coalesce(query_start::text, ''), chr(10)) FROM "
                + "pg_stat_activity WHERE usename = 'hx'"
        );
        string[] sessions = seen is string text ? text.Split('\n') : [];
        foreach (string session in sessions)
        {
            logins.Add(session[..session.IndexOf('|', StringComparison.Ordinal)]);
            if (!session.EndsWith('|'))
            {
                statements.Add(session);
            }
        }

        return sessions.Length;
    }

    private static readonly HashSet<string> Scripted =
    [
        "time",
        "type",
        "get",
        "set",
        "pttl",
        "strlen",
        "hstrlen",
        "hget",
        "hset",
        "pexpire",
        "lpush",
        "ltrim",
        "lindex",
        "zadd",
        "zcard",
        "zcount",
        "zremrangebyscore",
        "del",
        "unlink",
    ];

    /// <summary>What this harness asks by itself.</summary>
    private static readonly HashSet<string> Ours = ["info", "client|list", "memory|usage", "keys"];

    private static long InScripts(RedisCounters counted) => counted.Calls.Where(c => Scripted.Contains(c.Key)).Sum(c => c.Value);

    private static long Others(RedisCounters counted) =>
        counted.Calls.Where(c => !Scripted.Contains(c.Key) && !Ours.Contains(c.Key) && c.Key is not "eval").Sum(c => c.Value);
}
