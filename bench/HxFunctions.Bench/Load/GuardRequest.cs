namespace HxFunctions.Bench.Load;

/// <summary>What a gateway asks the guard.</summary>
internal static class GuardRequest
{
    public const string Path = "guard";
    public const string Key = "the-key-of-this-benchmark";

    /// <summary>About a guarded route.</summary>
    public static IReadOnlyList<(string Name, string Value)> Guarded { get; } = About("/v1/keys/3f2a", "POST");

    /// <summary>About a route without a rule.</summary>
    public static IReadOnlyList<(string Name, string Value)> Unguarded { get; } = About("/v1/models", "GET");

    private static (string, string)[] About(string path, string method) =>
        [("X-Original-URI", path), ("X-Original-Method", method), ("x-functions-key", Key)];
}
