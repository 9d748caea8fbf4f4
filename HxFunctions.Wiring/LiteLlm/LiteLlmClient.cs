namespace HxFunctions.Wiring.LiteLlm;

/// <summary>A client of LiteLLM's, as a configuration and an environment make it.</summary>
/// <param name="Name">What it is for, e.g. <c>cache</c>.</param>
/// <param name="Redis">Its Redis; <see langword="null"/>: it has none, or shares another's.</param>
/// <param name="Words">Where it connects to, for people. No secrets.</param>
/// <param name="Problems">Settings that it doesn't take as they are meant.</param>
internal sealed record LiteLlmClient(string Name, RedisTarget? Redis, string Words, IReadOnlyList<ClientProblem> Problems)
{
    /// <summary>What a Redis client of its own gets, those of the environment included.</summary>
    public IReadOnlyDictionary<string, LiteLlmValue> Arguments { get; init; } = new Dictionary<string, LiteLlmValue>();

    /// <summary>Whether it works as far as its settings say.</summary>
    public bool Works => Problems.All(p => p.Effect == ClientEffect.Ignored);
}
