using HxFunctions.Core.Dependencies;
using StackExchange.Redis;

namespace HxFunctions.Core.Snapshots;

/// <summary>What the store and the history ask of Redis: one command, so that the rest of them can be tried against any server.</summary>
internal interface IStoreCommands
{
    /// <summary>EVAL.</summary>
    /// <param name="mayRepeat">Whether it may run again when it is not known whether Redis has run it.</param>
    /// <exception cref="Exception">Anything that a client throws; <see cref="RedisFailures"/> knows what it means.</exception>
    Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] arguments, bool mayRepeat);
}

/// <summary>Asks on the process's connection. From the thread pool, for the client may block before its first await.</summary>
internal sealed class RedisStoreCommands(RedisConnection connection) : IStoreCommands
{
    public Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] arguments, bool mayRepeat) =>
        // EVAL rather than SCRIPT LOAD and EVALSHA: a server that was replaced knows no scripts, and a few hundred bytes every two seconds
        // are nothing.
        Task.Run(() =>
            connection.RunAsync(
                database => database.ScriptEvaluateAsync(script, keys, arguments, CommandFlags.NoScriptCache | CommandFlags.DemandMaster),
                mayRepeat
            )
        );
}
