using HxFunctions.Core.Configuration;
using HxFunctions.Wiring.Files;
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
    /// <summary>What the wrapper's file may take over from the environment: there is no default for these.</summary>
    private static readonly string[] Needed = [Variables.PgUrl, Variables.RedisUrl, Variables.QdrantUrl, Variables.QdrantApiKey];

    /// <summary>Variables that references of an older run need, so that they resolve to nothing.</summary>
    private readonly Dictionary<string, string> _neutral = new(StringComparer.Ordinal);

    /// <param name="unfinished">An earlier run was interrupted.</param>
    /// <param name="restartNeeded">An earlier run left the services on older files.</param>
    /// <exception cref="WireRefusedException">Something can't be wired safely.</exception>
    /// <exception cref="YamlRefusedException">The configuration is of a kind that can't be edited safely.</exception>
    public WirePlan Plan(bool unfinished, bool restartNeeded)
    {
        // First, for it is what a mistyped path shows by.
        if (Read(options.Config).Text is null && (options.Link is null || Read(options.Link).Text is null))
        {
            throw new WireRefusedException($"{options.Config} is not there: name LiteLLM's configuration with --config");
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
                $"{wrapper.Path}: {Variables.PgAuth} or {Variables.RedisAuth} is entra, and LiteLLM can't log in with such "
                    + $"tokens from here: give it URLs with a password of its own"
            );
        }

        LiteLlmSettings wanted = LiteLlmSettings.From(
            values[Variables.PgUrl],
            settings.Postgres!,
            values[Variables.RedisUrl],
            settings.Redis!,
            options.Literal,
            TextOf
        );
        PlannedLink? link = PlanLink();
        PlannedFile config = PlanConfig(wanted);
        PlannedFile? liteLlm = PlanLiteLlm(wanted);
        List<PlannedFile> files = [config, wrapper];
        if (liteLlm is not null)
        {
            files.Add(liteLlm);
        }

        if (options.Restart || File.Exists(options.DropIn))
        {
            files.Add(PlanDropIn(liteLlm is not null));
        }

        RefuseSharedPaths(files, link);
        WireWarnings warnings = new(options, config, liteLlm);
        IEnumerable<PlannedFile> environments = files.Where(f => f.Role.EndsWith("environment", StringComparison.Ordinal));
        return new(
            files,
            link,
            [.. wanted.Notes, .. warnings.OfConfig(), .. environments.SelectMany(WireWarnings.OfEnvironment)],
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

    /// <returns><see langword="null"/> when LiteLLM needs none and has none.</returns>
    private PlannedFile? PlanLiteLlm(LiteLlmSettings wanted)
    {
        (FileEntry seen, string? before) = Read(options.LiteLlmEnvironment);
        if (before is null && wanted.Environment.Count == 0 && _neutral.Count == 0)
        {
            return null;
        }

        EnvFile old = Environment(options.LiteLlmEnvironment, before);
        EnvFile file = old;
        List<string> notes = [];
        foreach (string name in wanted.Unwanted.Where(name => old.Values.ContainsKey(name) && !_neutral.ContainsKey(name)))
        {
            file = file.Without(name);
            notes.Add($"{name} goes: LiteLLM would take it for its cache, whatever its configuration says");
        }

        // A unit's EnvironmentFile= wins over its Environment= (systemd.exec(5)), and that is where the drop-in has it.
        IEnumerable<KeyValuePair<string, string>> more = old.Values.ContainsKey("LITELLM_CONFIG")
            ? [new("LITELLM_CONFIG", options.Config)]
            : [];
        foreach ((string name, string value) in wanted.Environment.Concat(_neutral).Concat(more))
        {
            if (old.Values.TryGetValue(name, out string? present) && present == value)
            {
                continue;
            }

            file = Set(file, name, value);
            notes.Add(present is null ? name : $"{name}, in the place of another value");
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

    private PlannedFile PlanConfig(LiteLlmSettings wanted)
    {
        (FileEntry seen, string? before) = Read(options.Config);

        // An installation from before the canonical path has its configuration where the link shall be.
        (FileEntry Seen, string? Text)? moved = before is null ? Read(options.Link!) : null;
        string text = before ?? moved!.Value.Text!;
        Dictionary<YamlPath, YamlSetting> settings = wanted
            .Config.Concat(options.More)
            .GroupBy(s => s.Path)
            .ToDictionary(g => g.Key, g => g.Last());
        YamlEdit edit;
        try
        {
            YamlConfig config = YamlConfig.Load(text);
            foreach ((YamlPath path, string reason) in wanted.Contradicting)
            {
                if (options.More.Any(s => s.Path == path))
                {
                    throw new WireRefusedException($"--set {path} can't be: {reason}");
                }

                if (config.Find(path) is not { } node)
                {
                    continue;
                }

                // What an older run wrote for a URL that had more to say may stay, when it resolves to nothing.
                string name = $"REDIS_{path.Keys[^1].ToUpperInvariant()}";
                if (
                    wanted.Neutral.TryGetValue(name, out string? none)
                    && node is YamlScalarNode scalar
                    && scalar.Text == $"os.environ/{name}"
                )
                {
                    _neutral[name] = none;
                }
                else
                {
                    throw new WireRefusedException($"{options.Config}, line {config.LineOf(node)}: {path} must go: {reason}");
                }
            }

            edit = YamlEditor.Set(text, [.. settings.Values]);
        }
        catch (YamlRefusedException refusal)
        {
            throw new WireRefusedException($"{options.Config}, line {refusal.Line}, column {refusal.Column}: {refusal.Message}");
        }

        IEnumerable<string> notes = edit.Changes.Select(c =>
            $"{c.Path}{(c.Kind == YamlChangeKind.Replaced ? ", in the place of another value" : "")}"
        );
        return new(options.Config, "LiteLLM's configuration", seen, before, edit.Text, null, [.. notes]) { Like = moved?.Seen };
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
            throw new WireRefusedException(
                $"{options.Config} is a symlink to {path} already, the other way round: name {path} with --config, and leave --link out"
            );
        }

        if (config.Path == real)
        {
            throw new WireRefusedException($"{path} is {options.Config} itself, by another way: leave --link out");
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
                $"{path} and {options.Config} are two files that differ: settle which one counts, and remove the other"
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
            throw new WireRefusedException($"{same.Last().Name} is the same file as {same.First().Name}: each needs one of its own");
        }

        string state = options.State + Path.DirectorySeparatorChar;
        if (
            paths.Find(p => p.Name.StartsWith(state, StringComparison.Ordinal) || p.Real.StartsWith(state, StringComparison.Ordinal)) is
            { Name: { } inside }
        )
        {
            throw new WireRefusedException($"{inside} is in the folder of the backups: choose another place");
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
                $"{path}, line {line}: a quote or a backslash leaves the value (or comment) open to the end of the file, so "
                    + $"that what is added would be part of it"
            );
        }

        if (file.HasByteOrderMark)
        {
            throw new WireRefusedException(
                $"{path} begins with a byte order mark, which systemd takes for a part of the first name: save it as UTF-8 without one"
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
            throw new WireRefusedException($"{name} has a control character in it, which no environment file can hold: percent-encode it");
        }
    }
}
