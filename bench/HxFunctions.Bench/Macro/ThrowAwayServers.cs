using HxFunctions.Servers;

namespace HxFunctions.Bench.Macro;

/// <summary>
/// <c>servers</c>: a throw-away PostgreSQL and Redis for a script. Writes their addresses as shell assignments, then obeys <c>hang</c> and
/// <c>resume</c> (PostgreSQL), a line each; ends with its input.
/// </summary>
internal static class ThrowAwayServers
{
    public static async Task<int> RunAsync()
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync(
            new() { Settings = new Dictionary<string, string> { ["autovacuum"] = "off" } }
        );
        await using RedisServer redis = await RedisServer.StartAsync();
        Console.WriteLine(
            $"PG_URL='{postgres.Url}' PG_KEYWORDS='{postgres.ConnectionString}' REDIS_URL='{redis.Url}' "
                + $"REDIS_KEYWORDS='127.0.0.1:{redis.Port}' CLOSED_PORT={FreePort.Next()}"
        );
        while (await Console.In.ReadLineAsync() is { } line)
        {
            await (
                line switch
                {
                    "hang" => postgres.HangAsync(),
                    "resume" => postgres.ResumeAsync(),
                    _ => throw new InvalidOperationException($"No such order: {line}"),
                }
            );
            Console.WriteLine("done");
        }

        await postgres.ResumeAsync();
        return 0;
    }
}
