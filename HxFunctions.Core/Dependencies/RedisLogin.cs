namespace HxFunctions.Core.Dependencies;

/// <summary>A login to Redis or to one of its sentinels: https://redis.io/docs/latest/commands/auth/.</summary>
internal static class RedisLogin
{
    /// <summary>Logs in with the user, or without where there are none.</summary>
    /// <param name="ask">Sends a command, and gives the answer.</param>
    /// <param name="user">Null or empty: <c>default</c>.</param>
    /// <returns>The last answer, and whether the server took the password alone.</returns>
    public static async Task<(string Answer, bool WithoutUser)> AskAsync(Func<string[], Task<string>> ask, string? user, string password)
    {
        if (string.IsNullOrEmpty(user))
        {
            return (await ask(["AUTH", password]), false);
        }

        string answer = await ask(["AUTH", user, password]);
        // Redis 5 and older have no users. redis-py leaves the user out then, too (connection.py, on_connect_check_health).
        return answer.Contains("wrong number of arguments for 'auth'", StringComparison.OrdinalIgnoreCase)
            ? (await ask(["AUTH", password]), true)
            : (answer, false);
    }
}
