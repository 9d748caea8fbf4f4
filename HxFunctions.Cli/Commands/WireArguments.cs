using System.CommandLine;
using HxFunctions.Wiring;
using HxFunctions.Wiring.Services;

namespace HxFunctions.Cli.Commands;

/// <summary>The options that all of <c>hx wire</c>'s commands share.</summary>
internal sealed class WireArguments
{
    private const string DefaultConfig = "/etc/litellm/config.yaml";
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private const string Unused = "Accepted as before, but has no effect here.";

    private readonly Option<string> _config = new("--config")
    {
        HelpName = "file",
        Description = "LiteLLM's configuration.",
        DefaultValueFactory = _ => DefaultConfig,
    };
    private readonly Option<string?> _environment = new("--env-file")
    {
        HelpName = "file",
        Description = "The wrapper's environment file, which holds the URLs. Default: gateway-wrapper.env next to the configuration.",
    };
    private readonly Option<string?> _liteLlmEnvironment = new("--litellm-env-file")
    {
        HelpName = "file",
        Description = "LiteLLM's own environment file. Default: litellm.env next to the configuration.",
    };
    private readonly Option<string?> _link = new("--link")
    {
        HelpName = "file",
        Description = "An earlier path of the configuration, which becomes a symlink to it.",
    };
    private readonly Option<string> _service = new("--service")
    {
        HelpName = "unit",
        Description = "LiteLLM's systemd unit.",
        DefaultValueFactory = _ => "hx-litellm-gateway",
    };
    private readonly Option<string> _wrapper = new("--wrapper")
    {
        HelpName = "unit",
        Description = "The systemd unit of hx serve (the wrapper), or 'none'.",
        DefaultValueFactory = _ => "hx-gateway-ml",
    };
    private readonly Option<string> _units = new("--unit-dir")
    {
        HelpName = "folder",
        Description = "The folder that holds the units and their drop-ins.",
        DefaultValueFactory = _ => "/etc/systemd/system",
    };
    private readonly Option<string?> _state = new("--state-dir")
    {
        HelpName = "folder",
        Description = "The folder for the backups and the lock. Default: .hx-wire next to the configuration.",
    };
    private readonly Option<int> _keep = new("--keep")
    {
        HelpName = "number",
        Description = "How many backups to keep, from 1 to 1000.",
        DefaultValueFactory = _ => 10,
    };
    private readonly Option<string[]> _set = new("--set")
    {
        HelpName = "path=value",
        Description = "One more value for config.yaml, e.g. router_settings.num_retries=2. Can be repeated.",
        AllowMultipleArgumentsPerToken = false,
    };
    private readonly Option<bool> _literal = new("--literal")
    {
        Description = "Write URLs and passwords into config.yaml instead of references to the environment.",
    };
    private readonly Option<bool> _noWrapperKeys = new("--no-wrapper-keys")
    {
        Description = "Leave out the keys that only the old wrapper reads, and remove those that an earlier run added.",
    };
    private readonly Option<bool> _noProbe = new("--no-probe") { Description = "Don't probe the database, the cache and Qdrant first." };
    private readonly Option<bool> _noRestart = new("--no-restart") { Description = "Don't touch the services or LiteLLM's drop-in." };
    private readonly Option<string> _gateway = new("--gateway")
    {
        HelpName = "url",
        Description = "LiteLLM's own base URL, to see whether it comes up.",
        DefaultValueFactory = _ => "http://127.0.0.1:4000",
    };
    private readonly DurationOption _timeout = new("--timeout", $"{ServiceOptions.LongestStart.TotalSeconds}s", TimeSpan.Zero, Longest)
    {
        Description = "The time limit for the services to come up and stay up: 90s, 10m, 1h.",
    };
    private readonly DurationOption _settle = new("--settle", "10s", TimeSpan.Zero, Longest)
    {
        Description = "How long a service must stay up to count as up.",
    };

    public OutputOptions Format { get; } = new();

    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Don't ask before changing files." };

    /// <summary>A backup's time stamp.</summary>
    public Option<string?> To { get; } =
        new("--to") { HelpName = "backup", Description = "The backup's time stamp, as 'hx wire backups' lists it. Default: the newest." };

    /// <summary>The options that a subcommand uses.</summary>
    public IReadOnlyList<Option> Of(string command)
    {
        Option[] files = [_config, _environment, _liteLlmEnvironment, _link, _service, _wrapper, _units, _state];
        Option[] contents = [_set, _literal, _noWrapperKeys];
        return command switch
        {
            "plan" => [.. files, .. contents, _noProbe, _noRestart, _gateway, _timeout, _settle, Format.Output, Format.Json],
            "apply" => [.. files, .. contents, _keep, _noProbe, _noRestart, _gateway, _timeout, _settle, _yes, Format.Output, Format.Json],
            "verify" => [.. files, .. contents, _noProbe, _noRestart, _gateway, _timeout, Format.Output, Format.Json],
            "rollback" =>
            [
                To,
                _config,
                _service,
                _wrapper,
                _units,
                _state,
                _noRestart,
                _gateway,
                _timeout,
                _settle,
                _yes,
                Format.Output,
                Format.Json,
            ],
            _ => [_config, _state, Format.Output, Format.Json],
        };
    }

    /// <summary>Options that every subcommand took before each had its own: still taken, to no effect.</summary>
    public IEnumerable<Option> Ignored(string command)
    {
        Option[] once =
        [
            _config,
            _environment,
            _liteLlmEnvironment,
            _link,
            _service,
            _wrapper,
            _units,
            _state,
            _keep,
            _set,
            _literal,
            _noProbe,
            _noRestart,
            _gateway,
            _timeout,
            _settle,
        ];
        foreach (Option option in once.Except(Of(command)))
        {
            yield return option is Option<bool>
                ? new Option<bool>(option.Name) { Hidden = true, Description = Unused }
                : new Option<string[]>(option.Name)
                {
                    Hidden = true,
                    Arity = ArgumentArity.OneOrMore,
                    Description = Unused,
                };
        }
    }

    /// <summary>Whether the command asks before it changes files: somebody sits there, and hasn't said yes already.</summary>
    public bool Asks(ParseResult parsed) => !parsed.GetValue(_yes) && !Console.IsInputRedirected && !Console.IsOutputRedirected;

    /// <exception cref="WireRefusedException">An option is wrong.</exception>
    public WireOptions Read(ParseResult parsed)
    {
        string config = FullPath(Value(parsed, _config)!, "--config");
        string folder = Path.GetDirectoryName(config) ?? throw new WireRefusedException("--config must be the path of a file");
        string Beside(Option<string?> option, string name) => FullPath(Value(parsed, option) ?? Path.Combine(folder, name), option.Name);

        string wrapper = Value(parsed, _wrapper)!;
        string? link = Value(parsed, _link);
        string environment = Beside(_environment, "gateway-wrapper.env"),
            liteLlm = Beside(_liteLlmEnvironment, "litellm.env");
        if (
            ((string?[])[config, environment, liteLlm, link is null ? null : FullPath(link, "--link")])
                .OfType<string>()
                .GroupBy(p => p)
                .Any(g => g.Count() > 1)
        )
        {
            throw new WireRefusedException("--config, --env-file, --litellm-env-file and --link must be different files");
        }

        if (
            !Uri.TryCreate(Value(parsed, _gateway), UriKind.Absolute, out Uri? gateway)
            || gateway.Scheme is not ("http" or "https")
            || gateway.UserInfo.Length + gateway.Query.Length > 0
        )
        {
            throw new WireRefusedException("--gateway must be LiteLLM's http or https base URL, without credentials");
        }

        int keep = Value(parsed, _keep);
        if (keep is < 1 or > 1000)
        {
            throw new WireRefusedException("--keep must be a number from 1 to 1000");
        }

        TimeSpan timeout = Duration(parsed, _timeout),
            settle = Duration(parsed, _settle);
        if (settle >= timeout)
        {
            throw new WireRefusedException("--settle must be shorter than --timeout");
        }

        return new(
            config,
            environment,
            liteLlm,
            link is null ? null : FullPath(link, "--link"),
            Unit(Value(parsed, _service)!, "--service"),
            wrapper is "none" or "" ? null : Unit(wrapper, "--wrapper"),
            FullPath(Value(parsed, _units)!, "--unit-dir"),
            Beside(_state, ".hx-wire"),
            keep,
            Value(parsed, _literal),
            !Value(parsed, _noWrapperKeys),
            [.. (Value(parsed, _set) ?? []).Select(WireSetting.Parse)],
            !Value(parsed, _noProbe),
            !Value(parsed, _noRestart),
            gateway,
            timeout,
            settle
        );
    }

    /// <summary>Of an option that the subcommand doesn't have, the default.</summary>
    private static T? Value<T>(ParseResult parsed, Option<T> option) =>
        parsed.GetResult(option) is not null ? parsed.GetValue(option)
        : option.HasDefaultValue ? (T?)option.GetDefaultValue()
        : default;

    private static string FullPath(string path, string option)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new WireRefusedException($"{option} must be a path");
        }

        return Path.GetFullPath(path);
    }

    private static TimeSpan Duration(ParseResult parsed, DurationOption option) =>
        parsed.GetResult(option) is null ? option.Preset : option.Of(parsed);

    private static UnitName Unit(string name, string option) =>
        UnitName.TryParse(name, out UnitName? unit, out string? problem) ? unit : throw new WireRefusedException($"{option}: {problem}");
}
