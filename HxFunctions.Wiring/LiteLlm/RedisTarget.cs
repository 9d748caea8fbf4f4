using System.Globalization;
using HxFunctions.Core.Configuration.Connections;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>Where a Redis client of LiteLLM's connects to, and as whom.</summary>
/// <param name="Endpoints">Hosts with ports, sentinels or a cluster's nodes for those.</param>
/// <param name="Service">The name that sentinels have for the master; <see langword="null"/>: there are none.</param>
/// <param name="IsCluster">The endpoints are a cluster's nodes.</param>
/// <param name="Database">Its number.</param>
/// <param name="Username">Empty: the user <c>default</c>.</param>
/// <param name="Password">A secret; empty: none is sent.</param>
/// <param name="Tls">Of the asynchronous client, which requests use.</param>
internal sealed record RedisTarget(
    string Endpoints,
    string? Service,
    bool IsCluster,
    int Database,
    string Username,
    string Password,
    bool Tls
)
{
    private const string Masked = "***";

    /// <summary>A host and a port as one word.</summary>
    public static string Endpoint(string host, string port) => host.Contains(':') ? $"[{host}]:{port}" : $"{host}:{port}";

    /// <summary>A host as people may see it: what can be none, e.g. a whole URL in the host's place, may hold a password.</summary>
    public static string ShownHost(string host) => HostPort.IsNetworkHost(host) || host.StartsWith('/') ? host : Masked;

    /// <summary>For people, without the password: <c>Redis cache:6380, database 2, TLS, user app</c>.</summary>
    public override string ToString()
    {
        string endpoints = string.Join(",", Endpoints.Split(',').Select(ShownEndpoint));
        List<string> parts =
        [
            Service is not null ? $"Redis master '{ShownName(Service)}' of the sentinels {endpoints}"
            : IsCluster ? $"Redis cluster {endpoints}"
            : $"Redis {endpoints}",
        ];
        if (Database != 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"database {Database}"));
        }

        if (Tls)
        {
            parts.Add("TLS");
        }

        parts.Add(
            (Username.Length, Password.Length) switch
            {
                (0, 0) => "no password",
                (0, _) => "password",
                (_, 0) => $"user {ShownName(Username)}, no password",
                _ => $"user {ShownName(Username)}",
            }
        );
        return string.Join(", ", parts);
    }

    private static string ShownEndpoint(string endpoint)
    {
        int colon = endpoint.LastIndexOf(':');
        bool hasPort = colon >= 0 && endpoint.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0;
        return endpoint.StartsWith('/') || (hasPort && HostPort.IsNetworkHost(endpoint[..colon].Trim('[', ']'))) ? endpoint : Masked;
    }

    /// <summary>A user's or a master's name; a URL in its place is not shown.</summary>
    private static string ShownName(string name) => name.AsSpan().ContainsAny(':', '/', '@') ? Masked : name;
}
