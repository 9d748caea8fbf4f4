using System.Globalization;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Http;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.SystemTests.Faults;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace HxFunctions.SystemTests.Integration;

/// <summary>
/// Nothing that came in a URL leaves the process: every user, password, key and host here is a canary, and every log record at the lowest
/// level, every answer, all that <c>hx</c> prints and every value in Redis is searched for it, plain, percent-encoded and in base64. Nor is
/// what callers send told or logged: their paths, queries and keys, also those that are right.
/// </summary>
[Collection(ServersCollection.Name)]
[Trait(HxProgram.Trait, HxProgram.Any)]
public class LeakTests(PostgresFixture postgres, RedisFixture redis)
{
    private const string UserPath = "secret-c4n4ry-path";
    private const string UserQuery = "secret-c4n4ry-query";
    private const string Key = "secret-c4n4ry-key-of-master";

    /// <summary>Hands its query on, to the status page: its answer has what the caller sent.</summary>
    private const string Home = "GET /";

    /// <summary>Its answer has an address of hx serve as an example.</summary>
    private const string Description = "GET /openapi.json";

    private const string Override = """{"verdict":"open","durationSeconds":60,"reason":"a test","by":"a tester"}""";

    private static readonly string[] Requests =
    [
        Home,
        Description,
        "GET /healthz/live",
        "GET /healthz/ready",
        "GET /healthz/deps",
        "GET /health/all?live=true",
        "GET /health/db",
        "GET /health/cache",
        "GET /health/vector",
        $"GET /health/{UserPath}",
        $"GET /health/all?exclude={UserPath}",
        $"GET /guard?path=/{UserPath}",
        $"GET /guard?path=/v1/keys/{UserPath}&method=POST",
        $"GET /guard?path=/%25zz{UserPath}",
        $"GET /guard?path=/a&path=/{UserPath}",
        $"POST /guard/check/v1/keys/{UserPath}?q={UserPath}",
        $"{UserPath} /guard/check/x",
        $"GET /guard/check/../{UserPath}",
        "GET /guard/verdicts",
        "GET /override",
        "POST /override",
        "DELETE /override?by=tester",
        "GET /status",
        "GET /status?view=wall",
        "GET /status/history",
        "GET /status/feed",
        "GET /badge/all.svg",
        $"GET /badge/{UserPath}.svg",
        "GET /metrics",
        $"GET /{UserPath}",
    ];

    private static readonly string[] Commands =
    [
        "check",
        "check --json",
        "config",
        "guard /v1/keys",
        "guard /v1/keys --json",
        "override show",
    ];

    /// <summary>Hosts that no resolver knows.</summary>
    [Fact]
    public async Task Unknown_hosts_leak_nothing()
    {
        await AssertNoLeakAsync(
            new Urls(
                "postgresql://canary-user-pg:canary-pass%2Fpg@canary-host-pg.invalid:5439/canarydb?sslmode=require",
                "rediss://canary-user-redis:canary-pass%2Fredis@canary-host-redis.invalid:6399/3",
                "https://canary-host-qdrant.invalid/canary-base",
                "canary-key-qdrant",
                [
                    "canary-user-pg",
                    "canary-pass/pg",
                    "canary-host-pg",
                    "canary-user-redis",
                    "canary-pass/redis",
                    "canary-host-redis",
                    "canary-key-qdrant",
                    "canary-host-qdrant",
                ]
            )
        );
    }

    /// <summary>The same in keyword strings.</summary>
    [Fact]
    public async Task Unknown_hosts_in_keyword_strings_leak_nothing()
    {
        await AssertNoLeakAsync(
            new Urls(
                "Host=canary-host-pg.invalid;Username=canary-user-pg;Password=canary=pass'pg;Database=x",
                "canary-host-redis.invalid:6399,user=canary-user-redis,password=canary+pass=redis",
                "http://canary-host-qdrant.invalid",
                "canary-key-qdrant",
                [
                    "canary-user-pg",
                    "canary=pass'pg",
                    "canary-host-pg",
                    "canary-user-redis",
                    "canary+pass=redis",
                    "canary-host-redis",
                    "canary-key-qdrant",
                    "canary-host-qdrant",
                ]
            )
        );
    }

    /// <summary>Real servers that refuse what is wrong and say so in their own words.</summary>
    [Fact]
    public async Task Servers_that_refuse_the_credentials_make_us_leak_nothing()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync("another-key");
        await AssertNoLeakAsync(
            new Urls(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"postgresql://canary-user-pg:canary-pass%2Fpg@127.0.0.1:{postgres.Server.Port}/canarydb"
                ),
                string.Create(CultureInfo.InvariantCulture, $"redis://canary-user-redis:canary-pass%2Fredis@127.0.0.1:{redis.Server.Port}"),
                qdrant.Url,
                "canary-key-qdrant",
                ["canary-user-pg", "canary-pass/pg", "canary-user-redis", "canary-pass/redis", "canary-key-qdrant", "127.0.0.1"]
            )
        );
    }

    /// <summary>Everything works, a record is stored, and nothing of the URLs is in Redis.</summary>
    [Fact]
    public async Task Working_servers_leak_nothing_and_redis_holds_nothing()
    {
        await using PostgresServer own = await PostgresServer.StartAsync(
            new()
            {
                UserName = "canary-user-pg",
                Password = "canary-pass/pg",
                Database = "canarydb",
            }
        );
        await using RedisServer store = await RedisServer.StartAsync(new() { Password = "canary-pass/redis" });
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync("canary-key-qdrant");
        Urls urls = new(
            own.Url,
            store.Url,
            qdrant.Url,
            "canary-key-qdrant",
            ["canary-user-pg", "canary-pass/pg", "canary-pass/redis", "canary-key-qdrant", "127.0.0.1"]
        );

        await AssertNoLeakAsync(
            urls,
            async () =>
            {
                string values = await RedisDump.OfAsync(store);
                Assert.Contains(":transitions", values, StringComparison.Ordinal);
                urls.AssertAbsent("Redis", values);
            }
        );
    }

    [Fact]
    public void Every_endpoint_is_asked() =>
        Assert.Empty(AskedEndpoints.FindMissing([.. Endpoints.All, .. ServeCommand.AddedEndpoints], Requests));

    private static async Task AssertNoLeakAsync(Urls urls, Func<Task>? besides = null)
    {
        using FakeLoggerProvider log = new();
        await using (
            HxInstance hx = await HxInstance.StartAsync(
                new Dictionary<string, string?>(urls.Variables) { ["WRAPPER_LOG_LEVEL"] = "TRACE", ["WRAPPER_KEYS"] = $"master={Key}" },
                services => services.AddLogging(logging => logging.ClearProviders().AddProvider(log))
            )
        )
        {
            foreach (string request in Requests)
            {
                string asked = With(request, $"q={UserQuery}");
                foreach (
                    RawResponse answer in new[]
                    {
                        await SendAsync(hx, asked, $"x-functions-key: {Key}"),
                        await SendAsync(hx, With(asked, $"code={Key}")),
                    }
                )
                {
                    Assert.NotEqual(401, answer.Status);
                    string head = request == Home ? "" : string.Concat(answer.Headers.Select(h => $"{h.Key}: {h.Value}\n"));
                    urls.AssertAbsent(request, head + answer.Body, hostsMayShow: request == Description);
                }
            }

            // Wrong keys, too.
            Assert.Equal(401, (await SendAsync(hx, "GET /health/all", $"x-functions-key: {UserPath}-wrong-key")).Status);
            Assert.Equal(401, (await SendAsync(hx, $"GET /guard?path=/x&code={UserPath}-wrong-key")).Status);
            // A second look, when the confirmations and the store have had their say.
            await Eventually.TrueAsync(() => hx.Snapshot.Dependencies.All(d => d.Record is not null));
            urls.AssertAbsent("/health/all", (await SendAsync(hx, "GET /health/all", $"x-functions-key: {Key}")).Body);
            if (besides is not null)
            {
                await besides();
            }
        }

        // Message, members and exception: a formatter may print any of them.
        string records = string.Join(
            '\n',
            log.Collector.GetSnapshot()
                .Select(r =>
                    $"{r.Category} {r.Message} {string.Join(' ', r.StructuredState?.Select(p => $"{p.Key}={p.Value}") ?? [])} {r.Exception}"
                )
        );
        Assert.Contains("HxFunctions.Core", records, StringComparison.Ordinal);
        urls.AssertAbsent("the log", records);
        await AssertCommandsAsync(urls);
    }

    private static Task<RawResponse> SendAsync(HxInstance hx, string request, params string[] headers) =>
        RawHttp.SendAsync(
            hx.Address,
            request,
            request.StartsWith("POST /override", StringComparison.Ordinal) ? Override : "",
            [.. headers, $"X-Made-Up: {UserPath}"]
        );

    private static string With(string request, string parameter) => $"{request}{(request.Contains('?') ? '&' : '?')}{parameter}";

    /// <summary><c>hx config</c> shows hosts and users, as the contract says, and never more.</summary>
    private static async Task AssertCommandsAsync(Urls urls)
    {
        foreach (string command in Commands)
        {
            HxProcess.Ending ending = await HxProcess.RunAsync(
                command,
                [.. urls.Variables.Select(v => (v.Key, v.Value)), ("WRAPPER_LOG_LEVEL", "TRACE")]
            );
            Assert.InRange(ending.Code, 0, 1);
            urls.AssertAbsent($"hx {command}", ending.Output + ending.Error, hostsMayShow: command == "config");
        }
    }

    /// <summary>What must not be found, and the variables that hold it.</summary>
    private sealed record Urls(string Pg, string Redis, string Qdrant, string QdrantKey, string[] Words)
    {
        public Dictionary<string, string?> Variables { get; } =
            new()
            {
                ["PG_URL"] = Pg,
                ["REDIS_URL"] = Redis,
                ["QDRANT_URL"] = Qdrant,
                ["QDRANT_API_KEY"] = QdrantKey,
                ["DEPENDENCIES"] = "thing=http://canary-host-thing.invalid/health?key=canary-key-thing header:Authorization=$THING_TOKEN",
                ["THING_TOKEN"] = "Bearer canary-token-thing",
                ["NOTIFY_URL"] = "http://canary-host-hook.invalid/canary-path-hook",
                ["NOTIFY_SECRET"] = "canary-secret-hook",
                ["GUARD_ROUTES"] = "/v1/keys=postgres,redis,qdrant,thing",
                ["PG_TIMEOUT"] = "0.5",
                ["REDIS_TIMEOUT"] = "0.5",
                ["QDRANT_TIMEOUT"] = "0.5",
                ["HEALTH_CHECK_TIMEOUT"] = "1.5",
                ["HEALTH_CHECK_INTERVAL"] = "3",
                ["GUARD_MAX_STALENESS"] = "0.3",
            };

        private static readonly string[] Always =
        [
            "canary-host-thing",
            "canary-key-thing",
            "canary-token-thing",
            "canary-host-hook",
            "canary-path-hook",
            "canary-secret-hook",
            UserPath,
            UserQuery,
            Key,
        ];

        /// <param name="hostsMayShow">The address that tests use everywhere, and the name of a host, are shown by hx config on
        /// purpose.</param>
        public void AssertAbsent(string where, string text, bool hostsMayShow = false) =>
            new Canaries(Words.Concat(Always).Where(word => !hostsMayShow || !Canaries.IsHost(word))).AssertAbsent(where, text);
    }
}
