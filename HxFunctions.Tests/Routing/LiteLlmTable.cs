using System.Text.RegularExpressions;
using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routing;

/// <summary>A line of a table of one LiteLLM version: a route as its source declares it, and what the guard has to say.</summary>
/// <param name="Up">Whether it is closed while everything is up.</param>
/// <param name="Down">Whether it is closed while everything is down.</param>
/// <param name="ReadOnly">Whether it is closed while PostgreSQL takes no writes.</param>
/// <param name="Note">Why the verdict isn't what the handler's needs alone would give.</param>
internal sealed record LiteLlmLine(
    string Method,
    string Path,
    string Database,
    string Redis,
    bool Up,
    bool Down,
    bool ReadOnly,
    string Note
)
{
    public override string ToString() => $"{Method} {Path}";
}

/// <summary>The tables litellm-*.tsv, made from the source of two versions and not from the list (docs/litellm-routes.md).</summary>
internal static partial class LiteLlmTable
{
    public static IReadOnlyList<string> Versions { get; } = ["1.74.4", "1.81.9"];

    public static IReadOnlyList<LiteLlmLine> Of(string version) =>
        [
            .. File.ReadLines(System.IO.Path.Combine(Repository.Root, "HxFunctions.Tests", "Routing", $"litellm-{version}.tsv"))
                .Skip(1)
                .Select(line => line.Split('\t'))
                .Select(c => new LiteLlmLine(c[0], c[1], c[2], c[3], IsClosed(c[4]), IsClosed(c[5]), IsClosed(c[6]), c[7])),
        ];

    /// <summary>What two templates have in common that differ only in the names and types of their parameters.</summary>
    public static string ShapeOf(string template) => Parameter().Replace(template, "{}");

    /// <summary>A path that the template is for.</summary>
    public static string SampleOf(string template) =>
        Parameter().Replace(template, match => match.Value.EndsWith(":path}", StringComparison.Ordinal) ? "some/value" : "value");

    /// <summary>The list's pattern of a row, exact as the default rules have it.</summary>
    public static RoutePattern PatternOf(string template) =>
        RoutePattern.TryParse(template, isExact: true, out RoutePattern? pattern, out string? problem)
            ? pattern
            : throw new FormatException($"{template} {problem}");

    private static bool IsClosed(string word) =>
        word switch
        {
            "open" => false,
            "closed" => true,
            _ => throw new FormatException(word),
        };

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
