using System.Buffers;
using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using HxFunctions.Cli.Gateways;
using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Commands;

/// <summary>The options of <c>hx gateway check</c> that are about the gateway.</summary>
internal sealed class GatewayOptions
{
    /// <summary>A token of RFC 9110 section 5.6.2.</summary>
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"
    );

    /// <summary>Those that hx writes itself, or that would change which request is sent.</summary>
    private static readonly string[] OwnHeaders =
    [
        "Host",
        "Connection",
        "Content-Length",
        "Transfer-Encoding",
        "Expect",
        "Upgrade",
        "TE",
        "Trailer",
        "User-Agent",
        "Accept",
    ];

    public Argument<string?> Url { get; } =
        new("url")
        {
            Description = "The gateway's base URL, as callers use it. Optional with --allowlist.",
            Arity = ArgumentArity.ZeroOrOne,
        };

    public Option<string> Open { get; } =
        new("--open")
        {
            HelpName = "path",
            Description = "A path that the gateway must let pass.",
            DefaultValueFactory = _ => "/v1/models",
        };

    public Option<string[]> Headers { get; } =
        new("--header-env")
        {
            HelpName = "name=variable",
            Description =
                "A header for the gateway, such as its key, and the environment variable that holds its value: "
                + "Ocp-Apim-Subscription-Key=GATEWAY_KEY. Can be repeated.",
        };

    public Option<string?> Direct { get; } =
        new("--direct")
        {
            HelpName = "url",
            Description =
                "The base URL of the backend itself, or of a route of the gateway without the guard: to measure how much time the guard "
                + "adds.",
        };

    public Option<string[]> DirectHeaders { get; } =
        new("--direct-header-env")
        {
            HelpName = "name=variable",
            Description = "A header for --direct, which gets none of the gateway's headers. Can be repeated.",
        };

    public Option<string?> BasePath { get; } =
        new("--base-path")
        {
            HelpName = "path",
            Description = "The guard's GUARD_BASE_PATH, if it isn't set here. Default: the path of the URL.",
        };

    public JUnitOption JUnit { get; } = new();

    public OutputOptions Format { get; } = new();

    public DurationOption Timeout { get; } =
        new("--timeout", "5s", TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(300))
        {
            Description = "Time limit of each request: 5s, 1m. The whole check may take twelve times that.",
        };

    /// <param name="mayLackUrl">Whether there is something to do without a gateway.</param>
    /// <param name="settings"><see langword="null"/> with no problem: no gateway is asked.</param>
    public bool TryRead(ParseResult parsed, bool mayLackUrl, out GatewayCheckSettings? settings, [NotNullWhen(false)] out string? problem)
    {
        settings = null;
        string? url = parsed.GetValue(Url),
            direct = parsed.GetValue(Direct),
            open = parsed.GetValue(Open);
        problem = !IsPlainPath(open)
            ? "--open must be a path as it is sent: it begins with '/' and has no spaces."
            : JUnit.ProblemOf(parsed);
        if (problem is not null || (url is null && mayLackUrl))
        {
            if (problem is null && direct is not null)
            {
                problem = "--direct is compared with a gateway: give the gateway's URL, too.";
            }

            return problem is null;
        }

        if (url is null)
        {
            problem = "give the gateway's base URL, --allowlist, or both.";
            return false;
        }

        AskedServer? around = null;
        if (
            !TryReadServer(url, "URL", "the gateway's", Headers, parsed, out AskedServer? gateway, out problem)
            || (direct is not null && !TryReadServer(direct, "--direct", "the backend's", DirectHeaders, parsed, out around, out problem))
            || !TryReadBasePath(parsed.GetValue(BasePath), out string? basePath, out problem)
        )
        {
            return false;
        }

        settings = new(gateway, open!, basePath ?? gateway.Mount, around, Timeout.Of(parsed));
        return true;
    }

    /// <summary>The guard's base path: the option's, or the configuration's.</summary>
    /// <param name="basePath">Without slashes at the end, empty for the root; <see langword="null"/>: neither has one.</param>
    public static bool TryReadBasePath(string? text, out string? basePath, [NotNullWhen(false)] out string? problem)
    {
        basePath = problem = null;
        text ??= Settings.Load().Product.BasePath;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        if (!RouteMatcher.TryParseBasePath(text, out string normalised, out string? wrong))
        {
            problem = $"--base-path {wrong}.";
            return false;
        }

        basePath = normalised == "/" ? "" : normalised;
        return true;
    }

    private static bool TryReadServer(
        string url,
        string option,
        string whose,
        Option<string[]> headers,
        ParseResult parsed,
        [NotNullWhen(true)] out AskedServer? server,
        [NotNullWhen(false)] out string? problem
    )
    {
        server = null;
        if (
            !RemoteTarget.TryRead(option, whose, url, headers.Name, null, out RemoteTarget? target, out problem)
            || !TryReadHeaders(headers.Name, parsed.GetValue(headers) ?? [], out List<KeyValuePair<string, string>> read, out problem)
        )
        {
            return false;
        }

        string path = target.Base.AbsolutePath.TrimEnd('/');
        if (path.Length > 0 && !RoutePrefix.TryNormalise(path, out _, out string? wrong))
        {
            problem = $"the path of {option} {wrong}.";
            return false;
        }

        server = new(target.Base, path, read);
        return true;
    }

    private static bool TryReadHeaders(
        string option,
        string[] texts,
        out List<KeyValuePair<string, string>> headers,
        [NotNullWhen(false)] out string? problem
    )
    {
        headers = [];
        problem = null;
        foreach (string text in texts)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? "" : text[..equals],
                variable = equals < 0 ? "" : text[(equals + 1)..];
            if (name.Length == 0 || variable.Length == 0 || name.AsSpan().ContainsAnyExcept(TokenCharacters))
            {
                problem = $"{option} must be NAME=VARIABLE: a header's name and the name of an environment variable.";
                return false;
            }

            if (OwnHeaders.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                problem = $"{option} can't set this header: hx writes it itself.";
                return false;
            }

            string? value = Environment.GetEnvironmentVariable(variable);
            if (string.IsNullOrWhiteSpace(value))
            {
                problem = $"the environment variable that {option} names is not set or empty.";
                return false;
            }

            if (value.AsSpan().ContainsAnyExceptInRange(' ', '~') || value != value.Trim())
            {
                problem =
                    $"the environment variable that {option} names holds a line break or another character that no HTTP header can have.";
                return false;
            }

            headers.Add(new(name, value));
        }

        return true;
    }

    private static bool IsPlainPath(string? path) =>
        path is ['/', ..] && !path.AsSpan().ContainsAnyExceptInRange('!', '~') && !path.Contains('#', StringComparison.Ordinal);
}
