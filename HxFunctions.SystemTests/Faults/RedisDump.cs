using System.Text;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Faults;

/// <summary>All keys and values of a Redis as text.</summary>
internal static class RedisDump
{
    public static async Task<string> OfAsync(RedisServer server)
    {
        StringBuilder all = new();
        foreach (string key in (await server.CommandAsync("KEYS", "*")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string type = await server.CommandAsync("TYPE", key);
            all.AppendLine(key)
                .AppendLine(
                    type switch
                    {
                        "hash" => await server.CommandAsync("HGETALL", key),
                        "list" => await server.CommandAsync("LRANGE", key, "0", "-1"),
                        "zset" => await server.CommandAsync("ZRANGE", key, "0", "-1", "WITHSCORES"),
                        "string" => await server.CommandAsync("GET", key),
                        _ => throw new InvalidOperationException($"A {type}: who looks into it?"),
                    }
                );
        }

        return all.ToString();
    }
}
