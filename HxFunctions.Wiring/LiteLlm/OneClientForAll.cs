namespace HxFunctions.Wiring.LiteLlm;

/// <summary>
/// LiteLLM 1.74.4 keeps one asynchronous client for all of its Redis caches, those of clusters aside: whichever is used first makes it, and
/// the others use it whatever their settings say (litellm/caching/redis_cache.py, init_async_client). 1.81.9 has one for each.
/// </summary>
internal static class OneClientForAll
{
    private static readonly Version Ended = new(1, 81);

    /// <returns>The warning; <see langword="null"/>: there is nothing to warn of.</returns>
    public static string? Warning(LiteLlmRelease release, IReadOnlyList<LiteLlmClient> clients)
    {
        LiteLlmClient[] own = [.. clients.Where(client => client.Redis is { IsCluster: false })];
        return release.Version < Ended && own.Select(client => client.Redis).Distinct().Count() > 1
            ? $"LiteLLM {release.Version} uses one Redis client for the requests of its "
                + $"{string.Join(" and its ", own.Select(c => c.Name))}: "
                + "all connect to the server of whichever is used first. Later versions (1.81.9) use separate clients"
            : null;
    }
}
