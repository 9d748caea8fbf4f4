using System.Text.RegularExpressions;

namespace HxFunctions.Tests.Routing;

/// <summary>Routes as Starlette's compile_path reads them (starlette/routing.py), with <c>/*</c> and prefixes besides.</summary>
internal static partial class StarletteRoute
{
    /// <param name="isExact">Whether a route without parameters is meant for itself alone.</param>
    public static Regex Compile(string route, bool isExact, RegexOptions options = RegexOptions.None)
    {
        bool covers = route.Contains('{', StringComparison.Ordinal) ? route.EndsWith("/*", StringComparison.Ordinal) : !isExact;
        route = route.EndsWith("/*", StringComparison.Ordinal) ? route[..^2] : route;
        string pattern = string.Concat(
            Parameter()
                .Split(route)
                .Select(part =>
                    part.StartsWith('{') ? (part.EndsWith(":path}", StringComparison.Ordinal) ? ".*" : "[^/]+") : Regex.Escape(part)
                )
        );
        return new Regex($"^{pattern}{(covers ? "(/.*)?" : "")}\\z", options | RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    /// <summary>A path of the route, with these values for its parameters.</summary>
    public static string Fill(string route, Func<string, string> value) =>
        Parameter().Replace(route.EndsWith("/*", StringComparison.Ordinal) ? route[..^2] : route, match => value(match.Value));

    [GeneratedRegex(@"(\{[a-zA-Z_0-9]+(?::path)?\})")]
    private static partial Regex Parameter();
}
