using System.Globalization;
using System.Text.RegularExpressions;
using HxFunctions.Servers;

namespace HxFunctions.Bench.Fleet;

/// <summary>What a redis-server says of itself: <c>INFO</c>, <c>CLIENT LIST</c>, <c>MEMORY USAGE</c>.</summary>
/// <param name="Calls">Calls by command, those within scripts included.</param>
/// <param name="ScriptMicroseconds">Time spent in EVAL.</param>
/// <param name="CpuSeconds">Processor time of the server, user and system.</param>
internal sealed partial record RedisCounters(IReadOnlyDictionary<string, long> Calls, double ScriptMicroseconds, double CpuSeconds)
{
    public static async Task<RedisCounters> ReadAsync(RedisServer server)
    {
        string commands = await server.CommandAsync("INFO", "commandstats");
        string cpu = await server.CommandAsync("INFO", "cpu");
        MatchCollection lines = CommandStat().Matches(commands);
        return new(
            lines.ToDictionary(m => m.Groups["command"].Value, m => long.Parse(m.Groups["calls"].Value, CultureInfo.InvariantCulture)),
            lines
                .Where(m => m.Groups["command"].Value == "eval")
                .Sum(m => double.Parse(m.Groups["usec"].Value, CultureInfo.InvariantCulture)),
            Number(cpu, "used_cpu_user") + Number(cpu, "used_cpu_sys")
        );
    }

    /// <summary>Connections of instances.</summary>
    public static async Task<int> ConnectionsAsync(RedisServer server) =>
        (await server.CommandAsync("CLIENT", "LIST")).Split('\n').Count(line => line.Contains(" name=hx ", StringComparison.Ordinal));

    /// <summary>Bytes of all keys with what Redis needs to hold them.</summary>
    public static async Task<long> BytesAsync(RedisServer server)
    {
        long bytes = 0;
        foreach (string key in (await server.CommandAsync("KEYS", "*")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            bytes += long.TryParse(
                await server.CommandAsync("MEMORY", "USAGE", key, "SAMPLES", "0"),
                CultureInfo.InvariantCulture,
                out long size
            )
                ? size
                : 0;
        }

        return bytes;
    }

    public long CallsOf(string command) => Calls.GetValueOrDefault(command);

    /// <summary>What was added since.</summary>
    public RedisCounters Since(RedisCounters before) =>
        new(
            Calls.ToDictionary(c => c.Key, c => c.Value - before.CallsOf(c.Key)),
            ScriptMicroseconds - before.ScriptMicroseconds,
            CpuSeconds - before.CpuSeconds
        );

    private static double Number(string info, string name) =>
        double.Parse(
            info.Split('\n').Single(line => line.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..].Trim(),
            CultureInfo.InvariantCulture
        );

    [GeneratedRegex(
        @"^cmdstat_(?<command>[^:]+):calls=(?<calls>\d+),usec=(?<usec>\d+)",
        RegexOptions.Multiline | RegexOptions.CultureInvariant
    )]
    private static partial Regex CommandStat();
}
