using HxFunctions.Wiring.Files;
using HxFunctions.Wiring.LiteLlm;

namespace HxFunctions.Wiring.Services;

/// <summary>Whether a unit, as systemd has merged it, starts LiteLLM on what is wired.</summary>
/// <param name="Problem">Why it does not; nothing secret.</param>
/// <param name="Advice">What to do then.</param>
/// <param name="Warnings">What LiteLLM reads besides, and what comes of it.</param>
internal sealed record WiringVerdict(string? Problem, string? Advice, IReadOnlyList<string> Warnings)
{
    /// <summary>
    /// Variables that LiteLLM acts on as soon as they are there, whatever its configuration says. Read in 1.74.4 and 1.81.9:
    /// <c>litellm/_redis.py</c> (REDIS_…), <c>proxy/proxy_cli.py</c> (the others); DATABASE_URL_READ_REPLICA is of later versions.
    /// </summary>
    private static readonly (string Name, string Effect, bool OnlyIfTrue)[] Read =
    [
        ("DATABASE_URL", "LiteLLM may connect to that database instead of the wired one", false),
        ("DIRECT_URL", "LiteLLM uses it as a separate database, in addition to DATABASE_URL", false),
        ("DATABASE_URL_READ_REPLICA", "newer versions of LiteLLM read from that database", false),
        ("IAM_TOKEN_DB_AUTH", OwnDatabaseUrl, true),
        ("STORE_MODEL_IN_DB", "settings in LiteLLM's database take precedence over its configuration", true),
    ];

    private const string OwnDatabaseUrl = "LiteLLM builds its own DATABASE_URL instead of the wired one";

    private const string RedisEffect = "LiteLLM's Redis clients use it, regardless of the configuration";

    /// <param name="unit">For advice.</param>
    /// <param name="read">The text of a file; <see langword="null"/>: it can't be read.</param>
    public static WiringVerdict Of(UnitName unit, UnitSettings settings, WiredUnit wired, Func<string, string?> read)
    {
        string? file = wired.EnvironmentFile;
        UnitEnvironment environment = UnitEnvironment.Of(settings, path => path == file ? wired.EnvironmentText : read(path), file);
        IReadOnlyDictionary<string, string> ours = EnvFile.Parse(wired.EnvironmentText).Values;
        IReadOnlyList<string> warnings = [.. WarningsOf(settings.Command), .. WarningsOf(environment, wired, ours)];
        (string Problem, string Advice)? found =
            FileProblem(unit, settings, wired, read)
            ?? OverruledProblem(unit, environment, wired, ours)
            ?? ConfigProblem(unit, settings, environment, wired);
        return new(found?.Problem, found?.Advice, warnings);
    }

    private static (string, string)? FileProblem(UnitName unit, UnitSettings settings, WiredUnit wired, Func<string, string?> read)
    {
        if (
            wired.EnvironmentFile is not { } file
            || settings.EnvironmentFiles.Any(f => f.Pattern == GlobPattern.Literal(file) || GlobPattern.Files(f.Pattern).Contains(file))
        )
        {
            return null;
        }

        string[] later =
        [
            .. DropInFile
                .After(settings.DropInPaths, wired.DropIn)
                .Where(path => DropInFile.Assignments(read(path) ?? "", "EnvironmentFile").Any(value => value.Length == 0)),
        ];
        string because =
            later.Length == 0 ? "" : $": the empty EnvironmentFile= in {string.Join(", ", later)}, which is read after it, removes it";
        return (
            $"systemd does not read {file} for {unit}{because}",
            later.Length == 0 ? $"systemctl cat {unit} shows the whole unit" : $"Remove the empty EnvironmentFile=, or add {file} after it"
        );
    }

    private static (string, string)? OverruledProblem(
        UnitName unit,
        UnitEnvironment environment,
        WiredUnit wired,
        IReadOnlyDictionary<string, string> ours
    )
    {
        string[] overruled = [.. ours.Keys.Where(name => environment.ValueOf(name) != ours[name]).Order(StringComparer.Ordinal)];
        if (overruled.Length == 0)
        {
            return null;
        }

        string source = environment.SourceOf(overruled[0]) ?? "another setting";
        return (
            $"{unit} does not get {string.Join(", ", overruled)} from {wired.EnvironmentFile}: {source} is applied after it and "
                + "overrides it",
            $"Remove the names from {source}; systemctl cat {unit} shows where it is set"
        );
    }

    private static (string, string)? ConfigProblem(UnitName unit, UnitSettings settings, UnitEnvironment environment, WiredUnit wired)
    {
        // Goes before --config, even when it is empty: proxy_server.py, get_config().
        if (environment.SourceOf(LiteLlmSettings.ConfigBucket) is { } bucket && bucket != UnitEnvironment.Taken)
        {
            return (
                $"{LiteLlmSettings.ConfigBucket}, from {bucket}, makes LiteLLM read its configuration from a bucket, not {wired.Config}",
                $"Remove {LiteLlmSettings.ConfigBucket}"
            );
        }

        // Goes before --config: proxy_server.py, proxy_startup_event().
        if (environment.ValueOf("CONFIG_FILE_PATH") is { Length: > 0 } other && !Leads(other, wired))
        {
            return (
                $"CONFIG_FILE_PATH, from {environment.SourceOf("CONFIG_FILE_PATH")}, makes LiteLLM read another configuration than "
                    + wired.Config,
                $"Remove CONFIG_FILE_PATH, or wire the file that it names (--config)"
            );
        }

        if (
            StartCommand.AfterConfigOption(settings.Command) is not { } rest
            || StartCommand.BeginsWith(rest, wired.Config)
            || (wired.Link is { } link && StartCommand.BeginsWith(rest, link))
        )
        {
            return null;
        }

        string path = rest.Split(' ')[0].Trim('"', '\'');
        if (path is "$LITELLM_CONFIG" or "${LITELLM_CONFIG}")
        {
            return environment.ValueOf("LITELLM_CONFIG") is { } named && Leads(named, wired)
                ? null
                : (
                    $"ExecStart= reads the path of the configuration from LITELLM_CONFIG, which "
                        + $"{environment.SourceOf("LITELLM_CONFIG") ?? "nothing"} "
                        + $"sets, and not to {wired.Config}",
                    $"Remove LITELLM_CONFIG from what is read after {wired.DropIn}; systemctl cat {unit} shows it"
                );
        }

        // A relative path, or one with another variable in it: not to be known from here.
        if (!path.StartsWith('/') || path.Contains('$', StringComparison.Ordinal) || Leads(path, wired))
        {
            return null;
        }

        if (StartCommand.PossibleContainerTool(settings.Command) is { } one)
        {
            return (
                $"ExecStart= runs several commands, one of them {one}: whether LiteLLM runs in a container, and whether its configuration "
                    + $"{path} is {wired.Config}, is unknown",
                $"Let ExecStart= run one command (systemctl edit {unit}; ExecStartPre= takes the others), or use --no-restart"
            );
        }

        return StartCommand.ContainerTool(settings.Command) is { } tool
            ? (
                $"ExecStart= runs LiteLLM with {tool}: its configuration {path} is a path in the container, so it is unknown whether that "
                    + $"is {wired.Config}",
                "Use --no-restart, and restart the container yourself"
            )
            : (
                $"ExecStart= starts LiteLLM with the configuration {path}, not with {wired.Config}",
                $"Wire that file (--config {path}), or change ExecStart= (systemctl edit {unit})"
            );
    }

    private static bool Leads(string path, WiredUnit wired)
    {
        try
        {
            return path == wired.Config || path == wired.Link || RealPath.Of(path).Path == RealPath.Of(wired.Config).Path;
        }
        catch (WireFileException)
        {
            return false;
        }
    }

    /// <summary>Options that do what a variable does (litellm/proxy/proxy_cli.py), and a container, which gets no variable by
    /// itself.</summary>
    private static IEnumerable<string> WarningsOf(string command)
    {
        const string ownUrl = "--iam_token_db_auth";
        if (command.Split(' ').Contains(ownUrl))
        {
            yield return $"ExecStart= has {ownUrl}: {OwnDatabaseUrl}. Remove it, unless you want this";
        }

        if (StartCommand.ContainerTool(command) is { } tool)
        {
            yield return $"ExecStart= runs LiteLLM with {tool}: EnvironmentFile= does not reach a container by itself. Give it each "
                + "variable with --env NAME, or use --no-restart";
        }

        if (StartCommand.PossibleContainerTool(command) is { } possible)
        {
            yield return $"ExecStart= runs several commands, one of them {possible}: if LiteLLM runs in that container, EnvironmentFile= "
                + "does not reach it by itself. Give it each variable with --env NAME, or use --no-restart";
        }

        if (StartCommand.ClearsEnvironment(command) is { } clearing)
        {
            yield return $"ExecStart= runs LiteLLM with {clearing}, which removes the variables of EnvironmentFile=. "
                + (clearing == "sudo" ? "Use User= of the unit instead, or sudo --preserve-env" : "Remove the option");
        }
    }

    private static IEnumerable<string> WarningsOf(UnitEnvironment environment, WiredUnit wired, IReadOnlyDictionary<string, string> ours)
    {
        IEnumerable<(string Name, string Effect, bool OnlyIfTrue)> all = Read.Concat(
            environment
                .Names.Where(name => name.StartsWith("REDIS_", StringComparison.Ordinal))
                .Order()
                .Select(name => (name, RedisEffect, false))
        );
        foreach ((string name, string effect, bool onlyIfTrue) in all)
        {
            if (
                !ours.ContainsKey(name)
                && !(onlyIfTrue && environment.ValueOf(name) is { } value && !LiteLlmView.IsTrue(value))
                && environment.SourceOf(name) is { } source
                && source != UnitEnvironment.Taken
                && source != wired.EnvironmentFile
            )
            {
                yield return $"the unit sets {name} ({source}): {effect}. Remove it, unless you want this";
            }
        }
    }
}
