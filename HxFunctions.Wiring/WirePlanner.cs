using HxFunctions.Core.Configuration;
using HxFunctions.Wiring.Files;
using HxFunctions.Wiring.LiteLlm;
using HxFunctions.Wiring.Yaml;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Wiring;

/// <summary>Reads the files and works out what they shall hold. Changes nothing.</summary>
/// <param name="environment">The process's environment, for URLs that the wrapper's file lacks.</param>
/// <param name="otherProblems">What is wrong with the variables that Core doesn't read.</param>
internal sealed class WirePlanner(
    WireOptions options,
    Func<string, string?> environment,
    Func<IConfiguration, IEnumerable<ConfigurationProblem>> otherProblems
)
{
    private const string ConfigVariable = "LITELLM_CONFIG";

    /// <summary>What the wrapper's file may take over from the environment: there is no default for these.</summary>
    private static readonly string[] Needed = [Variables.PgUrl, Variables.RedisUrl, Variables.QdrantUrl, Variables.QdrantApiKey];

    /// <param name="unfinished">An earlier run was interrupted.</param>
    /// <param name="restartNeeded">An earlier run left the services on older files.</param>
    /// <exception cref="WireRefusedException">Something can't be wired safely.</exception>
    /// <exception cref="YamlRefusedException">The configuration is of a kind that can't be edited safely.</exception>
    public WirePlan Plan(bool unfinished, bool restartNeeded)
    {
        // First, for it is what a mistyped path shows by.
        if (Read(options.Config).Text is null && (options.Link is null || Read(options.Link).Text is null))
        {
            throw new WireRefusedException($"{options.Config} does not exist: set --config to the path of LiteLLM's configuration");
        }

        PlannedFile wrapper = PlanWrapper();
        IReadOnlyDictionary<string, string> values = EnvFile.Parse(wrapper.After).Values;
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(v => KeyValuePair.Create(v.Key, (string?)v.Value)))
            .Build();
        HxSettings settings = HxSettingsReader.Read(configuration);
        ConfigurationProblem[] problems = [.. settings.Problems, .. otherProblems(configuration)];
        if (problems.Length > 0)
        {
            throw new WireRefusedException($"{wrapper.Path}: {string.Join("; ", (object[])problems)}");
        }

        if (settings.PostgresAuthentication == Authentication.Entra || settings.RedisAuthentication == Authentication.Entra)
        {
            throw new WireRefusedException(
                $"{wrapper.Path}: {Variables.PgAuth} or {Variables.RedisAuth} is entra, but LiteLLM can't log in with such "
                    + $"tokens when it is wired: use URLs with a separate password"
            );
        }

        PlannedLink? link = PlanLink();
        (FileEntry configSeen, string? configBefore, FileEntry? like, YamlConfig config) = ReadConfig();
        (FileEntry environmentSeen, string? environmentBefore) = Read(options.LiteLlmEnvironment);
        EnvFile environmentFile = Environment(options.LiteLlmEnvironment, environmentBefore);
        WiredLiteLlm wired = Wire(values, settings, config, environmentFile);
        PlannedFile configFile = new(
            options.Config,
            "LiteLLM's configuration",
            configSeen,
            configBefore,
            wired.Config.Text,
            null,
            [.. wired.Changes.Select(NoteOf)]
        )
        {
            Like = like,
        };
        List<PlannedFile> files = [configFile, wrapper];
        if (PlanLiteLlm(wired, environmentFile, environmentSeen, environmentBefore) is { } liteLlm)
        {
            files.Add(liteLlm);
        }

        bool hasEnvironment = files.Count > 2;
        if (options.Restart)
        {
            files.Add(PlanDropIn(hasEnvironment));
        }

        RefuseSharedPaths(files, link);
        WireWarnings warnings = new(options, configFile, config, wired);
        IEnumerable<PlannedFile> environments = files.Where(f => f.Role.EndsWith("environment", StringComparison.Ordinal));
        return new(
            files,
            link,
            [.. warnings.All(), .. LeftToOperator(hasEnvironment), .. environments.SelectMany(WireWarnings.OfEnvironment)],
            wired,
            warnings.UsesLangfuse,
            settings,
            unfinished,
            restartNeeded
        );
    }

    private PlannedFile PlanWrapper()
    {
        (FileEntry seen, string? before) = Read(options.WrapperEnvironment);
        EnvFile file = Environment(options.WrapperEnvironment, before);
        List<string> notes = [];
        void Add(string name, string? value)
        {
            if (
                string.IsNullOrWhiteSpace(value)
                || (file.Values.TryGetValue(name, out string? present) && (present.Trim().Length > 0 || !Needed.Contains(name)))
            )
            {
                return;
            }

            file = Set(file, name, value.Trim());
            notes.Add(Variables.ByName[name].Secret ? $"{name} from the environment" : $"{name}={value}");
        }

        foreach (string name in Needed)
        {
            Add(name, environment(name));
        }

        foreach (string name in (string[])[Variables.PgUrl, Variables.RedisUrl])
        {
            if (!file.Values.TryGetValue(name, out string? value) || string.IsNullOrWhiteSpace(value))
            {
                throw new WireRefusedException(
                    $"{options.WrapperEnvironment} has no {name}: add it there, or set it in the environment of this command"
                );
            }
        }

        foreach (Variable variable in Variables.All.Where(v => v.Default is not null))
        {
            Add(variable.Name, variable.Default);
        }

        return new(options.WrapperEnvironment, "the wrapper's environment", seen, before, file.ToString(), FileModes.Private, notes);
    }

    /// <returns>The configuration; an installation from before the canonical path has it where the link shall be.</returns>
    private (FileEntry Seen, string? Before, FileEntry? Like, YamlConfig Config) ReadConfig()
    {
        (FileEntry seen, string? before) = Read(options.Config);
        (FileEntry Seen, string? Text)? moved = before is null ? Read(options.Link!) : null;
        try
        {
            YamlConfig config = YamlConfig.Load(before ?? moved!.Value.Text!);
            return LiteLlmSections.Problem(config) is { } problem
                ? throw new WireRefusedException($"{options.Config} {problem}")
                : (seen, before, moved?.Seen, config);
        }
        catch (YamlRefusedException refusal)
        {
            throw Refusal(refusal);
        }
    }

    private WiredLiteLlm Wire(IReadOnlyDictionary<string, string> values, HxSettings settings, YamlConfig config, EnvFile environment)
    {
        RefuseBucket(environment);
        LiteLlmWiring wiring = new(
            options.Config,
            config,
            LiteLlmIncludes.Load(options.Config, options.Link, config, TextOf),
            environment,
            options.More,
            LiteLlmRelease.All
        );
        try
        {
            return wiring.Wire(
                prefix =>
                    LiteLlmSettings.From(
                        values[Variables.PgUrl],
                        settings.Postgres!,
                        values[Variables.RedisUrl],
                        settings.Redis!,
                        options.Literal,
                        TextOf,
                        options.WrapperKeys,
                        prefix
                    ),
                options.WrapperKeys ? [] : [.. LiteLlmSettings.WrapperKeys.Select(key => YamlPath.Of("litellm_settings", key))]
            );
        }
        catch (YamlRefusedException refusal)
        {
            throw Refusal(refusal);
        }
    }

    /// <summary>Even an empty value counts (litellm/proxy/proxy_server.py, get_config).</summary>
    private void RefuseBucket(EnvFile environment)
    {
        if (environment.Values.ContainsKey(LiteLlmSettings.ConfigBucket))
        {
            throw new WireRefusedException(
                $"{options.LiteLlmEnvironment} sets {LiteLlmSettings.ConfigBucket}, by which LiteLLM reads its configuration from a "
                    + $"bucket, not {options.Config}: remove it"
            );
        }
    }

    private WireRefusedException Refusal(YamlRefusedException refusal) =>
        new($"{options.Config}, line {refusal.Line}, column {refusal.Column}: {refusal.Message}");

    private static string NoteOf(YamlChange change) =>
        change.Kind switch
        {
            YamlChangeKind.Replaced => $"{change.Path}, which replaces another value",
            YamlChangeKind.Removed => $"{change.Path} goes",
            _ => $"{change.Path}",
        };

    /// <returns><see langword="null"/> when LiteLLM needs none and has none.</returns>
    private PlannedFile? PlanLiteLlm(WiredLiteLlm wired, EnvFile old, FileEntry seen, string? before)
    {
        EnvFile file = wired.Environment;
        if (before is null && file.Values.Count == 0)
        {
            return null;
        }

        List<string> notes =
        [
            .. wired.Removed.Select(name => $"{name} is removed: LiteLLM would use it for its cache, regardless of its configuration"),
            .. wired.Set.Select(name => old.Values.ContainsKey(name) ? $"{name}, which replaces another value" : name),
        ];

        // A unit's EnvironmentFile= wins over its Environment= (systemd.exec(5)), and that is where the drop-in has it.
        if (file.Values.TryGetValue(ConfigVariable, out string? present) && present != options.Config)
        {
            file = file.With(ConfigVariable, options.Config);
            notes.Add($"{ConfigVariable}, which replaces another value");
        }

        return new(options.LiteLlmEnvironment, "LiteLLM's environment", seen, before, file.ToString(), FileModes.Private, notes);
    }

    private PlannedFile PlanDropIn(bool hasEnvironment)
    {
        (FileEntry seen, string? before) = Read(options.DropIn);
        string text = DropIn.Text(options.Config, hasEnvironment ? options.LiteLlmEnvironment : null);
        return new(
            options.DropIn,
            $"the drop-in of {options.Service}",
            seen,
            before,
            text,
            null,
            before is null ? ["LITELLM_CONFIG", "EnvironmentFile"] : []
        );
    }

    /// <summary>What somebody has to see to, because the drop-in is left alone.</summary>
    private IEnumerable<string> LeftToOperator(bool hasEnvironment)
    {
        if (options.Restart)
        {
            yield break;
        }

        bool exists = File.Exists(options.DropIn);
        bool differs = exists && PlanDropIn(hasEnvironment).Differs;
        if (differs)
        {
            yield return $"{options.DropIn} differs from what hx wire writes: the next run without --no-restart changes it";
        }

        // A variable that isn't set is no host for the cache: litellm/_redis.py, _get_redis_client_logic().
        if (!options.Literal && (!exists || differs))
        {
            yield return $"LiteLLM must be started with the variables of {options.LiteLlmEnvironment}: {options.Config} refers to them, "
                + "and LiteLLM does not start without them";
        }
    }

    private PlannedLink? PlanLink()
    {
        if (options.Link is not { } path)
        {
            return null;
        }

        RealPath config = RealPath.Of(options.Config);
        string real = RealPath.Of(path, followLast: false).Path;
        if (config.Links.Any(hop => hop.Path == real))
        {
            throw new WireRefusedException($"{options.Config} is already a symlink to {path}: use --config {path}, and remove --link");
        }

        if (config.Path == real)
        {
            throw new WireRefusedException($"{path} is {options.Config} itself, under another name: remove --link");
        }

        FileEntry there = FileEntry.ReadAt(real);
        RealPath leadsTo = RealPath.Of(path);
        if (
            leadsTo.Exists
            && config.Exists
            && leadsTo.Path != config.Path
            && !FileEntry.ReadAt(leadsTo.Path).Content.AsSpan().SequenceEqual(FileEntry.Read(options.Config).Content)
        )
        {
            throw new WireRefusedException(
                $"{path} and {options.Config} are two different files: decide which one to keep, and remove the other"
            );
        }

        return new(path, options.Config, there.Kind == EntryKind.Link && there.Target == options.Config);
    }

    /// <summary>Names may differ where files don't: a second name would have one edit undo the other.</summary>
    private void RefuseSharedPaths(IEnumerable<PlannedFile> files, PlannedLink? link)
    {
        List<(string Name, string Real)> paths = [.. files.Select(f => (f.Path, f.Seen.Path))];
        if (link is not null)
        {
            paths.Add((link.Path, RealPath.Of(link.Path, followLast: false).Path));
        }

        if (paths.GroupBy(p => p.Real).FirstOrDefault(g => g.Count() > 1) is { } same)
        {
            throw new WireRefusedException($"{same.Last().Name} is the same file as {same.First().Name}: use a separate file for each");
        }

        string state = options.State + Path.DirectorySeparatorChar;
        if (
            paths.Find(p => p.Name.StartsWith(state, StringComparison.Ordinal) || p.Real.StartsWith(state, StringComparison.Ordinal)) is
            { Name: { } inside }
        )
        {
            throw new WireRefusedException($"{inside} is in the backup folder: choose another place");
        }
    }

    /// <returns>What is there, and its text; <see langword="null"/>: nothing is there.</returns>
    /// <exception cref="WireRefusedException">It is there and can't be read, or isn't safe to edit.</exception>
    private static (FileEntry Seen, string? Text) Read(string path)
    {
        try
        {
            if (FileSafety.Check(path, holdsSecrets: false) is [var finding, ..])
            {
                throw new WireRefusedException($"{finding.Path}: {finding.Problem}. {finding.Advice}");
            }

            FileEntry entry = FileEntry.Read(path);
            return (entry, entry.Kind == EntryKind.Absent ? null : YamlText.Decode(entry.Content));
        }
        catch (YamlRefusedException refusal)
        {
            throw new WireRefusedException($"{path}, line {refusal.Line}: {refusal.Message}");
        }
    }

    /// <summary>For a file that is only looked into; <see langword="null"/>: it can't be read by this user.</summary>
    private static string? TextOf(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <exception cref="WireRefusedException">systemd would not read it as it looks.</exception>
    private static EnvFile Environment(string path, string? text)
    {
        EnvFile file = EnvFile.Parse(text ?? "");
        if (file.UnclosedLine is { } line)
        {
            throw new WireRefusedException(
                $"{path}, line {line}: a quote or a backslash leaves the value (or comment) open, so that the lines after it "
                    + "are part of it (of a comment: for systemd before 254)"
            );
        }

        if (file.HasByteOrderMark)
        {
            throw new WireRefusedException(
                $"{path} begins with a byte order mark, which systemd reads as a part of the first name: save it as UTF-8 without one"
            );
        }

        return file;
    }

    private static EnvFile Set(EnvFile file, string name, string value)
    {
        try
        {
            return file.With(name, value);
        }
        catch (ArgumentException)
        {
            throw new WireRefusedException($"{name} has a control character, which an environment file can't contain: percent-encode it");
        }
    }
}
