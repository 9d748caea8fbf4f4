namespace HxFunctions.Core.Routing;

/// <summary>
/// A route that is always closed and that no backend has. Whoever asks a gateway for it and gets anything but the guard's refusal knows
/// that the gateway doesn't ask.
/// </summary>
internal static class Canary
{
    public const string Path = "/.hx/canary";

    /// <summary>It needs nothing. In a matcher it stands behind the configured rules.</summary>
    public static GuardRule Rule { get; } = new(Path, GuardMethods.All, []) { Origin = RuleOrigin.BuiltIn, IsExact = true };

    /// <summary>Whether an entry of GUARD_ROUTES names it.</summary>
    public static bool Is(string route) => route.Equals(Path, StringComparison.OrdinalIgnoreCase);
}
