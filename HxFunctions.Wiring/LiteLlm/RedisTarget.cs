using System.Globalization;

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
    /// <summary>A host and a port as one word.</summary>
    public static string Endpoint(string host, string port) => host.Contains(':') ? $"[{host}]:{port}" : $"{host}:{port}";

    /// <summary>For people, without the password: <c>Redis cache:6380, database 2, TLS, user app</c>.</summary>
    public override string ToString()
    {
        List<string> parts =
        [
            Service is not null ? $"Redis master '{Service}' of the sentinels {Endpoints}"
            : IsCluster ? $"Redis cluster {Endpoints}"
            : $"Redis {Endpoints}",
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
                (_, 0) => $"user {Username}, no password",
                _ => $"user {Username}",
            }
        );
        return string.Join(", ", parts);
    }
}
