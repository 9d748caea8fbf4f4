using HxFunctions.Core.Snapshots;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Servers;

/// <summary>A run of one of the store's scripts on a state that was made up.</summary>
/// <param name="Plants">The commands that make the state, each with its name in front.</param>
internal sealed record ScriptCase(string Name, string Script, RedisKey[] Keys, RedisValue[] Arguments, List<RedisValue[]> Plants)
{
    private const string AsksForTime = "redis.call('TIME')";

    /// <summary>The clock that scripts find instead of TIME, in milliseconds since 1970.</summary>
    public const long Now = 1_790_000_000_123;

    /// <summary>The script with <see cref="Now"/> in place of TIME, so that both servers have the same clock.</summary>
    public string Frozen
    {
        get
        {
            // The probe only tries whether TIME may be called.
            string frozen = Script.Replace(AsksForTime, "{'1790000000','123456'}", StringComparison.Ordinal);
            Assert.True(frozen != Script || Script == SnapshotScripts.Probe);
            return frozen;
        }
    }

    public override string ToString()
    {
        IEnumerable<string> plants = Plants.Select(plant => string.Join(' ', plant.Select(ScriptTexts.Shortened)));
        return $"{Name}({string.Join(", ", Arguments.Select(ScriptTexts.Shortened))}) on: {string.Join("; ", plants)}";
    }
}
