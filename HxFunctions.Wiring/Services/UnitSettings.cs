namespace HxFunctions.Wiring.Services;

/// <summary>A file of <c>EnvironmentFile=</c>.</summary>
/// <param name="Pattern">See <see cref="GlobPattern"/>.</param>
/// <param name="Optional">It may be missing.</param>
internal sealed record EnvironmentFileSetting(string Pattern, bool Optional);

/// <summary>
/// What systemd would start a service with: the unit file and its drop-ins as it has merged them. The values may be secrets: a class
/// without a text of its own, and nothing here is printed but names and paths.
/// </summary>
internal sealed class UnitSettings
{
    /// <summary>The properties to ask for.</summary>
    public const string Properties = "LoadState,Environment,EnvironmentFiles,PassEnvironment,UnsetEnvironment,ExecStart,DropInPaths";

    private const string Optional = " (ignore_errors=yes)";
    private const string Required = " (ignore_errors=no)";

    /// <summary>In the order in which they are read: a later one wins over an earlier one, and all of them over
    /// <see cref="Environment"/> (systemd.exec(5)).</summary>
    public required IReadOnlyList<EnvironmentFileSetting> EnvironmentFiles { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Names that the service takes over from systemd's own environment; the weakest source.</summary>
    public required IReadOnlyList<string> Passed { get; init; }

    /// <summary>Names, or <c>NAME=value</c>, that are taken out at the very end.</summary>
    public required IReadOnlyList<string> Unset { get; init; }

    /// <summary>The command line, its arguments joined by spaces: systemctl doesn't say where one ends.</summary>
    public required string Command { get; init; }

    /// <summary>In the order in which they are read.</summary>
    public required IReadOnlyList<string> DropInPaths { get; init; }

    public static UnitSettings Parse(string output)
    {
        ShowOutput shown = ShowOutput.Parse(output);
        Dictionary<string, string> environment = new(StringComparer.Ordinal);
        foreach (string assignment in shown.Words("Environment"))
        {
            int equals = assignment.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                environment[assignment[..equals]] = assignment[(equals + 1)..];
            }
        }

        return new()
        {
            EnvironmentFiles = [.. shown.Lines("EnvironmentFiles").Select(File)],
            Environment = environment,
            Passed = shown.Words("PassEnvironment"),
            Unset = shown.Words("UnsetEnvironment"),
            Command = CommandOf(shown.Lines("ExecStart").LastOrDefault() ?? ""),
            DropInPaths = shown.Words("DropInPaths"),
        };
    }

    /// <summary>The same with other files.</summary>
    public UnitSettings With(IReadOnlyList<EnvironmentFileSetting> files, IReadOnlyDictionary<string, string> environment) =>
        new()
        {
            EnvironmentFiles = files,
            Environment = environment,
            Passed = Passed,
            Unset = Unset,
            Command = Command,
            DropInPaths = DropInPaths,
        };

    /// <summary>The path isn't quoted, whatever it holds.</summary>
    private static EnvironmentFileSetting File(string line) =>
        line.EndsWith(Optional, StringComparison.Ordinal) ? new(line[..^Optional.Length], true)
        : line.EndsWith(Required, StringComparison.Ordinal) ? new(line[..^Required.Length], false)
        : new(line, false);

    /// <summary><c>{ path=… ; argv[]=… ; ignore_errors=no ; start_time=… }</c>, where the arguments may hold a <c> ; </c>, too.</summary>
    private static string CommandOf(string line)
    {
        const string begin = " ; argv[]=";
        int start = line.IndexOf(begin, StringComparison.Ordinal);
        int end = Math.Max(
            line.LastIndexOf(" ; ignore_errors=", StringComparison.Ordinal),
            line.LastIndexOf(" ; flags=", StringComparison.Ordinal)
        );
        return start >= 0 && end >= start + begin.Length ? line[(start + begin.Length)..end] : "";
    }
}
