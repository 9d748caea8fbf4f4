using System.Text.Json;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Worker;

/// <summary>Every function of the app, called through the real worker.</summary>
public sealed class WorkerFunctionsTests
{
    private const string Snapshot = "Snapshot";

    /// <summary>A request for each HTTP function, and its status without configuration and with PostgreSQL and Redis up.</summary>
    /// <remarks>Without configuration the default rules need servers that are not set: misconfigured.</remarks>
    private static readonly (string Function, string Target, int Unconfigured, int Configured)[] Requests =
    [
        ("Badge", "/badge/all.svg", 200, 200),
        ("Dependencies", "/healthz/deps", 200, 200),
        ("Guard", "/guard?path=/v1/keys&method=POST", 503, 200),
        ("GuardCheck", "/guard/check/v1/keys", 403, 200),
        ("GuardVerdicts", "/guard/verdicts", 200, 200),
        ("Health", "/health/all", 503, 200),
        ("Live", "/healthz/live", 200, 200),
        ("OpenApi", "/openapi.json", 200, 200),
        ("Override", "/override", 200, 200),
        ("Ready", "/healthz/ready", 503, 200),
        ("Status", "/status", 200, 200),
        ("StatusFeed", "/status/feed", 404, 200),
        ("StatusHistory", "/status/history", 200, 200),
    ];

    [Fact]
    public void Every_function_of_the_built_app_has_a_request_here()
    {
        using JsonDocument built = JsonDocument.Parse(File.ReadAllText(Path.Combine(WorkerApp.Folder, "functions.metadata")));
        IEnumerable<string> names = built.RootElement.EnumerateArray().Select(function => function.GetProperty("name").GetString()!);
        Assert.Equal(Requests.Select(r => r.Function).Append(Snapshot).Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_function_is_loaded_and_answers_when_nothing_is_configured()
    {
        await using PlayedHost host = await PlayedHost.StartAsync(new Dictionary<string, string?>());
        await CallAllAsync(host, request => request.Unconfigured);
    }

    [Fact]
    public async Task Every_function_answers_with_real_servers_and_an_override_reaches_other_instances()
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        await using RedisServer redis = await RedisServer.StartAsync();
        Dictionary<string, string?> settings = new()
        {
            ["PG_URL"] = postgres.Url,
            ["REDIS_URL"] = redis.Url,
            ["HEALTH_SNAPSHOT_SCHEDULE"] = "0 0 * * * *",
        };
        await using PlayedHost host = await PlayedHost.StartAsync(settings);
        await using PlayedHost other = await PlayedHost.StartAsync(settings);

        await CallAllAsync(host, request => request.Configured);

        using StringContent body = new("""{"verdict":"closed","durationSeconds":60,"reason":"test"}""");
        Assert.Equal(200, (await host.SendAsync("POST", "/override", body)).Status);
        await other.UntilAsync("/guard?path=/v1/keys", 503, "\"override\"");
    }

    private static async Task CallAllAsync(
        PlayedHost host,
        Func<(string Function, string Target, int Unconfigured, int Configured), int> expected
    )
    {
        Assert.Equal(
            Requests.Select(r => r.Function).Append(Snapshot).Order(StringComparer.Ordinal),
            host.Functions.Select(function => function.Name)
        );
        foreach ((string Function, string Target, int, int) request in Requests)
        {
            WorkerAnswer answer = await host.UntilAsync(request.Target, expected(request));
            Assert.True(answer.Succeeded, $"{request.Function}: {answer.Result}");
            bool mayBeKept = answer.Status == 200 && request.Function is "Badge" or "OpenApi" or "StatusFeed";
            Assert.Equal(mayBeKept ? "no-cache, private" : "no-store", answer.Headers["Cache-Control"]);
            Assert.NotEmpty(answer.Body);
        }

        WorkerFunction timer = host.Functions.Single(function => function.Name == Snapshot);
        Assert.Equal("timerTrigger", timer.Trigger);
        Assert.Equal(Protocol.StatusResult.Types.Status.Success, (await host.FireAsync(timer)).Status);
    }
}
