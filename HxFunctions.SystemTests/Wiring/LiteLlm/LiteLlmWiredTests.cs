using HxFunctions.Tests.Wiring;
using HxFunctions.Wiring;

namespace HxFunctions.SystemTests.Wiring.LiteLlm;

/// <summary>
/// What <c>hx wire</c> writes, as LiteLLM reads it: the real redis-py connects to real servers by it, with the synchronous and the
/// asynchronous client that LiteLLM has for each cache.
/// </summary>
[Collection(LiteLlmServersCollection.Name)]
public sealed class LiteLlmWiredTests(LiteLlmServers servers) : IDisposable
{
    private const string Minimal = "litellm_settings:\n  drop_params: true\n";

    private readonly List<WireFolder> _folders = [];

    public void Dispose() => _folders.ForEach(folder => folder.Dispose());

    private static string Escaped => Uri.EscapeDataString(LiteLlmServers.Password);

    private string TlsFiles => $"ssl_ca_certs={servers.Tls.AuthorityFile}";

    private string CertifiedUrl => $"rediss://127.0.0.1:{servers.Certified.Port}?ssl_ca_certs={servers.Certified.AuthorityFile}";

    /// <summary>REDIS_URL, and where both clients have to be by it; nowhere: both have to fail, the synchronous one with such a
    /// message.</summary>
    private (string Url, string Expected)[] Urls =>
        [
            ($"redis://127.0.0.1:{servers.Plain.Port}", "Plain as default in 0"),
            ($"redis://127.0.0.1:{servers.Plain.Port}/5", "Plain as default in 5"),
            ($"redis://:{Escaped}@127.0.0.1:{servers.Locked.Port}/2", "Locked as default in 2"),
            ($"redis://default:{Escaped}@localhost:{servers.Locked.Port}", "Locked as default in 0"),
            ($"redis://{LiteLlmServers.User}:{LiteLlmServers.PlainPassword}@127.0.0.1:{servers.Users.Port}/3", "Users as app in 3"),
            (
                $"127.0.0.1:{servers.Users.Port},user={LiteLlmServers.User},password={LiteLlmServers.PlainPassword},defaultDatabase=4",
                "Users as app in 4"
            ),
            ($"redis://{LiteLlmServers.User}:wrong@127.0.0.1:{servers.Users.Port}/3", "nowhere: invalid username-password pair"),
            ($"rediss://127.0.0.1:{servers.Tls.Port}/1?{TlsFiles}", "Tls as default in 1"),
            ($"rediss://localhost:{servers.Tls.Port}?{TlsFiles}", "Tls as default in 0"),
            // The certificate does not name this address, and is of an authority that the machine does not know.
            ($"rediss://{LiteLlmServers.UnnamedHost}:{servers.Tls.Port}?{TlsFiles}", "nowhere: IP address mismatch"),
            ($"rediss://127.0.0.1:{servers.Tls.Port}", "nowhere: self-signed certificate in certificate chain"),
            (
                $"{CertifiedUrl}&ssl_certfile={servers.Certified.CertificateFile}&ssl_keyfile={servers.Certified.KeyFile}",
                "Certified as default in 0"
            ),
            // With TLS 1.3 the server says so after the handshake, and the client may find the connection closed before it reads that.
            (CertifiedUrl, "nowhere: "),
            ($"redis+sentinel://:{LiteLlmServers.PlainPassword}@{servers.Sentinels.Hosts}/throw-away", "Master as default in 0"),
            ($"{servers.Cluster.Hosts},password={LiteLlmServers.PlainPassword}", "Cluster as default in 0"),
        ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cache_is_at_the_server_that_the_url_names_and_no_less_strict(bool literal)
    {
        List<LiteLlmCase> cases = [];
        foreach ((string url, _) in Urls)
        {
            WireFolder folder = Folder(Minimal, url);
            await WiredAsync(folder, literal ? ["--literal"] : []);
            cases.Add(Case(folder));
            Assert.Equal(literal, !File.ReadAllText(folder.Config).Contains("os.environ/", StringComparison.Ordinal));
        }

        LiteLlmSeen seen = await LiteLlmPython.RunAsync(cases);
        foreach (((string url, string expected), LiteLlmOutcome outcome) in Urls.Zip(seen.Outcomes))
        {
            string where = Where(outcome.Cache);
            bool isThere = expected.Split(": ") is [string nowhere, string why]
                ? where.StartsWith(nowhere, StringComparison.Ordinal) && where.Contains(why, StringComparison.Ordinal)
                : where == expected;
            Assert.True(isThere, $"{url}: {where} instead of {expected}");
        }

        Assert.All(seen.Outcomes, outcome => Assert.Null(outcome.Start));
        Assert.All(seen.Outcomes, outcome => Assert.Null(outcome.Router));
    }

    /// <summary>Each environment holds what LiteLLM's clients would read before the configuration, or beside it.</summary>
    [Fact]
    public async Task Variables_that_lead_astray_do_so_no_longer_and_are_back_after_a_rollback()
    {
        string[] environments =
        [
            $"REDIS_URL=redis://127.0.0.1:{servers.Plain.Port}\n",
            "REDIS_SSL=False\nREDIS_SERVICE_NAME=old\n",
            $"REDIS_CLUSTER_NODES=[{{\"host\":\"127.0.0.1\",\"port\":{servers.Plain.Port}}}]\nREDIS_DB=7\n",
            "REDIS_MAX_CONNECTIONS=7\nREDIS_UNIX_SOCKET_PATH=/nowhere\nREDIS_PASSWORD=old\n",
        ];
        string old = $$"""
            litellm_settings:
              cache: true
              cache_params: {type: redis, host: 127.0.0.1, port: {{servers.Plain.Port}}}
            environment_variables:
              REDIS_USERNAME: os.environ/REDIS_USERNAME

            """;
        string url = $"redis://:{Escaped}@127.0.0.1:{servers.Locked.Port}/2";
        List<LiteLlmCase> wired = [],
            back = [],
            before = [];
        foreach (string environment in environments)
        {
            WireFolder folder = Folder(old, url);
            await File.WriteAllTextAsync(folder.LiteLlm, environment);
            before.Add(Case(folder));
            await WiredAsync(folder);
            wired.Add(Case(folder));
            Assert.Equal(0, (await folder.RunAsync("rollback")).Code);
            back.Add(Case(folder));
        }

        LiteLlmSeen seen = await LiteLlmPython.RunAsync([.. before, .. wired, .. back]);
        string[] words = [.. seen.Outcomes.Select(outcome => outcome.Start is null ? Where(outcome.Cache) : "no start")];
        // REDIS_USERNAME is the user None before.
        string[] astray = ["Plain as default in 0", "no start", "no start", "no start"];
        Assert.Equal([.. astray, .. Enumerable.Repeat("Locked as default in 2", environments.Length), .. astray], words);
    }

    [Fact]
    public async Task Router_with_a_server_of_its_own_stays_there()
    {
        string router = $$"""
            router_settings:
              redis_host: 127.0.0.1
              redis_port: {{servers.Plain.Port}}

            """;
        string url = $"redis://{LiteLlmServers.User}:{LiteLlmServers.PlainPassword}@127.0.0.1:{servers.Users.Port}/3";
        WireFolder folder = Folder(router, url);
        await WiredAsync(folder);
        LiteLlmCase wired = Case(folder);
        Assert.Equal(0, (await folder.RunAsync("rollback")).Code);

        IReadOnlyList<LiteLlmOutcome> outcomes = (await LiteLlmPython.RunAsync(wired, Case(folder))).Outcomes;
        Assert.Equal(("Users as app in 3", "Plain as default in 0"), (Where(outcomes[0].Cache), Where(outcomes[0].Router)));
        Assert.Equal(("off", "Plain as default in 0"), (outcomes[1].Cache!.Kind, Where(outcomes[1].Router)));
    }

    private WireFolder Folder(string config, string redisUrl)
    {
        WireFolder folder = new(config, $"PG_URL={WireFolder.PgUrl}\nREDIS_URL='{redisUrl}'\n");
        _folders.Add(folder);
        return folder;
    }

    private static async Task WiredAsync(WireFolder folder, params string[] more)
    {
        WireEnding ending = await folder.RunAsync("apply", more);
        Assert.True(ending.Code == 0, ending.Output + ending.Error);
    }

    private static LiteLlmCase Case(WireFolder folder)
    {
        Dictionary<string, string> environment = File.Exists(folder.LiteLlm)
            ? new(EnvFile.Parse(File.ReadAllText(folder.LiteLlm)).Values)
            : [];
        // Only sentinels are asked with it, and a tenth of a second, the default, is short for a busy machine.
        environment.TryAdd("REDIS_SOCKET_TIMEOUT", "20");
        return new(File.ReadAllText(folder.Config), environment, LiteLlmPython.Release.Version);
    }

    /// <summary>Where both clients are, or nowhere.</summary>
    private string Where(ClientOutcome? outcome) =>
        outcome is null ? "none"
        : outcome is { Synchronous.Error: not null, Asynchronous.Error: not null } ? $"nowhere: {outcome.Synchronous.Message}"
        : Where(outcome.Synchronous) == Where(outcome.Asynchronous) ? Where(outcome.Asynchronous)
        : $"{Where(outcome.Synchronous)}, but {Where(outcome.Asynchronous)} when asynchronous";

    private string Where(RedisAnswer? answer) =>
        answer switch
        {
            null => "none",
            { Error: { } error } => $"{error} {answer.Message}",
            { Ping: false } => "no PONG",
            _ => $"{servers.NameOf(answer.Port)} as {answer.User} in {answer.Database}",
        };
}
