using HxFunctions.Core.Snapshots;
using StackExchange.Redis;

namespace HxFunctions.Tests.Simulation;

/// <summary>The store's commands of a version that is to come: what it writes has one more member or element, which a version may add
/// within a schema (docs/upgrading.md).</summary>
internal sealed class LaterVersionCommands(IStoreCommands redis) : IStoreCommands
{
    private const string Member = ",\"later\":[1,{}]";

    public async Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] arguments, bool mayRepeat) =>
        Shorten(await redis.EvaluateAsync(script, keys, Array.ConvertAll(arguments, Extend), mayRepeat));

    private static RedisValue Extend(RedisValue argument) =>
        (string?)argument switch
        {
            ['{', .., '}'] json when !json.Contains(Member, StringComparison.Ordinal) => $"{json[..^1]}{Member}}}",
            ['[', .., ']'] entry => $"{entry[..^1]},1]",
            _ => argument,
        };

    /// <summary>Whoever set an override knows it by its text, the member too. Records are compared as they were read.</summary>
    private static RedisResult Shorten(RedisResult answer) =>
        answer.Length >= 0 ? RedisResult.Create(Array.ConvertAll((RedisResult[])answer!, Shorten))
        : (string?)answer is { } text && text.Contains("\"verdict\"", StringComparison.Ordinal)
            ? RedisResult.Create((RedisValue)text.Replace(Member, "", StringComparison.Ordinal))
        : answer;
}
