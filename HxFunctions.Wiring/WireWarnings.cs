using System.Text.RegularExpressions;
using HxFunctions.Wiring.LiteLlm;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring;

/// <summary>What LiteLLM's users run into: settings that make it behave otherwise than its configuration seems to say.</summary>
internal sealed partial class WireWarnings
{
    private const string Reference = "os.environ/";
    private static readonly YamlPath CacheType = YamlPath.Of("litellm_settings", "cache_params", "type");

    private readonly WireOptions _options;
    private readonly PlannedFile _file;
    private readonly YamlConfig _before;
    private readonly YamlConfig _after;
    private readonly WiredLiteLlm _wired;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly LiteLlmView _view;

    /// <param name="file">The configuration's file.</param>
    /// <param name="before">What it says now.</param>
    /// <param name="wired">What LiteLLM's files shall say.</param>
    public WireWarnings(WireOptions options, PlannedFile file, YamlConfig before, WiredLiteLlm wired)
    {
        _options = options;
        _file = file;
        _before = before;
        _after = wired.Config;
        _wired = wired;
        _environment = wired.Environment.Values;
        _view = new(_after, _environment);
    }

    /// <summary>All that concerns LiteLLM's own files.</summary>
    public IEnumerable<string> All() => [.. OfConfig(), .. OfVariables(), .. _wired.Warnings];

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

    private IEnumerable<string> OfConfig()
    {
        if (IsOn("general_settings", "store_model_in_db") || LiteLlmView.IsTrue(_environment.GetValueOrDefault("STORE_MODEL_IN_DB", "")))
        {
            yield return "store_model_in_db is on: settings in LiteLLM's database take precedence over this file, so the values "
                + "here may not "
                + "be in effect. Compare them with the settings in its UI";
        }

        if (SecretManager.Warning(_view, _after) is { } asked)
        {
            yield return asked;
        }

        if (_after.Find(YamlPath.Of("router_settings", "redis_url")) is not null)
        {
            yield return "router_settings.redis_url is slow (litellm #3188): use redis_host, redis_port and redis_password there";
        }

        if (IsOn("general_settings", "allow_requests_on_db_unavailable"))
        {
            yield return "allow_requests_on_db_unavailable is on: while the database is down, LiteLLM lets requests through without "
                + "checking their keys";
        }

        if (_before.FindText(CacheType) is { } type && type != _after.FindText(CacheType))
        {
            yield return $"cache_params.type is another cache now, and becomes redis: the "
                + $"{(type == "qdrant-semantic" ? "semantic cache in Qdrant" : "old one")} is no longer used. To keep it, set "
                + $"{CacheType} to its current value with --set";
        }

        if (_after.Root is YamlMappingNode root && root.Find("include") is not null)
        {
            yield return "the configuration includes other files: a section in them may replace one here";
        }

        foreach (string warning in OfModules())
        {
            yield return warning;
        }

        if (_options.More.Count > 0)
        {
            yield return "if --set changes a value that hx wire sets itself, every later run needs the same --set";
        }

        if (_options.WrapperKeys)
        {
            yield return $"LiteLLM doesn't read litellm_settings.{string.Join(", ", LiteLlmSettings.WrapperKeys)}. They are for the old "
                + "wrapper, and LiteLLM logs their values, including passwords, at DEBUG. --no-wrapper-keys leaves them out";
        }

        if (_after.Find(YamlPath.Of("general_settings", "coordination_redis")) is { } coordination)
        {
            yield return $"line {_after.LineOf(coordination)}: general_settings.coordination_redis: later versions of LiteLLM "
                + "use a separate "
                + "Redis client for it (1.81.9 doesn't read it). hx wire doesn't change what that client connects to";
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
                yield return $"--set refers to os.environ/{name}, which {_options.LiteLlmEnvironment} does not set: LiteLLM gets an "
                    + $"empty value, unless its environment has it from elsewhere";
            }
        }
    }

    /// <summary>Lines that systemd does not take.</summary>
    public static IEnumerable<string> OfEnvironment(PlannedFile file)
    {
        EnvFile read = EnvFile.Parse(file.After);
        return
        [
            .. read.Exported.Select(name => $"{file.Path}: systemd ignores the line 'export {name}=…': remove 'export'"),
            .. read.IgnoredLines.Select(line => $"{file.Path}, line {line}: systemd ignores it, because it is not NAME=value"),
        ];
    }

    /// <summary>Variables of LiteLLM's that bear on its database (litellm/proxy/proxy_cli.py).</summary>
    private IEnumerable<string> OfVariables()
    {
        (string Name, string Effect, bool OnlyIfTrue)[] known =
        [
            (
                "IAM_TOKEN_DB_AUTH",
                "LiteLLM builds its own DATABASE_URL from DATABASE_HOST and similar variables, with an AWS token: PG_URL is not used",
                true
            ),
            (
                "DATABASE_URL_READ_REPLICA",
                "later versions of LiteLLM read from that database (1.81.9 does not): hx wire does not change it",
                false
            ),
            ("DIRECT_URL", "LiteLLM up to 1.81.9 only uses DATABASE_URL: hx wire does not change it", false),
            ("CONFIG_FILE_PATH", "LiteLLM's workers read that file instead of the one that --config names", false),
        ];
        foreach ((string name, string effect, bool onlyIfTrue) in known)
        {
            if (_view.Variable(name) is { } value && (!onlyIfTrue || LiteLlmView.IsTrue(value.Text)))
            {
                yield return $"{value.Place} is set: {effect}";
            }
        }

        string dotEnv = Path.Combine(Path.GetDirectoryName(_options.Config)!, ".env");
        if (File.Exists(dotEnv))
        {
            yield return $"{dotEnv} exists: LiteLLM reads variables from a .env in the folders above its installation, unless they are "
                + "set already or LITELLM_MODE is PRODUCTION. A REDIS_URL in it would override the cache's host";
        }
    }

    /// <summary>Callbacks and the like, which LiteLLM loads from the folder of the path that it is started with, without following a
    /// symlink (litellm/proxy/types_utils/utils.py, get_instance_fn).</summary>
    private IEnumerable<string> OfModules()
    {
        if (_options.Link is not { } link)
        {
            yield break;
        }

        foreach (
            YamlScalarNode scalar in _after
                .Scalars()
                .Select(found => found.Scalar)
                .Where(scalar => scalar.Kind == YamlValueKind.String && Instance().IsMatch(scalar.Text))
        )
        {
            string module = scalar.Text[..scalar.Text.LastIndexOf('.')].Replace('.', Path.DirectorySeparatorChar) + ".py";
            string[] paths = [.. ((string[])[link, _options.Config]).Select(path => Path.Combine(Path.GetDirectoryName(path)!, module))];
            if (File.Exists(paths[0]) != File.Exists(paths[1]))
            {
                (string there, string missing) = File.Exists(paths[0]) ? (paths[0], paths[1]) : (paths[1], paths[0]);
                yield return $"line {_after.LineOf(scalar)}: {there} exists, but {missing} does not: LiteLLM loads it "
                    + "from the folder of the path that it is started with, so it must be in both";
            }
        }
    }

    private IEnumerable<string> OfLiterals()
    {
        if (!_options.Literal)
        {
            yield break;
        }

        yield return $"--literal writes credentials into {_options.Config}: everyone who can read that file or a copy of it "
            + $"can read them";
        if ((_file.Seen.Mode & UnixFileMode.OtherRead) != 0)
        {
            yield return $"{_options.Config} can be read by every user of this machine: chmod o-rwx it, and set its group to that of "
                + $"LiteLLM's user";
        }
    }

    [GeneratedRegex(@"\A[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\z")]
    private static partial Regex Instance();

    private bool IsOn(params string[] path) => _view.Find(path) is { Kind: YamlValueKind.Boolean, IsTruthy: true };
}
