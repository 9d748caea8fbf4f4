using HxFunctions.Cli.Commands;
using HxFunctions.Cli.Wiring.Files;
using HxFunctions.Cli.Wiring.Yaml;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Cli.Wiring;

/// <summary>Reads the files and works out what they shall hold. Changes nothing.</summary>
/// <param name="environment">The process's environment, for URLs that the wrapper's file lacks.</param>
internal sealed class WirePlanner(WireOptions options, Func<string, string?> environment)
{
    /// <summary>What the wrapper's file may take over from the environment: there is no default for these.</summary>
    private static readonly string[] Needed = [Variables.PgUrl, Variables.RedisUrl, Variables.QdrantUrl, Variables.QdrantApiKey];

    /// <param name="unfinished">An earlier run was interrupted.</param>
    /// <exception cref="WireRefusedException">Something can't be wired safely.</exception>
    /// <exception cref="YamlRefusedException">The configuration is of a kind that can't be edited safely.</exception>
    public WirePlan Plan(bool unfinished)
    {
        // First, for it is what a mistyped path shows by.
        if (Read(options.Config).Text is null && (options.Link is null || Read(options.Link).Text is null))
            throw new WireRefusedException($"{options.Config} is not there: name LiteLLM's configuration with --config");
        PlannedFile wrapper = PlanWrapper();
        IReadOnlyDictionary<string, string> values = EnvFile.Parse(wrapper.After).Values;
        Settings settings = Settings.From(values.Select(v => KeyValuePair.Create(v.Key, (string?)v.Value)));
        if (settings.Problems.Count > 0)
            throw new WireRefusedException($"{wrapper.Path}: {string.Join("; ", settings.Problems)}");

        LiteLlmSettings wanted = LiteLlmSettings.From(values[Variables.PgUrl], settings.Product.Postgres!, values[Variables.RedisUrl], settings.Product.Redis!, options.Literal);
        PlannedLink? link = PlanLink();
        PlannedFile config = PlanConfig(wanted);
        PlannedFile? liteLlm = PlanLiteLlm(wanted);
        List<PlannedFile> files = [config, wrapper];
        if (liteLlm is not null) files.Add(liteLlm);
        if (options.Restart || File.Exists(options.DropIn)) files.Add(PlanDropIn(liteLlm is not null));

        WireWarnings warnings = new(options, config, liteLlm);
        IEnumerable<PlannedFile> environments = files.Where(f => f.Role.EndsWith("environment", StringComparison.Ordinal));
        return new(files, link, [.. warnings.OfConfig(), .. environments.SelectMany(WireWarnings.OfEnvironment)], warnings.UsesLangfuse, settings, unfinished);
    }

    private PlannedFile PlanWrapper()
    {
        (FileEntry seen, string? before) = Read(options.WrapperEnvironment);
        EnvFile file = EnvFile.Parse(before ?? "");
        List<string> notes = [];
        void Add(string name, string? value)
        {
            if (string.IsNullOrWhiteSpace(value) || file.Values.ContainsKey(name)) return;
            file = Set(file, name, value.Trim());
            notes.Add(Variables.ByName[name].Secret ? $"{name} from the environment" : $"{name}={value}");
        }

        foreach (string name in Needed) Add(name, environment(name));
        foreach (string name in (string[])[Variables.PgUrl, Variables.RedisUrl])
        {
            if (!file.Values.TryGetValue(name, out string? value) || string.IsNullOrWhiteSpace(value))
                throw new WireRefusedException($"{options.WrapperEnvironment} has no {name}: add it there, or set it in the environment of this command");
        }

        foreach (Variable variable in Variables.All.Where(v => v.Default is not null)) Add(variable.Name, variable.Default);
        return new(options.WrapperEnvironment, "the wrapper's environment", seen, before, file.ToString(), FileModes.Private, notes);
    }

    /// <returns><see langword="null"/> when LiteLLM needs none and has none.</returns>
    private PlannedFile? PlanLiteLlm(LiteLlmSettings wanted)
    {
        (FileEntry seen, string? before) = Read(options.LiteLlmEnvironment);
        if (before is null && wanted.Environment.Count == 0) return null;
        EnvFile old = EnvFile.Parse(before ?? "");
        EnvFile file = old.Without(LiteLlmSettings.ForbiddenName);
        List<string> notes = [];
        if (old.Values.ContainsKey(LiteLlmSettings.ForbiddenName)) notes.Add($"{LiteLlmSettings.ForbiddenName} goes: with it, LiteLLM drops the cache's host and password");
        foreach ((string name, string value) in wanted.Environment)
        {
            if (old.Values.TryGetValue(name, out string? present) && present == value) continue;
            file = Set(file, name, value);
            notes.Add(present is null ? name : $"{name}, in the place of another value");
        }

        return new(options.LiteLlmEnvironment, "LiteLLM's environment", seen, before, file.ToString(), FileModes.Private, notes);
    }

    private PlannedFile PlanDropIn(bool hasEnvironment)
    {
        (FileEntry seen, string? before) = Read(options.DropIn);
        string text = DropIn.Text(options.Config, hasEnvironment ? options.LiteLlmEnvironment : null);
        return new(options.DropIn, $"the drop-in of {options.Service}", seen, before, text, null, before is null ? ["LITELLM_CONFIG", "EnvironmentFile"] : []);
    }

    private PlannedFile PlanConfig(LiteLlmSettings wanted)
    {
        (FileEntry seen, string? before) = Read(options.Config);

        // An installation from before the canonical path has its configuration where the link shall be.
        string text = before ?? Read(options.Link!).Text!;
        Dictionary<YamlPath, YamlSetting> settings = wanted.Config.Concat(options.More).GroupBy(s => s.Path).ToDictionary(g => g.Key, g => g.Last());
        YamlEdit edit;
        try
        {
            YamlConfig config = YamlConfig.Load(text);
            foreach ((YamlPath path, string reason) in wanted.Contradicting)
            {
                if (!settings.ContainsKey(path) && config.Find(path) is { } node)
                    throw new WireRefusedException($"{options.Config}, line {config.LineOf(node)}: {path} must go: {reason}");
            }

            edit = YamlEditor.Set(text, [.. settings.Values]);
        }
        catch (YamlRefusedException refusal)
        {
            throw new WireRefusedException($"{options.Config}, line {refusal.Line}, column {refusal.Column}: {refusal.Message}");
        }

        IEnumerable<string> notes = edit.Changes.Select(c => $"{c.Path}{(c.Kind == YamlChangeKind.Replaced ? ", in the place of another value" : "")}");
        return new(options.Config, "LiteLLM's configuration", seen, before, edit.Text, null, [.. notes]);
    }

    private PlannedLink? PlanLink()
    {
        if (options.Link is not { } path) return null;
        RealPath config = RealPath.Of(options.Config);
        if (config.Links.Any(hop => hop.Path == path) || config.Path == path)
            throw new WireRefusedException($"{options.Config} is a symlink to {path} already, the other way round: name {path} with --config, and leave --link out");
        FileEntry there = FileEntry.ReadAt(RealPath.Of(path, followLast: false).Path);
        if (there.Kind == EntryKind.File && config.Exists && !there.Content.AsSpan().SequenceEqual(FileEntry.Read(options.Config).Content))
            throw new WireRefusedException($"{path} and {options.Config} are two files that differ: settle which one counts, and remove the other");
        return new(path, options.Config, there.Kind == EntryKind.Link && there.Target == options.Config);
    }

    /// <returns>What is there, and its text; <see langword="null"/>: nothing is there.</returns>
    /// <exception cref="WireRefusedException">It is there and can't be read, or isn't safe to edit.</exception>
    private static (FileEntry Seen, string? Text) Read(string path)
    {
        try
        {
            if (FileSafety.Check(path, holdsSecrets: false) is [var finding, ..]) throw new WireRefusedException($"{finding.Path}: {finding.Problem}. {finding.Advice}");
            FileEntry entry = FileEntry.Read(path);
            return (entry, entry.Kind == EntryKind.Absent ? null : YamlText.Decode(entry.Content));
        }
        catch (YamlRefusedException refusal)
        {
            throw new WireRefusedException($"{path}, line {refusal.Line}: {refusal.Message}");
        }
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
