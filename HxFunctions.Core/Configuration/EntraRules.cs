using System.Net;
using HxFunctions.Core.Configuration.Connections;

namespace HxFunctions.Core.Configuration;

/// <summary>What must hold for a URL whose password is a Microsoft Entra token.</summary>
internal static class EntraRules
{
    public static IEnumerable<ConfigurationProblem> ProblemsOf(HxSettings settings) =>
        [
            .. settings is { PostgresAuthentication: Authentication.Entra, Postgres: { } postgres }
                ? ProblemsOf(
                    Variables.PgUrl,
                    $"{Variables.PgAuth}=entra",
                    postgres.Username,
                    postgres.Password,
                    postgres.SslMode is "require" or "verify-ca" or "verify-full",
                    postgres.Hosts,
                    "use sslmode=require or better"
                )
                : [],
            .. settings is { RedisAuthentication: Authentication.Entra, Redis: { } redis }
                ? ProblemsOf(
                    Variables.RedisUrl,
                    $"{Variables.RedisAuth}=entra",
                    redis.Username,
                    redis.Password,
                    redis.Tls,
                    redis.Endpoints,
                    "use rediss://"
                )
                : [],
        ];

    private static IEnumerable<ConfigurationProblem> ProblemsOf(
        string variable,
        string setting,
        string? username,
        string? password,
        bool isEncrypted,
        IEnumerable<HostPort> hosts,
        string advice
    )
    {
        if (password is not null)
        {
            yield return new(variable, $"has a password, but {setting} uses a token instead: remove the password");
        }

        if (username is null)
        {
            yield return new(variable, $"has no user name, which {setting} needs");
        }
        // Whoever reads the token can use it until it expires.
        if (!isEncrypted && hosts.Any(host => !IsThisMachine(host)))
        {
            yield return new(variable, $"would send a token unencrypted: {advice}");
        }
    }

    private static bool IsThisMachine(HostPort host) =>
        host.IsSocket
        || host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Host, out IPAddress? address) && IPAddress.IsLoopback(address));
}
