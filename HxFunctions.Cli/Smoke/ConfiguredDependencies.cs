using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Smoke;

/// <summary>What <c>/healthz/deps</c> tells: it holds a flag for each dependency that is configured, and nothing about others.</summary>
/// <param name="States">By name, in its order.</param>
internal sealed record ConfiguredDependencies(IReadOnlyList<(string Name, bool IsUp)> States)
{
    /// <returns><see langword="null"/>: it is no such answer.</returns>
    public static ConfiguredDependencies? Read(JsonElement? json)
    {
        if (json is not { ValueKind: JsonValueKind.Object } flags)
        {
            return null;
        }

        List<(string, bool)> states = [];
        foreach (JsonProperty flag in flags.EnumerateObject().Take(DependencyName.MaxCount))
        {
            if (flag.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False) || !DependencyName.IsValid(flag.Name))
            {
                return null;
            }

            states.Add((flag.Name, flag.Value.ValueKind == JsonValueKind.True));
        }

        return new(states);
    }

    /// <summary>What no rule needs may be missing.</summary>
    /// <param name="needs">Of the guard's rules; the function app itself says that such a configuration is wrong.</param>
    public (SmokeOutcome Outcome, string Found, string Advice) Judge(IReadOnlyCollection<string> needs)
    {
        string[] configured = [.. States.Select(s => s.Name)];
        string[] absent = [.. DependencyKind.All.Select(kind => kind.Name).Union(needs).Except(configured)];
        string found = string.Join(
            ", ",
            States.Select(s => $"{s.Name} {(s.IsUp ? "up" : "down")}").Concat(absent.Select(name => $"{name} not configured"))
        );
        string[] missing = [.. absent.Intersect(needs)];
        return missing.Length > 0
            ? (
                SmokeOutcome.Fail,
                found,
                $"the guard's rules need {string.Join(", ", missing)}: set {VariablesOf(missing)} in the function app"
            )
            : (SmokeOutcome.Pass, found, States.Any(s => !s.IsUp) ? "hx check shows why it is down" : "");
    }

    private static string VariablesOf(IEnumerable<string> names) =>
        string.Join(", ", names.Select(name => DependencyKind.Find(name)?.UrlVariable ?? Variables.Dependencies).Distinct());
}
