using HxFunctions.Cli.Commands;

namespace HxFunctions.Cli.Smoke;

/// <summary>What is looked at, and for how long.</summary>
/// <param name="Gateway">With the admin key.</param>
/// <param name="LimitedKey">One that may not administer; <see langword="null"/>: none was given.</param>
/// <param name="Functions">With a key of function level, when it needs one.</param>
/// <param name="Timeout">For each request.</param>
internal sealed record SmokeSettings(RemoteTarget Gateway, string? LimitedKey, RemoteTarget Functions, TimeSpan Timeout)
{
    /// <summary>For everything together: some requests may hang, not all of them one after the other.</summary>
    public TimeSpan Overall => Timeout * 6;
}
