using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routing;

/// <summary>Matching as most tests want it.</summary>
internal static class Matching
{
    /// <summary>With a method that nobody knows: only what is exempt for all methods is.</summary>
    public static bool TryMatch(this RouteMatcher matcher, ReadOnlySpan<char> path, Span<ulong> matched) =>
        matcher.TryMatch(path, GuardMethods.Other, matched);
}
