namespace HxFunctions.Core.Dependencies;

/// <summary>What is wrong with a Redis.</summary>
/// <param name="Reason">One of <see cref="Reasons"/>.</param>
/// <param name="Detail">What that alone doesn't say: the command or permission that is missing.</param>
internal readonly record struct RedisFailure(string Reason, string? Detail = null)
{
    public override string ToString() => Detail is null ? Reason : $"{Reason}: {Detail}";
}

/// <summary>There is no connection to Redis, and what was found when one was tried.</summary>
/// <param name="message">The server's words, or those of whatever failed below.</param>
internal sealed class RedisUnavailableException(RedisFailure failure, string message) : Exception(message)
{
    public RedisFailure Failure => failure;
}
