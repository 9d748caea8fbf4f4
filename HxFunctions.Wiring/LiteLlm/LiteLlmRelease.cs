namespace HxFunctions.Wiring.LiteLlm;

/// <summary>A version of LiteLLM whose source was read for what is said here of its clients (docs/litellm-clients.md).</summary>
/// <param name="Version">LiteLLM's.</param>
/// <param name="RedisPy">The version of redis-py that its image has (requirements.txt).</param>
internal sealed record LiteLlmRelease(Version Version, Version RedisPy)
{
    private static readonly LiteLlmRelease Of1744 = new(new(1, 74, 4), new(5, 2, 1));
    private static readonly LiteLlmRelease Of1819 = new(new(1, 81, 9), new(5, 2, 1));

    /// <summary>Oldest first.</summary>
    public static IReadOnlyList<LiteLlmRelease> All { get; } = [Of1744, Of1819];

    /// <summary>The releases to judge by.</summary>
    /// <param name="installed"><see langword="null"/>: it isn't known, and what is wrong for one of them is wrong.</param>
    public static IReadOnlyList<LiteLlmRelease> For(Version? installed) =>
        installed is null ? All : [All.LastOrDefault(r => r.Version <= installed) ?? All[0]];
}
