namespace HxFunctions.Cli.Gateways;

/// <summary>A server to ask, and what it wants to see.</summary>
/// <param name="Base">Without a slash at its end, query and user.</param>
/// <param name="Mount">The base's path; empty: the root.</param>
/// <param name="Headers">Sent with each ask; their values are secret.</param>
internal sealed record AskedServer(Uri Base, string Mount, IReadOnlyList<KeyValuePair<string, string>> Headers);

/// <summary>What is asked, and for how long.</summary>
/// <param name="OpenPath">A path that must pass, below the mount path.</param>
/// <param name="BasePath">The guard's GUARD_BASE_PATH; empty: none.</param>
/// <param name="Direct">The same backend without the guard in between; <see langword="null"/>: none is given.</param>
/// <param name="Timeout">For each ask.</param>
internal sealed record GatewayCheckSettings(AskedServer Gateway, string OpenPath, string BasePath, AskedServer? Direct, TimeSpan Timeout)
{
    /// <summary>For everything together.</summary>
    public TimeSpan Overall => Timeout * 12;
}
