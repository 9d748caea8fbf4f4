using System.Globalization;
using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.Tests;
using HxFunctions.Wiring.LiteLlm;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.SystemTests.Wiring.LiteLlm;

/// <summary>
/// <see cref="LiteLlmClients"/> says of each case what the real redis-py does: whether LiteLLM starts, whether its clients work, and where
/// they are then.
/// </summary>
[Collection(LiteLlmServersCollection.Name)]
public sealed class LiteLlmModelTests(LiteLlmServers servers) : IDisposable
{
    private const string NoStart = "no start";
    private const string Fails = "fails";

    private readonly ThrowAwayDirectory _directory = new("hx-litellm-");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Clients_fare_as_the_model_says()
    {
        string file = Path.Combine(Repository.Root, "HxFunctions.SystemTests", "Wiring", "LiteLlm", "litellm_cases.txt");
        string[] lines = [.. (await File.ReadAllLinesAsync(file)).Where(line => line.Length > 0 && line[0] != '#')];
        await AgreesAsync(lines, atLeast: 40);
    }

    /// <summary>Each argument that redis-py of any version has, by the configuration and by its variable, without and with TLS.</summary>
    [Fact]
    public async Task Each_argument_fares_as_the_model_says()
    {
        Dictionary<string, string> values = new()
        {
            ["db"] = "3",
            ["socket_timeout"] = "5",
            ["socket_connect_timeout"] = "5",
            ["socket_keepalive"] = "true",
            ["socket_keepalive_options"] = "{}",
            ["encoding"] = "utf-8",
            ["encoding_errors"] = "strict",
            ["charset"] = "utf-8",
            ["errors"] = "strict",
            ["decode_responses"] = "true",
            ["retry_on_timeout"] = "true",
            ["retry_on_error"] = "[]",
            ["ssl_keyfile"] = "$KEY",
            ["ssl_certfile"] = "$CERT",
            ["ssl_cert_reqs"] = "required",
            ["ssl_ca_certs"] = "$CA",
            ["ssl_ca_path"] = "/etc/ssl/certs",
            ["ssl_check_hostname"] = "true",
            ["ssl_ciphers"] = "DEFAULT",
            ["ssl_validate_ocsp"] = "true",
            ["ssl_validate_ocsp_stapled"] = "true",
            ["max_connections"] = "7",
            ["single_connection_client"] = "true",
            ["health_check_interval"] = "30",
            ["unix_socket_path"] = "/nowhere",
            ["retry"] = "3",
        };
        IEnumerable<string> names =
        [
            .. ((string[])[ClientArguments.Redis, ClientArguments.AsyncRedis, ClientArguments.Connection, ClientArguments.TlsConnection])
                .SelectMany(taker =>
                    new Version[] { new(4, 3, 4), new(5, 2, 1), new(7, 1, 0) }.SelectMany(v => ClientArguments.Of(taker, v))
                )
                .Distinct()
                // Where it is, as whom and whether with TLS has its own cases.
                .Except(["host", "port", "username", "password", "ssl"]),
        ];
        string[] lines =
        [
            .. names.SelectMany(name =>
            {
                string value = values.GetValueOrDefault(name, "x");
                string authority = name == "ssl_ca_certs" ? "" : ", ssl_ca_certs: $CA";
                return (string[])
                    [
                        $"$PLAIN, {name}: {value}",
                        $"$TLS, ssl: true{authority}, {name}: {value}",
                        $"$PLAIN | REDIS_{name.ToUpperInvariant()}={value}",
                        $"$TLS, ssl: true{authority} | REDIS_{name.ToUpperInvariant()}={value}",
                    ];
            }),
        ];
        await AgreesAsync(lines, atLeast: 30);
    }

    /// <param name="atLeast">So many have to work, to fail, and not to start.</param>
    private async Task AgreesAsync(string[] lines, int atLeast)
    {
        Dictionary<string, string> words = await WordsAsync();
        LiteLlmCase[] cases = [.. lines.Select(line => CaseOf(line, words))];
        LiteLlmSeen seen = await LiteLlmPython.RunAsync(cases);
        string[] real = [.. seen.Outcomes.Select(Real)];
        string[] differing =
        [
            .. lines
                .Zip(cases.Select(Model), seen.Outcomes)
                .Where(c => c.Second != Real(c.Third))
                .Select(c => $"{c.First}\n    model: {c.Second}\n    real:  {Real(c.Third)} {Why(c.Third)}"),
        ];
        Assert.True(differing.Length == 0, $"{differing.Length} of {lines.Length}:\n{string.Join('\n', differing)}");
        Assert.InRange(real.Count(r => r == NoStart), atLeast, lines.Length);
        Assert.InRange(real.Count(r => r.Contains(Fails, StringComparison.Ordinal)), atLeast, lines.Length);
        Assert.InRange(real.Count(r => r.Contains(" as ", StringComparison.Ordinal)), atLeast, lines.Length);
    }

    private static LiteLlmCase CaseOf(string line, Dictionary<string, string> words)
    {
        // The longest first: one begins with another.
        string text = words.OrderByDescending(w => w.Key.Length).Aggregate(line, (t, w) => t.Replace(w.Key, w.Value));
        string[] parts = text.Split('|', 2, StringSplitOptions.TrimEntries);
        string config = parts[0].StartsWith('{')
            ? parts[0]
            : $"{{litellm_settings: {{cache: true, cache_params: {{type: redis, {parts[0]}}}}}}}";
        Dictionary<string, string> environment = (parts.Length == 1 ? "" : parts[1])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        // Of sentinels alone, and long enough for a busy machine.
        environment.TryAdd("REDIS_SOCKET_TIMEOUT", "20");
        return new(config, environment, LiteLlmPython.Release.Version);
    }

    private async Task<Dictionary<string, string>> WordsAsync()
    {
        string both = Path.Combine(_directory.Path, "both.pem");
        await File.WriteAllTextAsync(
            both,
            await File.ReadAllTextAsync(servers.Certified.CertificateFile!) + "\n" + await File.ReadAllTextAsync(servers.Certified.KeyFile!)
        );
        Dictionary<string, string> words = new()
        {
            ["$PASSWORD"] = LiteLlmServers.PlainPassword,
            ["$CA"] = servers.Tls.AuthorityFile!,
            ["$CERT"] = servers.Certified.CertificateFile!,
            ["$KEY"] = servers.Certified.KeyFile!,
            ["$BOTH"] = both,
            ["$CLUSTER"] = JsonSerializer.Serialize(
                servers.Cluster.Servers.Take(3).Select(server => new { host = "127.0.0.1", port = server.Port })
            ),
            ["$SENTINELS"] = JsonSerializer.Serialize(servers.Sentinels.Ports.Select(port => new object[] { "127.0.0.1", port })),
        };
        (string Name, int Port)[] ports =
        [
            ("$PLAIN", servers.Plain.Port),
            ("$USERS", servers.Users.Port),
            ("$TLS", servers.Tls.Port),
            ("$CERTIFIED", servers.Certified.Port),
            ("$MASTER", servers.Master.Port),
        ];
        foreach ((string name, int port) in ports)
        {
            words[name] = string.Create(CultureInfo.InvariantCulture, $"host: 127.0.0.1, port: {port}");
            words[name + "_PORT"] = port.ToString(CultureInfo.InvariantCulture);
        }

        return words;
    }

    private string Model(LiteLlmCase given)
    {
        LiteLlmClient[] clients =
        [
            .. new LiteLlmClients(new(YamlConfig.Load(given.Config), given.Environment), LiteLlmPython.Release).All().Take(2),
        ];
        return clients.Any(client => client.Problems.Any(p => p.Effect == ClientEffect.NoStart)) ? NoStart
            : clients[1].Redis is null ? Model(clients[0])
            : $"{Model(clients[0])}, router {Model(clients[1])}";
    }

    private string Model(LiteLlmClient client)
    {
        if (!client.Works)
        {
            return Fails;
        }

        if (client.Redis is not { } redis)
        {
            return client.Words switch
            {
                "in memory, separate in each process" => "local",
                _ => client.Words,
            };
        }

        string[] names =
        [
            .. redis.Endpoints.Split(',').Select(e => servers.NameOf(int.Parse(e.Split(':')[^1], CultureInfo.InvariantCulture))).Distinct(),
        ];
        string user = redis.Username.Length == 0 ? "default" : redis.Username;
        return client.Works
            ? string.Create(CultureInfo.InvariantCulture, $"{string.Join('+', names)} as {user} in {redis.Database}")
            : Fails;
    }

    private string Real(LiteLlmOutcome outcome) =>
        outcome.Start is not null ? NoStart
        : outcome.Router is null ? Real(outcome.Cache!)
        : $"{Real(outcome.Cache!)}, router {Real(outcome.Router)}";

    private string Real(ClientOutcome outcome) =>
        outcome switch
        {
            CacheOutcome { Synchronous: null } other => other.Kind,
            { Works: false } => Fails,
            { Synchronous: { } one, Asynchronous: { } other } when one == other =>
                $"{servers.NameOf(one.Port)} as {one.User} in {one.Database}",
            _ => $"{outcome.Synchronous}, {outcome.Asynchronous}",
        };

    private static string Why(LiteLlmOutcome outcome) =>
        string.Join(
            "; ",
            new[]
            {
                outcome.Start,
                outcome.Cache?.Synchronous,
                outcome.Cache?.Asynchronous,
                outcome.Router?.Synchronous,
                outcome.Router?.Asynchronous,
            }
                .Where(answer => answer?.Error is not null)
                .Select(answer => $"{answer!.Error}: {answer.Message}")
        );
}
