using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.Tests;
using HxFunctions.Wiring.LiteLlm;

namespace HxFunctions.SystemTests.Wiring.LiteLlm;

/// <summary>A configuration and the environment that LiteLLM is started in.</summary>
internal sealed record LiteLlmCase(string Config, IReadOnlyDictionary<string, string> Environment, Version LiteLlm);

/// <summary>What the script saw.</summary>
/// <param name="Version">Of redis-py.</param>
/// <param name="Signatures">The names of arguments, by class.</param>
/// <param name="Outcomes">One for each case, in their order.</param>
internal sealed record LiteLlmSeen(
    Version Version,
    IReadOnlyDictionary<string, string[]> Signatures,
    IReadOnlyList<LiteLlmOutcome> Outcomes
);

/// <summary>What comes of a case.</summary>
/// <param name="Start">What ended LiteLLM's start; null: nothing did.</param>
/// <param name="Cache">Null: it doesn't start.</param>
/// <param name="Router">Null: it doesn't start, or has no client of its own.</param>
internal sealed record LiteLlmOutcome(RedisAnswer? Start, CacheOutcome? Cache, ClientOutcome? Router);

/// <summary>What the two clients saw that LiteLLM has for each cache.</summary>
internal record ClientOutcome(RedisAnswer? Synchronous, RedisAnswer? Asynchronous)
{
    public bool Works => Synchronous is { Error: null } && Asynchronous is { Error: null };
}

/// <param name="Kind">Of the cache; without a Redis client, the clients are null.</param>
internal sealed record CacheOutcome(string Kind, RedisAnswer? Synchronous, RedisAnswer? Asynchronous)
    : ClientOutcome(Synchronous, Asynchronous);

/// <summary>A server's words about the connection, or an exception's type and message.</summary>
internal sealed record RedisAnswer(string? Error, string? Message, bool Ping, string? User, int Database, int Port);

/// <summary>Runs <c>litellm_clients.py</c>: one process for all cases.</summary>
internal static class LiteLlmPython
{
    private static readonly JsonSerializerOptions Lower = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>LiteLLM's newest version of which all was read, with Debian's redis-py, which it would take as well.</summary>
    public static LiteLlmRelease Release { get; } = LiteLlmRelease.All[^1] with { RedisPy = new(4, 3, 4) };

    public static async Task<LiteLlmSeen> RunAsync(params IEnumerable<LiteLlmCase> cases)
    {
        DebianPython.Require("redis", "python3-redis");
        DebianPython.Require("yaml", "python3-yaml");
        string script = Path.Combine(Repository.Root, "HxFunctions.SystemTests", "Wiring", "LiteLlm", "litellm_clients.py");
        string input = JsonSerializer.Serialize(
            cases.Select(c => new
            {
                config = c.Config,
                environment = c.Environment,
                version = c.LiteLlm.ToString(),
            })
        );
        return JsonSerializer.Deserialize<LiteLlmSeen>(await DebianPython.RunAsync(script, input), Lower)!;
    }
}
