using System.Text.RegularExpressions;
using HxFunctions.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Worker;

/// <summary>The guard's answers through the worker, beside those of <c>hx serve</c> with the same settings.</summary>
public sealed partial class WorkerGuardTests
{
    private const string Misconfigured = "gopher://nowhere";

    private static readonly string[] Requests =
    [
        "GET /guard?path=/v1/keys&method=POST",
        "HEAD /guard?path=/v1/keys",
        "GET /guard?path=/v1/models",
        "GET /guard?path=%2Fv1%2Fkeys%2F..%2Fmodels",
        "GET /guard",
        "GET /guard?path=nonsense",
        "GET /guard/check/v1/keys",
        "POST /guard/check/v1/keys",
        "HEAD /guard/check/v1/keys",
        "PROPFIND /guard/check/v1/%6beys/x?y=z",
        "DELETE /guard/check/v1/models",
        "GET /guard/verdicts",
        "GET /healthz/live",
        "GET /healthz/ready",
        "GET /healthz/deps",
        "GET /health/vector",
        "GET /health/nothing",
        "GET /override",
        "DELETE /override?by=test",
    ];

    [Theory]
    [InlineData(200)]
    [InlineData(503)]
    public async Task Answers_are_those_of_hx_serve(int status)
    {
        // Without the key that Qdrant wants, the dependency fails.
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync(status == 200 ? null : "made-up-key-of-tests");
        Dictionary<string, string?> settings = WorkerSettings.With(qdrant);
        await using HxInstance hx = await HxInstance.StartAsync(settings);
        await using PlayedHost host = await PlayedHost.StartAsync(settings);
        await hx.UntilAsync((System.Net.HttpStatusCode)status, PlayedHost.Patience);
        await host.UntilAsync("/guard?path=/v1/keys&method=POST", status);

        foreach (string request in Requests)
        {
            string[] parts = request.Split(' ');
            (string Name, string Value)[] about = [("X-Original-URI", "/v1/keys")];
            WorkerAnswer ours = await host.SendAsync(parts[0], parts[1], null, about);
            HxInstance.Answer theirs = await hx.GetAsync(parts[1], new HttpMethod(parts[0]), about);

            Assert.Equal($"{request} {(int)theirs.Status} {Settled(theirs.Body)}", $"{request} {ours.Status} {Settled(ours.Body)}");
            foreach (string header in new[] { "Content-Type", "Cache-Control", "X-Content-Type-Options", "x-hx-verdict" })
            {
                Assert.Equal($"{request} {HeaderOf(theirs.Head, header)}", $"{request} {ours.Headers.GetValueOrDefault(header)}");
            }

            Assert.Equal(
                $"{request} {Settled(HeaderOf(theirs.Head, "x-hx-problem") ?? "")}",
                $"{request} {Settled(ours.Headers.GetValueOrDefault("x-hx-problem") ?? "")}"
            );
            // Each goes by its own checks, which aren't at the same moment.
            string? retry = ours.Headers.GetValueOrDefault("Retry-After");
            Assert.Equal($"{request} {HeaderOf(theirs.Head, "Retry-After") is not null}", $"{request} {retry is not null}");
            if (RetryAfter().Match(ours.Body) is { Success: true } said)
            {
                Assert.Equal(said.Groups[1].Value, retry);
            }
        }
    }

    /// <summary>The worker's server is asked what the real host could pass on: it takes 8 KiB of a request line and 100 headers, encodes
    /// each <c>%</c> of the path once more and adds headers of its own. A function would wait for what the server refused.</summary>
    [Fact]
    public async Task Largest_request_that_a_host_takes_reaches_its_function()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await PlayedHost.StartAsync(WorkerSettings.With(qdrant));
        string path = string.Concat(Enumerable.Repeat("%252F", 2_700));
        (string Name, string Value)[] headers = [.. Enumerable.Range(0, 120).Select(i => ($"X-Made-Up-{i}", new string('x', 300)))];

        WorkerAnswer answer = await host.SendAsync("GET", $"/guard/check/v1/keys{path}", null, headers);

        Assert.True(answer is { Status: 200 or 503, Succeeded: true }, $"{answer.Status} {answer.Body}");
    }

    [Fact]
    public async Task Wrong_configuration_keeps_the_app_up_not_ready_and_what_is_guarded_closed()
    {
        Dictionary<string, string?> settings = new() { ["REDIS_URL"] = Misconfigured, ["GUARD_ROUTES"] = "/v1/keys=redis" };
        await using PlayedHost host = await PlayedHost.StartAsync(settings);

        Assert.Equal((503, """{"status":"fail","reason":"misconfigured"}"""), StatusAndBody(await host.GetAsync("/healthz/ready")));
        Assert.Equal(200, (await host.GetAsync("/healthz/live")).Status);
        WorkerAnswer closed = await host.GetAsync("/guard?path=/v1/keys");
        Assert.Equal((503, "closed"), (closed.Status, closed.Headers["x-hx-verdict"]));
        Assert.Contains("\"reasons\":{\"redis\":\"misconfigured\"}", closed.Body, StringComparison.Ordinal);
        Assert.Equal(200, (await host.GetAsync("/guard?path=/v1/models")).Status);
        HostLogLine told = await host.Log.UntilAsync(line => line is { Source: HostLogSource.Error, Level: "Error" });
        Assert.Contains("Configuration: REDIS_URL", told.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Misconfigured, host.Log.ToString(), StringComparison.Ordinal);
    }

    private static (int, string) StatusAndBody(WorkerAnswer answer) => (answer.Status, answer.Body);

    /// <summary>Without what a moment changes.</summary>
    private static string Settled(string body) => Moment().Replace(body, "$1:…");

    private static string? HeaderOf(string head, string name) =>
        head.Split('\n')
            .Select(line => line.Trim().Split(": ", 2))
            .FirstOrDefault(pair => pair[0].Equals(name, StringComparison.OrdinalIgnoreCase))
            ?[1];

    [GeneratedRegex("(\"(?:age|retryAfter|since|time|observedValue|lastProbe|checkedAt|consecutive)[A-Za-z]*\"):(?:[0-9.]+|\"[^\"]*\")")]
    private static partial Regex Moment();

    [GeneratedRegex("\"retryAfterSeconds\":([0-9]+)")]
    private static partial Regex RetryAfter();
}
