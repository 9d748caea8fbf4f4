using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Configuration;

/// <summary>
/// Levels in the configuration's section "Logging" (<c>Logging__LogLevel__Default=INFO</c>) by names that .NET doesn't know, at which its
/// host would end: WRAPPER_LOG_LEVEL's, and those of other systems.
/// </summary>
public static class LogLevelNames
{
    private const string Section = "Logging";

    /// <summary>.NET's name for another's; <see langword="null"/>: it has none.</summary>
    private static string? Translate(string name) =>
        name.ToUpperInvariant() switch
        {
            "VERBOSE" or "ALL" => nameof(LogLevel.Trace),
            "INFO" or "NOTICE" => nameof(LogLevel.Information),
            "WARN" => nameof(LogLevel.Warning),
            "ERR" => nameof(LogLevel.Error),
            "CRIT" or "FATAL" => nameof(LogLevel.Critical),
            "OFF" => nameof(LogLevel.None),
            _ => null,
        };

    /// <summary>What to put over a configuration so that every level in it can be read. One without a meaning counts as not set.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Corrections(IConfiguration configuration) =>
        Foreign(configuration.GetSection(Section))
            .Select(level => KeyValuePair.Create(level.Key, (string?)(Translate(level.Value!) ?? "")));

    /// <summary>Hints at the levels that have no meaning.</summary>
    internal static void Check(VariableReader variables)
    {
        foreach ((string key, string? value) in Foreign(variables.Section(Section)).Where(level => Translate(level.Value!) is null))
        {
            variables.AddHint(
                key.Replace(":", "__", StringComparison.Ordinal),
                $"is not a log level ({string.Join(", ", Enum.GetNames<LogLevel>())}): it has no effect"
            );
        }
    }

    private static IEnumerable<KeyValuePair<string, string?>> Foreign(IConfigurationSection section) =>
        section
            .AsEnumerable()
            .Where(entry =>
                !string.IsNullOrEmpty(entry.Value)
                && entry.Key.Contains(":LogLevel:", StringComparison.OrdinalIgnoreCase)
                && !Enum.TryParse<LogLevel>(entry.Value, ignoreCase: true, out _)
            );
}
