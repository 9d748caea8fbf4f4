using System.Globalization;
using HxFunctions.Core.Configuration.Connections;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>A Redis client as LiteLLM would build it.</summary>
/// <param name="Target">Where it connects to; <see langword="null"/>: it can't be told.</param>
/// <param name="Problems">Settings that it doesn't take as they are meant.</param>
/// <param name="Arguments">What it gets, those of the environment included.</param>
internal sealed record RedisClient(
    RedisTarget? Target,
    IReadOnlyList<ClientProblem> Problems,
    IReadOnlyDictionary<string, LiteLlmValue> Arguments
);

/// <summary>
/// How LiteLLM makes a Redis client of its settings (litellm/_redis.py, the same in all versions read, but for what is named here). All
/// but the semantic cache go this way, with a synchronous client, an asynchronous one and a pool for it:
/// <code>
/// REDIS_… of the environment, then what is given over it
///   url set            ─► the URL alone counts
///   startup_nodes set  ─► cluster: of the rest, what LiteLLM lets through
///   sentinel_nodes and service_name ─► sentinels: of the rest, sentinel_password alone
///   else               ─► redis.Redis(everything): what it doesn't know ends LiteLLM's start
/// </code>
/// </summary>
/// <param name="view">For the environment.</param>
/// <param name="release">LiteLLM's version.</param>
internal sealed class RedisClientBuilder(LiteLlmView view, LiteLlmRelease release)
{
    private const string Prefix = "REDIS_";
    private const string ClusterNodes = "REDIS_CLUSTER_NODES";

    private static readonly Version WithGoogle = new(1, 75);

    private readonly List<ClientProblem> _problems = [];

    /// <summary>Builds it once.</summary>
    /// <param name="given">The arguments that the client's owner gives, over those of the environment.</param>
    public RedisClient Build(IReadOnlyDictionary<string, LiteLlmValue> given)
    {
        JudgeConstants();
        Dictionary<string, LiteLlmValue> arguments = OfEnvironment();
        foreach ((string name, LiteLlmValue value) in given)
        {
            arguments[name] = value;
        }

        Fill(arguments, "startup_nodes", ClusterNodes);
        Fill(arguments, "sentinel_nodes", "REDIS_SENTINEL_NODES");
        Fill(arguments, "sentinel_password", "REDIS_SENTINEL_PASSWORD");
        Fill(arguments, "service_name", "REDIS_SERVICE_NAME");

        RedisTarget? target =
            arguments.GetValueOrDefault("url") is { IsNone: false } url ? OfUrl(url, given)
            : arguments.GetValueOrDefault("startup_nodes") is { IsNone: false } nodes ? OfCluster(nodes, arguments)
            : arguments.ContainsKey("sentinel_nodes") && arguments.ContainsKey("service_name") ? OfSentinels(arguments, given)
            : OfHost(arguments);
        return new(target, [.. _problems], arguments);
    }

    /// <summary>The variables that such a client reads, with the argument that each stands for.</summary>
    public static IEnumerable<(string Variable, string Argument)> Variables(LiteLlmRelease release) =>
        ClientArguments
            .Of(ClientArguments.Redis, release.RedisPy)
            .Except(["connection_pool", "retry"])
            .Append("url")
            .Concat(release.Version >= WithGoogle ? ["gcp_service_account", "gcp_ssl_ca_certs"] : [])
            .Select(argument => (Prefix + argument.ToUpperInvariant(), argument))
            .Concat([
                (ClusterNodes, "startup_nodes"),
                ("REDIS_SENTINEL_NODES", "sentinel_nodes"),
                ("REDIS_SENTINEL_PASSWORD", "sentinel_password"),
                ("REDIS_SERVICE_NAME", "service_name"),
            ]);

    private Dictionary<string, LiteLlmValue> OfEnvironment()
    {
        Dictionary<string, LiteLlmValue> arguments = new(StringComparer.Ordinal);
        foreach ((string variable, string argument) in Variables(release))
        {
            if (
                argument is not ("startup_nodes" or "sentinel_nodes" or "sentinel_password" or "service_name")
                && view.Secret(variable) is { } value
            )
            {
                arguments[argument] = value;
            }
        }

        // LiteLLM takes these two out again, and logs in with a token of Google's instead of a password.
        arguments.Remove("gcp_ssl_ca_certs");
        if (arguments.Remove("gcp_service_account", out LiteLlmValue? account))
        {
            Note(ClientEffect.Fails, account, "the asynchronous client can't log in with Google IAM, except to a cluster");
        }

        return arguments;
    }

    /// <summary>Python's <c>given or get_secret(variable)</c>.</summary>
    private void Fill(Dictionary<string, LiteLlmValue> arguments, string argument, string variable)
    {
        if ((!arguments.TryGetValue(argument, out LiteLlmValue? value) || !value.IsTruthy) && view.Secret(variable) is { } found)
        {
            arguments[argument] = found;
        }
    }

    /// <summary>The URL alone is used: by it LiteLLM calls <c>from_url</c>, and drops the rest without a word.</summary>
    private RedisTarget? OfUrl(LiteLlmValue url, IReadOnlyDictionary<string, LiteLlmValue> given)
    {
        foreach ((string name, LiteLlmValue value) in given)
        {
            if (name is not ("url" or "socket_timeout") && !value.IsNone)
            {
                Note(ClientEffect.Ignored, value, $"{url.Origin} takes precedence over it");
            }
        }

        if (PythonRedisUrl.Read(url) is not { } parts)
        {
            Note(ClientEffect.NoStart, url, "is not a Redis URL");
            return null;
        }

        foreach (string name in parts.Arguments.Keys)
        {
            bool isKnown =
                name is "max_connections" or "socket_timeout"
                || ClientArguments.Takes(ClientArguments.AsyncRedis, name, release.RedisPy)
                    && (
                        ClientArguments.Takes(ClientArguments.Connection, name, release.RedisPy)
                        || (parts.Tls && ClientArguments.Takes(ClientArguments.TlsConnection, name, release.RedisPy))
                    );
            if (!isKnown)
            {
                string shown = UrlText.MayBeNamed(name, followsSecret: false) ? $"'{name}'" : "a keyword";
                Note(ClientEffect.Fails, url, $"has {shown}, which redis-py {release.RedisPy} refuses there");
            }
        }

        HostArguments values = new(parts.Arguments, parts.Tls, release.RedisPy, Note);
        values.JudgeValues();
        string endpoint =
            parts.UnixSocket
            ?? RedisTarget.Endpoint(
                parts.Arguments.GetValueOrDefault("host")?.Text ?? "localhost",
                (values.Port ?? 0).ToString(CultureInfo.InvariantCulture)
            );
        return new(endpoint, null, false, values.Database, values.Username, values.Password, parts.Tls);
    }

    private RedisTarget? OfCluster(LiteLlmValue nodes, Dictionary<string, LiteLlmValue> arguments)
    {
        foreach ((string name, LiteLlmValue value) in arguments)
        {
            if (
                name is not ("startup_nodes" or "host" or "port" or "socket_timeout")
                && !value.IsNone
                && !ClientArguments.Takes(ClientArguments.Cluster, name, release.Version)
            )
            {
                Note(ClientEffect.Ignored, value, $"LiteLLM {release.Version} does not pass it to a cluster's client");
            }
        }

        JudgePool(arguments);
        if (RedisNodes.OfCluster(nodes) is not { Count: > 0 } endpoints)
        {
            Note(ClientEffect.NoStart, nodes, "a cluster's nodes must be a list of mappings with host and port");
            return null;
        }

        JudgeClusterNodes(endpoints);
        bool tls = arguments.TryGetValue("ssl", out LiteLlmValue? ssl) && ssl.IsTruthy;
        return new(string.Join(",", endpoints), null, true, 0, Text(arguments, "username"), Text(arguments, "password"), tls);
    }

    /// <summary>Whatever nodes a cluster's client is given, the synchronous one takes those of the variable, even an empty one
    /// (litellm/_redis.py, init_redis_cluster).</summary>
    private void JudgeClusterNodes(IReadOnlyList<string> endpoints)
    {
        if (view.Secret(ClusterNodes) is not { } variable)
        {
            return;
        }

        if (RedisNodes.OfCluster(variable) is not { Count: > 0 } nodes)
        {
            Note(ClientEffect.NoStart, variable, "LiteLLM reads it for a cluster, as a JSON list of mappings with host and port");
        }
        else if (!nodes.Order(StringComparer.Ordinal).SequenceEqual(endpoints.Order(StringComparer.Ordinal)))
        {
            Note(ClientEffect.Fails, variable, "the synchronous client connects to these nodes, whatever the configuration says");
        }
    }

    /// <summary>
    /// The password goes to the master; sentinels are asked without one, and user, database and TLS reach nobody (litellm/_redis.py,
    /// _init_async_redis_sentinel, and redis-py's Sentinel).
    /// </summary>
    private RedisTarget? OfSentinels(Dictionary<string, LiteLlmValue> arguments, IReadOnlyDictionary<string, LiteLlmValue> given)
    {
        foreach ((string name, LiteLlmValue value) in given)
        {
            if (
                name is not ("sentinel_nodes" or "service_name" or "sentinel_password" or "host" or "port" or "socket_timeout")
                && !value.IsNone
            )
            {
                Note(ClientEffect.Ignored, value, "LiteLLM only passes sentinel_password to the master that the sentinels report");
            }
        }

        JudgePool(arguments);
        LiteLlmValue nodes = arguments["sentinel_nodes"];
        if (RedisNodes.OfSentinels(nodes) is not { Count: > 0 } endpoints || !arguments["service_name"].IsTruthy)
        {
            Note(ClientEffect.NoStart, nodes, "sentinels must be a list of [host, port], and service_name must name their master");
            return null;
        }

        return new(string.Join(",", endpoints), arguments["service_name"].Text, false, 0, "", Text(arguments, "sentinel_password"), false);
    }

    private RedisTarget? OfHost(Dictionary<string, LiteLlmValue> arguments)
    {
        bool asyncTls = arguments.TryGetValue("ssl", out LiteLlmValue? ssl);
        HostArguments values = new(arguments, asyncTls, release.RedisPy, Note);
        values.JudgeNames();
        values.JudgeValues();
        if (asyncTls && !ssl!.IsTruthy)
        {
            Note(ClientEffect.Fails, ssl, "LiteLLM uses TLS for requests if this key is set, even to false, and no TLS for the rest");
        }

        if (!arguments.TryGetValue("host", out LiteLlmValue? host) || host.IsNone)
        {
            _problems.Add(new(ClientEffect.NoStart, "host", "neither a host nor a URL is set"));
            return null;
        }

        return new(
            RedisTarget.Endpoint(host.Text, (values.Port ?? 0).ToString(CultureInfo.InvariantCulture)),
            null,
            false,
            values.Database,
            values.Username,
            values.Password,
            asyncTls
        );
    }

    /// <summary>litellm/constants.py reads these two as it is imported, and so before anything that the configuration sets.</summary>
    private void JudgeConstants()
    {
        if (
            view.Started("REDIS_SOCKET_TIMEOUT") is { } seconds
            && !double.TryParse(seconds.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
        )
        {
            Note(ClientEffect.NoStart, seconds, "LiteLLM reads it at its start, as a number");
        }

        if (
            view.Started("REDIS_CONNECTION_POOL_TIMEOUT") is { } whole
            && !int.TryParse(whole.Text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
        )
        {
            Note(ClientEffect.NoStart, whole, "LiteLLM reads it at its start, as a whole number");
        }
    }

    /// <summary>Of a cluster or of sentinels, it is made and not used.</summary>
    private void JudgePool(Dictionary<string, LiteLlmValue> arguments)
    {
        HostArguments.JudgePool(arguments, Note);
        if (arguments.TryGetValue("timeout", out LiteLlmValue? timeout))
        {
            Note(ClientEffect.NoStart, timeout, "LiteLLM sets this for its connection pool itself");
        }
    }

    private static string Text(Dictionary<string, LiteLlmValue> arguments, string name) =>
        arguments.GetValueOrDefault(name)?.PythonText ?? "";

    private void Note(ClientEffect effect, LiteLlmValue value, string why) => _problems.Add(new(effect, value.Place, why));
}
