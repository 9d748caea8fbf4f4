using System.Globalization;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>LiteLLM's files as they shall be.</summary>
/// <param name="Config">The configuration.</param>
/// <param name="Environment">The environment file.</param>
/// <param name="Set">The variables that were set.</param>
/// <param name="Removed">The variables that were taken out.</param>
/// <param name="Clients">What each of LiteLLM's clients connects to, before and after.</param>
/// <param name="Warnings">What its clients make of it otherwise than it seems.</param>
internal sealed record WiredLiteLlm(
    YamlConfig Config,
    IReadOnlyList<YamlChange> Changes,
    EnvFile Environment,
    IReadOnlyList<string> Set,
    IReadOnlyList<string> Removed,
    IReadOnlyList<ClientChange> Clients,
    IReadOnlyList<string> Warnings
);

/// <summary>
/// Works out how LiteLLM's configuration and environment have to change, and judges the result by LiteLLM's rules
/// (<see cref="LiteLlmClients"/>): the cache must connect to where it is meant to, and every other client to what it did before, or to the
/// same as the cache. What can't be had so is refused with its line.
/// </summary>
/// <param name="path">The configuration's, for messages.</param>
/// <param name="before">The configuration.</param>
/// <param name="included">The files that it includes.</param>
/// <param name="environment">LiteLLM's environment file.</param>
/// <param name="more">What <c>--set</c> asks for.</param>
/// <param name="releases">The versions of LiteLLM to judge by.</param>
internal sealed class LiteLlmWiring(
    string path,
    YamlConfig before,
    IReadOnlyList<IncludedConfig> included,
    EnvFile environment,
    IReadOnlyList<YamlSetting> more,
    IReadOnlyList<LiteLlmRelease> releases
)
{
    private static readonly (string Name, string None)[] Nothing = [("REDIS_USERNAME", ""), ("REDIS_PASSWORD", ""), ("REDIS_DB", "0")];

    private static readonly YamlPath CacheParameters = YamlPath.Of("litellm_settings", "cache_params");

    /// <summary>With variables that all clients share; and where that would lead another client astray, with variables apart.</summary>
    /// <param name="settings">What to set, by the prefix of the cache's variables.</param>
    /// <param name="remove">Keys that go.</param>
    /// <exception cref="WireRefusedException">It can't be wired.</exception>
    /// <exception cref="YamlRefusedException">The configuration can't be edited safely.</exception>
    public WiredLiteLlm Wire(Func<string, LiteLlmSettings> settings, IReadOnlyList<YamlPath> remove)
    {
        WiredLiteLlm shared = Wire(settings(LiteLlmSettings.Shared), remove);
        if (Disturbed(shared) is null)
        {
            return shared;
        }

        WiredLiteLlm apart = Wire(settings(LiteLlmSettings.Apart), remove);
        return Disturbed(apart) is { } disturbed ? throw Refuse(disturbed) : apart;
    }

    private WiredLiteLlm Wire(LiteLlmSettings wanted, IReadOnlyList<YamlPath> remove)
    {
        YamlSetting[] settings = [.. wanted.Config.Concat(more).GroupBy(s => s.Path).Select(g => g.Last())];
        YamlEdit edit = YamlEditor.Set(before, settings);
        YamlEdit removal = YamlEditor.Remove(edit.After, remove);
        YamlConfig after = removal.After;

        EnvFile file = environment;
        foreach ((string name, string value) in wanted.Environment)
        {
            file = Set(file, name, value);
        }

        foreach ((string name, string none) in RepeatedButMissing(after, file))
        {
            file = Set(file, name, none);
        }

        List<string> removed = [];
        while (Judge(after, file, wanted) is not null && Harmful(after, file, wanted) is { } harmful)
        {
            file = file.Without(harmful);
            removed.Add(harmful);
        }

        if (Judge(after, file, wanted) is { } problem)
        {
            throw Refuse(problem);
        }

        RefuseDangling(after, removed);
        RefuseOverlaid(after, file);
        return new(
            after,
            [.. edit.Changes, .. removal.Changes],
            file,
            [.. wanted.Environment.Keys.Where(name => file.Values[name] != environment.Values.GetValueOrDefault(name))],
            removed,
            Compare(after, file),
            [
                .. wanted.Warnings,
                .. removed.Select(name =>
                    $"{name} is removed from LiteLLM's environment: its cache would use it, regardless of its configuration"
                ),
                .. IgnoredBy(after, file),
                .. Changed(after, file, name => name == LiteLlmSettings.DatabaseUrl) is { } database
                    ? [$"{database} refers to {database.Name}, which now has another value"]
                    : (string[])[],
                .. releases
                    .Select(release => OneClientForAll.Warning(release, new LiteLlmClients(new(after, file.Values), release).All()))
                    .OfType<string>(),
            ]
        );
    }

    /// <summary>
    /// <c>environment_variables: {REDIS_PASSWORD: os.environ/REDIS_PASSWORD}</c> makes the text "None" of a variable that isn't set: it has
    /// to be set, to nothing.
    /// </summary>
    private static IEnumerable<(string Name, string None)> RepeatedButMissing(YamlConfig after, EnvFile file) =>
        Nothing.Where(variable => !file.Values.ContainsKey(variable.Name) && Repeats(after, variable.Name));

    private static bool Repeats(YamlConfig after, string name) =>
        after.FindText(YamlPath.Of("environment_variables", name)) is { } text && LiteLlmView.ReferenceIn(text) == name;

    /// <summary>What keeps the cache from connecting to where it is meant to; <see langword="null"/>: nothing does.</summary>
    private string? Judge(YamlConfig after, EnvFile file, LiteLlmSettings wanted)
    {
        bool isOurs = !more.Any(s => CacheParameters.IsPrefixOf(s.Path));
        foreach (LiteLlmRelease release in releases)
        {
            LiteLlmClient cache = new LiteLlmClients(new(after, file.Values), release).Cache();
            string[] problems =
            [
                .. cache.Problems.Where(p => p.Effect != ClientEffect.Ignored).Select(p => $"{p.Place} must be removed: {p.Why}"),
            ];
            if (problems.Length > 0)
            {
                return string.Join("; ", problems);
            }

            if (isOurs && cache.Redis != wanted.Redis)
            {
                string places = string.Join(", ", Culprits(cache, wanted.Redis).Select(v => v.Place).Distinct());
                return $"{places} must be removed: LiteLLM's cache would connect to {cache.Words} instead of {wanted.Redis}";
            }
        }

        return null;
    }

    /// <summary>The settings by which a client connects elsewhere.</summary>
    private static IEnumerable<LiteLlmValue> Culprits(LiteLlmClient cache, RedisTarget wanted)
    {
        string[] kinds =
            cache.Arguments.GetValueOrDefault("url") is { IsNone: false } ? ["url"]
            : cache.Arguments.GetValueOrDefault("startup_nodes") is { IsNone: false } && !wanted.IsCluster ? ["startup_nodes"]
            : cache.Arguments.ContainsKey("sentinel_nodes") && wanted.Service is null ? ["sentinel_nodes", "service_name"]
            : [];
        if (kinds.Length > 0)
        {
            return kinds.Select(name => cache.Arguments[name]);
        }

        (string Name, string Wanted)[] values =
        [
            ("username", wanted.Username),
            ("password", wanted.Password),
            ("sentinel_password", wanted.Password),
            ("db", wanted.Database.ToString(CultureInfo.InvariantCulture)),
            ("ssl", wanted.Tls ? "true" : ""),
        ];
        return values
            .Where(value => cache.Arguments.TryGetValue(value.Name, out LiteLlmValue? actual) && actual.Text != value.Wanted)
            .Select(value => cache.Arguments[value.Name]);
    }

    /// <summary>A variable of LiteLLM's file, not ours, without which the cache would fare otherwise.</summary>
    private string? Harmful(YamlConfig after, EnvFile file, LiteLlmSettings wanted)
    {
        IReadOnlyDictionary<string, string> values = file.Values;
        return releases
            .SelectMany(RedisClientBuilder.Variables)
            .Select(v => v.Variable)
            .Distinct()
            // Without a variable that the configuration repeats, LiteLLM would have the text "None".
            .Where(name => values.ContainsKey(name) && !wanted.Environment.ContainsKey(name) && !Repeats(after, name))
            .FirstOrDefault(name => Fares(after, values) != Fares(after, values.Where(v => v.Key != name).ToDictionary()));
    }

    private string Fares(YamlConfig after, IReadOnlyDictionary<string, string> values) =>
        string.Join(
            '\n',
            releases.Select(release =>
            {
                LiteLlmClient cache = new LiteLlmClients(new(after, values), release).Cache();
                return $"{cache.Redis}{cache.Redis?.Password}{string.Join(',', cache.Problems)}";
            })
        );

    private IEnumerable<ConfigReference> References(YamlConfig after) =>
        ConfigReference.In(after).Concat(included.SelectMany(file => ConfigReference.In(file.Config, file.Name)));

    /// <summary>What refers to a variable that goes.</summary>
    private void RefuseDangling(YamlConfig after, List<string> removed)
    {
        if (References(after).FirstOrDefault(r => r.MustHaveValue && removed.Contains(r.Name)) is { } dangling)
        {
            throw Refuse(
                $"{dangling} refers to {dangling.Name}, which must be removed from LiteLLM's environment, because its cache "
                    + "would use it; give that "
                    + $"value another name, e.g. MY_{dangling.Name}, in both places"
            );
        }
    }

    /// <summary>
    /// The configuration's own variables win over those of the environment file for what reads variables by itself: the database's client.
    /// Redis clients are judged with them.
    /// </summary>
    private void RefuseOverlaid(YamlConfig after, EnvFile file)
    {
        const string name = LiteLlmSettings.DatabaseUrl;
        if (
            new LiteLlmView(after, file.Values).Variable(name) is { Line: not null } found
            && found.Text != file.Values.GetValueOrDefault(name)
        )
        {
            throw Refuse($"{found.Place} must be removed: it would override LiteLLM's environment file");
        }
    }

    /// <summary>A reference elsewhere in the configuration whose variable has another value now.</summary>
    private ConfigReference? Changed(YamlConfig after, EnvFile file, Func<string, bool> names) =>
        References(after)
            .FirstOrDefault(r =>
                r.IsForeign
                && names(r.Name)
                && environment.Values.TryGetValue(r.Name, out string? old)
                && file.Values.TryGetValue(r.Name, out string? now)
                && now != old
            );

    /// <summary>Another client that works no longer, or no longer as before.</summary>
    private string? Disturbed(WiredLiteLlm wired)
    {
        if (
            Changed(wired.Config, wired.Environment, name => name.StartsWith(LiteLlmSettings.Shared, StringComparison.Ordinal)) is
            { } reference
        )
        {
            return $"{reference} refers to {reference.Name}, which would have another value; use a different name";
        }

        foreach (LiteLlmRelease release in releases)
        {
            IReadOnlyList<LiteLlmClient> was = new LiteLlmClients(new(before, environment.Values), release).All();
            IReadOnlyList<LiteLlmClient> now = new LiteLlmClients(new(wired.Config, wired.Environment.Values), release).All();
            foreach ((LiteLlmClient old, LiteLlmClient client) in was.Zip(now).Skip(1))
            {
                if (!client.Works && (old.Works || !client.Problems.All(p => old.Problems.Any(o => o.Why == p.Why))))
                {
                    return $"{string.Join("; ", client.Problems)}: LiteLLM's {client.Name} would not work with the variables "
                        + "that its cache needs";
                }

                if (old is { Redis: not null, Works: true } && client.Redis != old.Redis && client.Redis != now[0].Redis)
                {
                    string places = string.Join(
                        ", ",
                        client
                            .Arguments.Values.Concat(old.Arguments.Values)
                            .Where(v => v.Line is not null)
                            .Select(v => v.Place)
                            .Distinct()
                            .Take(1)
                    );
                    return $"{places}: LiteLLM's {client.Name} would connect to {client.Words} instead of {old.Words}, because "
                        + "it reads the "
                        + "same variables as the cache; put all of its settings into the configuration";
                }
            }
        }

        return null;
    }

    private List<ClientChange> Compare(YamlConfig after, EnvFile file)
    {
        LiteLlmRelease release = releases[^1];
        IReadOnlyList<LiteLlmClient> was = new LiteLlmClients(new(before, environment.Values), release).All();
        IReadOnlyList<LiteLlmClient> now = new LiteLlmClients(new(after, file.Values), release).All();
        return [.. was.Zip(now).Select(pair => new ClientChange(pair.First.Name, Words(pair.First), Words(pair.Second)))];
    }

    private static string Words(LiteLlmClient client) =>
        client.Problems.Any(p => p.Effect == ClientEffect.NoStart) ? "LiteLLM does not start"
        : client.Works ? client.Words
        : $"{client.Words}, failing";

    private IEnumerable<string> IgnoredBy(YamlConfig after, EnvFile file) =>
        releases
            .SelectMany(release => new LiteLlmClients(new(after, file.Values), release).All())
            .SelectMany(client => client.Problems)
            .Select(problem => problem.ToString())
            .Distinct();

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

    private WireRefusedException Refuse(string problem) => new($"{path}, {problem}");
}
