using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring;

/// <summary>What LiteLLM's users run into: settings that make it behave otherwise than its configuration seems to say.</summary>
internal sealed class WireWarnings
{
    private const string Reference = "os.environ/";
    private static readonly YamlPath CacheType = YamlPath.Of("litellm_settings", "cache_params", "type");

    private readonly WireOptions _options;
    private readonly PlannedFile _file;
    private readonly YamlConfig _before;
    private readonly YamlConfig _after;
    private readonly IReadOnlyDictionary<string, string> _environment;

    /// <param name="config">The configuration.</param>
    /// <param name="environment">LiteLLM's environment file, if it has one.</param>
    public WireWarnings(WireOptions options, PlannedFile config, PlannedFile? environment)
    {
        _options = options;
        _file = config;
        _before = YamlConfig.Load(config.Before ?? config.After);
        _after = YamlConfig.Load(config.After);
        _environment = EnvFile.Parse(environment?.After ?? "").Values;
    }

    /// <summary>Whether LiteLLM reports to Langfuse through the client library.</summary>
    public bool UsesLangfuse =>
        ((string[])["success_callback", "failure_callback", "callbacks"]).Any(list =>
            _after.Find(YamlPath.Of("litellm_settings", list)) switch
            {
                YamlScalarNode one => one.Text == "langfuse",
                YamlSequenceNode several => several.Items.Any(item => item is YamlScalarNode { Text: "langfuse" }),
                _ => false,
            }
        );

    public IEnumerable<string> OfConfig()
    {
        if (
            IsOn("general_settings", "store_model_in_db")
            || _environment.GetValueOrDefault("STORE_MODEL_IN_DB", "").Equals("true", StringComparison.OrdinalIgnoreCase)
        )
        {
            yield return "store_model_in_db is on: settings in LiteLLM's database win over this file, so what is set here may not be what "
                + "counts. Compare with the settings in its UI";
        }

        if (_after.Find(YamlPath.Of("router_settings", "redis_url")) is not null)
        {
            yield return "router_settings.redis_url is slow (litellm #3188): use redis_host, redis_port and redis_password there";
        }

        if (IsOn("general_settings", "allow_requests_on_db_unavailable"))
        {
            yield return "allow_requests_on_db_unavailable is on: while the database is away, LiteLLM lets requests through without "
                + "checking their keys";
        }

        if (_before.FindText(CacheType) is { } type && type != _after.FindText(CacheType))
        {
            yield return $"cache_params.type names another cache now and becomes redis: the "
                + $"{(type == "qdrant-semantic" ? "semantic cache in Qdrant" : "old one")} is no longer used. To keep it, --set "
                + $"{CacheType} to what it is";
        }

        if (_after.Root is YamlMappingNode root && root.Find("include") is not null)
        {
            yield return "the configuration includes other files: a section of theirs may take the place of one here";
        }

        if (_options.More.Count > 0)
        {
            yield return "where --set says otherwise than hx wire by itself, every later run needs it, too";
        }

        foreach (string warning in OfLiterals())
        {
            yield return warning;
        }

        foreach (
            string name in _options
                .More.Select(s => s.Value.Text)
                .Where(t => t.StartsWith(Reference, StringComparison.Ordinal))
                .Select(t => t[Reference.Length..])
        )
        {
            if (!_environment.ContainsKey(name))
            {
                yield return $"--set refers to os.environ/{name}, which {_options.LiteLlmEnvironment} does not set: to LiteLLM it "
                    + $"is empty, "
                    + $"unless its environment has it from elsewhere";
            }
        }
    }

    /// <summary>Lines that systemd does not take.</summary>
    public static IEnumerable<string> OfEnvironment(PlannedFile file) =>
        EnvFile.Parse(file.After).Exported.Select(name => $"{file.Path}: systemd ignores the line 'export {name}=…': take 'export' away");

    private IEnumerable<string> OfLiterals()
    {
        if (!_options.Literal)
        {
            yield break;
        }

        yield return $"--literal writes credentials into {_options.Config}: whoever can read that file has them, and so has every "
            + $"copy of it";
        if ((_file.Seen.Mode & UnixFileMode.OtherRead) != 0)
        {
            yield return $"{_options.Config} can be read by every user of this machine: chmod o-rwx it, and give its group to "
                + $"LiteLLM's user";
        }
    }

    private bool IsOn(params string[] path) =>
        _after.Find(YamlPath.Of(path)) is YamlScalarNode { Kind: YamlValueKind.Boolean } node
        && YamlResolver.Canonical(node.Text, node.Kind) == "true";
}
