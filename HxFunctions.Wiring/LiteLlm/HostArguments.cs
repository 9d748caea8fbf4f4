using System.Globalization;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>
/// What redis-py makes of the arguments of a client that connects to one host: which it knows (litellm-arguments.tsv), and which values it
/// can use (redis/connection.py and redis/asyncio/connection.py). Values are judged as far as they alone say; files and servers aren't
/// looked at.
/// </summary>
/// <param name="arguments">All of them.</param>
/// <param name="tls">Whether the asynchronous client uses TLS.</param>
/// <param name="redisPy">Its version.</param>
/// <param name="note">Takes what is found.</param>
internal sealed class HostArguments(
    IReadOnlyDictionary<string, LiteLlmValue> arguments,
    bool tls,
    Version redisPy,
    Action<ClientEffect, LiteLlmValue, string> note
)
{
    private static readonly string[] Seconds = ["socket_timeout", "socket_connect_timeout", "health_check_interval"];

    /// <summary>What is told apart here was tried with redis-py 4.3.4 and with this.</summary>
    private static readonly Version Newer = new(5, 2, 1);

    private static readonly string[] CertificateChecks = ["none", "optional", "required"];

    /// <summary>The port as Python's <c>int()</c> makes it; <see langword="null"/>: it can't.</summary>
    public int? Port =>
        !arguments.TryGetValue("port", out LiteLlmValue? port) ? RedisPort
        : int.TryParse(port.PythonText.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
        && number is > 0 and <= ushort.MaxValue
            ? number
        : null;

    public int Database =>
        int.TryParse(Text("db"), NumberStyles.None, CultureInfo.InvariantCulture, out int database) && database >= 0 ? database : 0;

    public string Username => Text("username");

    public string Password => Text("password");

    private static int RedisPort => RedisUrl.DefaultPort;

    /// <summary>Notes what isn't known, with what comes of it.</summary>
    public void JudgeNames()
    {
        foreach ((string name, LiteLlmValue value) in arguments)
        {
            bool isKnownToPool =
                ClientArguments.Takes(ClientArguments.Connection, name, redisPy)
                || (tls && ClientArguments.Takes(ClientArguments.TlsConnection, name, redisPy));
            if (!ClientArguments.Takes(ClientArguments.Redis, name, redisPy))
            {
                note(ClientEffect.NoStart, value, $"LiteLLM passes it to its Redis client (redis-py {redisPy}), which does not know it");
            }
            else if (name != "ssl" && !(isKnownToPool && ClientArguments.Takes(ClientArguments.AsyncRedis, name, redisPy)))
            {
                note(
                    ClientEffect.Fails,
                    value,
                    ClientArguments.Takes(ClientArguments.TlsConnection, name, redisPy)
                        ? "needs ssl: true, too: without TLS, the client that serves requests refuses it"
                        : $"the client that serves requests (redis-py {redisPy}, asyncio) refuses it"
                );
            }
        }
    }

    /// <summary>Notes the values that it can't use.</summary>
    public void JudgeValues()
    {
        JudgePool(arguments, note);
        foreach (string name in Seconds)
        {
            if (Given(name) is { } value && !IsDuration(name, value))
            {
                note(ClientEffect.Fails, value, "needs a number, but a variable's value is text");
            }
        }

        if (arguments.TryGetValue("host", out LiteLlmValue? host) && !host.IsNone && !(host.IsText && host.IsTruthy))
        {
            note(ClientEffect.Fails, host, "needs a host name");
        }
        else if (host is { IsText: true, IsTruthy: true } && !HostPort.IsNetworkHost(host.Text))
        {
            note(ClientEffect.Fails, host, "is neither a host name nor an IP address; only redis_url can be a URL");
        }

        if (Port is null)
        {
            note(ClientEffect.Fails, arguments["port"], "is not a port");
        }

        if (Given("db") is { IsTruthy: true } db && Database.ToString(CultureInfo.InvariantCulture) != db.PythonText)
        {
            note(ClientEffect.Fails, db, "is not a database number");
        }

        JudgeTexts();
        JudgeObjects();
        if (tls)
        {
            JudgeTls();
        }
    }

    /// <summary>
    /// The pool of connections is made as LiteLLM starts, and whatever the kind of client, of all its arguments
    /// (litellm/_redis.py, get_redis_connection_pool).
    /// </summary>
    public static void JudgePool(IReadOnlyDictionary<string, LiteLlmValue> arguments, Action<ClientEffect, LiteLlmValue, string> note)
    {
        if (
            arguments.TryGetValue("max_connections", out LiteLlmValue? most)
            && !most.IsNone
            && !(most.Kind == YamlValueKind.Boolean || (most.Kind == YamlValueKind.Integer && most.PythonText[0] != '-'))
        )
        {
            note(ClientEffect.NoStart, most, "needs a number, but a variable's value is text");
        }
    }

    private void JudgeTexts()
    {
        foreach (string name in (string[])["username", "password", "client_name"])
        {
            if (Given(name) is { IsTruthy: true } value && !IsSendable(value))
            {
                note(
                    ClientEffect.Fails,
                    value,
                    value.Kind == YamlValueKind.Boolean
                        ? "LiteLLM reads 'true' and 'false' in a variable as a boolean, which is not a password or name"
                        : "needs text"
                );
            }
        }

        if (Given("client_name") is { IsText: true } client && client.Text.Any(c => c is < '!' or > '~'))
        {
            note(ClientEffect.Fails, client, "has characters that Redis does not allow in a client's name");
        }

        foreach (string name in (string[])["encoding", "encoding_errors"])
        {
            if (arguments.TryGetValue(name, out LiteLlmValue? value) && !(value.IsText && value.IsTruthy))
            {
                note(ClientEffect.Fails, value, "needs a valid name");
            }
        }
    }

    /// <summary>Most of these are objects of Python's, which no configuration can hold.</summary>
    private void JudgeObjects()
    {
        foreach (string name in (string[])["redis_connect_func", "credential_provider"])
        {
            if (Given(name) is { } value)
            {
                note(ClientEffect.Fails, value, "needs a Python object, which a configuration can't contain");
            }
        }

        if (redisPy >= Newer && Given("connection_pool") is { IsTruthy: true } pool)
        {
            note(ClientEffect.NoStart, pool, "needs a Python object, which a configuration can't contain");
        }

        if (redisPy >= Newer && Given("retry") is { IsTruthy: true } retry)
        {
            note(ClientEffect.Fails, retry, "needs a Python object, which a configuration can't contain");
        }

        LiteLlmValue? protocol = Given("protocol");
        if (protocol is not null && protocol.PythonText.Trim() is not ("2" or "3"))
        {
            note(ClientEffect.Fails, protocol, "needs 2 or 3");
        }

        foreach (string name in (string[])["cache", "cache_config"])
        {
            if (Given(name) is { IsTruthy: true } value && protocol?.PythonText != "3")
            {
                note(ClientEffect.NoStart, value, "needs protocol: 3, too");
            }
        }

        if (
            Given("retry_on_error") is { IsTruthy: true, Node: not YamlSequenceNode } errors
            && Given("retry_on_timeout") is { IsTruthy: true }
        )
        {
            note(ClientEffect.NoStart, errors, "needs a list");
        }

        if (
            Given("socket_keepalive_options") is { IsTruthy: true, Node: not YamlMappingNode } options
            && Given("socket_keepalive") is { IsTruthy: true }
        )
        {
            note(ClientEffect.Fails, options, "needs a mapping");
        }
    }

    private void JudgeTls()
    {
        LiteLlmValue? check = arguments.GetValueOrDefault("ssl_cert_reqs");
        if (check is { IsNone: false } && !(check.IsText && CertificateChecks.Contains(check.Text)))
        {
            note(ClientEffect.Fails, check, "needs 'none', 'optional' or 'required', in lower case");
        }

        if (check is { IsNone: true } or { Text: "none" } && Given("ssl_check_hostname") is { IsTruthy: true } names)
        {
            note(ClientEffect.Fails, names, "can't be checked if the certificate isn't (ssl_cert_reqs)");
        }

        foreach ((string name, string other) in ((string, string)[])[("ssl_certfile", "ssl_keyfile"), ("ssl_keyfile", "ssl_certfile")])
        {
            if (Given(name) is { IsTruthy: true } file && Given(other) is not { IsTruthy: true })
            {
                note(ClientEffect.Fails, file, $"needs {other}, too, which can be the same file");
            }
        }

        if (Given("ssl_min_version") is { Kind: not YamlValueKind.Integer } version)
        {
            note(ClientEffect.Fails, version, "needs a number of Python's ssl.TLSVersion");
        }

        if (Given("ssl_ca_certs") is { IsTruthy: false } authorities)
        {
            note(ClientEffect.Fails, authorities, "is not a file");
        }

        if (Given("ssl_ca_data") is { } data && !data.Text.Contains("-----BEGIN", StringComparison.Ordinal))
        {
            note(ClientEffect.Fails, data, "is not a certificate");
        }
    }

    private LiteLlmValue? Given(string name) => arguments.TryGetValue(name, out LiteLlmValue? value) && !value.IsNone ? value : null;

    /// <summary>What is sent; a boolean that is false isn't.</summary>
    private string Text(string name) =>
        Given(name) is { } value && (value.IsTruthy || value.Kind == YamlValueKind.String) ? value.PythonText : "";

    private static bool IsSendable(LiteLlmValue value) =>
        value.Kind is YamlValueKind.String or YamlValueKind.Integer or YamlValueKind.Float;

    /// <summary>Nothing instead of a number stands for the default where redis-py asks only whether there is something.</summary>
    private bool IsDuration(string name, LiteLlmValue value)
    {
        bool mayBeNothing = name == "health_check_interval" || (name == "socket_connect_timeout" && redisPy < Newer);
        return value.Kind switch
        {
            YamlValueKind.Integer or YamlValueKind.Float or YamlValueKind.Boolean => value.IsTruthy
                ? value.PythonText[0] != '-'
                : mayBeNothing,
            _ => mayBeNothing && value.IsText && !value.IsTruthy,
        };
    }
}
