using System.Globalization;
using System.Text.RegularExpressions;
using HxFunctions.Servers;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Http;

/// <summary>The real answers against openapi.json: each is as described, and each that is described is given.</summary>
public partial class OpenApiAnswerTests
{
    private const string Badge = "/badge/{dependency}.svg";
    private static readonly string[] CheckMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
    private readonly OpenApiDocument _document = OpenApiDocument.Load();
    private readonly HashSet<string> _given = [];
    private readonly List<string> _faults = [];

    [Fact]
    public async Task Answers_are_as_described_and_every_described_one_is_given()
    {
        await PassingAsync();
        await FailingAsync();
        await WithKeysAsync();
        await WithoutHealthEndpointsAsync();
        await MisconfiguredAsync();
        await WithHistoryAsync();
        await WithoutRedisAsync();
        await OtherModesAsync();

        Assert.Empty(_faults);
        IEnumerable<string> described = _document.Operations.SelectMany(o =>
            o.Responses.EnumerateObject().Select(r => $"{o.Method} {o.Path} {r.Name}")
        );
        Assert.Empty(described.Except(_given));
    }

    private async Task PassingAsync()
    {
        StubCheck thing = new();
        await using HxInstance hx = await Surface.StartAsync(thing);
        await ReadAsync(hx, "/healthz/ready");
        await ReadAsync(hx, "/health/all");
        await ReadAsync(hx, "/health/all", "/health/all?live=true&exclude=other");
        await ReadAsync(hx, "/healthz/live");
        await ReadAsync(hx, "/healthz/ready");
        await ReadAsync(hx, "/healthz/deps");
        await ReadAsync(hx, "/health/{dependency}", "/health/thing");
        await ReadAsync(hx, "/health/{dependency}", "/health/nothing");
        await ReadAsync(hx, "/guard", "/guard?path=/v1/keys&method=POST");
        await ReadAsync(hx, "/guard", "/guard?path=/v1/models");
        await ReadAsync(hx, "/guard");
        await ReadAsync(hx, "/guard/verdicts");
        await CheckAsync(hx, "/v1/keys", status: 200);
        await CheckAsync(hx, "/v1/models", status: 200);
        await CheckAsync(hx, "/.hx/canary", status: 403);
        await CheckAsync(hx, "/v1/keys", status: 400, "X-Original-Method: GET", "X-Forwarded-Method: GET");
        await StatusAsync(hx);
        await ReadAsync(hx, "/status", "/status?view=wall", status: 200);
        await ReadAsync(hx, "/status/feed", status: 404);
        await ReadAsync(hx, Badge, "/badge/thing.svg", status: 200);
        await ReadAsync(hx, Badge, "/badge/all.svg", status: 200);
        await ReadAsync(hx, Badge, "/badge/nothing.svg", status: 404);
        await UnchangedAsync(hx, Badge, "/badge/thing.svg");
        await ReadAsync(hx, "/openapi.json", status: 200);
        await UnchangedAsync(hx, "/openapi.json", "/openapi.json");
        await OverrideAsync(hx);
    }

    private async Task StatusAsync(HxInstance hx)
    {
        await ReadAsync(hx, "/status", status: 200);
        await ReadAsync(hx, "/status/history", status: 200);
    }

    private async Task FailingAsync()
    {
        StubCheck thing = StubCheck.Failing();
        await using HxInstance hx = await Surface.StartCheckedAsync(thing);
        await ReadAsync(hx, "/healthz/deps");
        await ReadAsync(hx, "/healthz/ready");
        await ReadAsync(hx, "/health/all");
        await ReadAsync(hx, "/health/{dependency}", "/health/thing");
        await ReadAsync(hx, "/guard", "/guard?path=/v1/keys");
        await ReadAsync(hx, "/guard/verdicts");
        await StatusAsync(hx);
        await CheckAsync(hx, "/v1/keys", status: 403);
    }

    private async Task WithKeysAsync()
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));
        foreach (OpenApiDocument.Operation operation in _document.Operations.Where(o => o.Schemes.Any()))
        {
            await TellAsync(hx, operation.Method, operation.Path, InBraces().Replace(operation.Path, "x"), "", 401);
        }
    }

    private async Task WithoutHealthEndpointsAsync()
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck(), ("ENABLE_HEALTH_ENDPOINTS", "false"));
        foreach (string path in new[] { "/healthz/ready", "/healthz/deps", "/health/all" })
        {
            await ReadAsync(hx, path, status: 404);
        }

        await ReadAsync(hx, "/health/{dependency}", "/health/thing", status: 404);
        await ReadAsync(hx, "/healthz/live", status: 200);
    }

    private async Task MisconfiguredAsync()
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck(), ("PG_TIMEOUT", "soon"));
        await ReadAsync(hx, "/healthz/ready", status: 503);
        await ReadAsync(hx, "/healthz/deps", status: 200);
        await ReadAsync(hx, "/health/all", status: 503);
        await ReadAsync(hx, "/health/{dependency}", "/health/thing", status: 503);
        await ReadAsync(hx, "/guard", "/guard?path=/v1/keys", status: 503);
        await ReadAsync(hx, "/guard/verdicts", status: 200);
        await StatusAsync(hx);
    }

    /// <summary>With a past, and with what was not recorded of it.</summary>
    private async Task WithHistoryAsync()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);
        await StatusAsync(scene.Instance);
        await ReadAsync(scene.Instance, "/status/feed", status: 200);
        await UnchangedAsync(scene.Instance, "/status/feed", "/status/feed");
    }

    private async Task UnchangedAsync(HxInstance hx, string path, string target)
    {
        foreach (string method in new[] { "GET", "HEAD" })
        {
            await TellAsync(hx, method, path, target, "", 304, "If-None-Match: *");
        }
    }

    private async Task WithoutRedisAsync()
    {
        await using HxInstance hx = await Surface.StartAsync(
            null,
            ("REDIS_URL", string.Create(CultureInfo.InvariantCulture, $"redis://127.0.0.1:{FreePort.Next()}")),
            ("GUARD_ROUTES", "/v1/keys=redis")
        );
        await TellAsync(hx, "POST", "/override", "/override", """{"verdict":"open","durationSeconds":60,"reason":"test"}""", 503);
        await TellAsync(hx, "DELETE", "/override", "/override", "", 503);
        await StatusAsync(hx);
        await ReadAsync(hx, "/status/feed", status: 503);
    }

    private async Task OtherModesAsync()
    {
        foreach ((string name, string value) in new[] { ("GUARD_MODE", "shadow"), ("ENABLE_DB_GUARD", "false") })
        {
            await using HxInstance hx = await Surface.StartCheckedAsync(
                StubCheck.Failing(),
                (name, value),
                ("GUARD_ROUTES", "/v1/keys GET,TRACE=thing")
            );
            await ReadAsync(hx, "/guard", "/guard?path=/v1/keys&method=GET", status: 200);
            await ReadAsync(hx, "/guard/verdicts", status: 200);
            await StatusAsync(hx);
        }
    }

    private async Task OverrideAsync(HxInstance hx)
    {
        await ReadAsync(hx, "/override", status: 200);
        await TellAsync(hx, "POST", "/override", "/override", """{"verdict":"closed","durationSeconds":60,"reason":"test"}""", 200);
        await TellAsync(hx, "POST", "/override", "/override", "{}", 400);
        await TellAsync(hx, "POST", "/override", "/override", new string('x', (64 * 1024) + 1), 413);
        await ReadAsync(hx, "/override", status: 200);
        await ReadAsync(hx, "/health/all", status: 200);
        await StatusAsync(hx);
        await ReadAsync(hx, "/guard", "/guard?path=/v1/keys", status: 503);
        await ReadAsync(hx, "/guard/verdicts", status: 200);
        await TellAsync(hx, "DELETE", "/override", $"/override?by={new string('x', 101)}", "", 400);
        await TellAsync(hx, "DELETE", "/override", "/override", "", 200);
    }

    /// <summary>GET and HEAD.</summary>
    private async Task ReadAsync(HxInstance hx, string path, string? target = null, int? status = null)
    {
        foreach (string method in new[] { "GET", "HEAD" })
        {
            await TellAsync(hx, method, path, target ?? path, "", status);
        }
    }

    /// <summary>Every method, about the request's own path and about that of a header family.</summary>
    private async Task CheckAsync(HxInstance hx, string about, int status, params string[] headers)
    {
        foreach (string method in CheckMethods)
        {
            await TellAsync(hx, method, "/guard/check/{path}", $"/guard/check{about}", "", status, headers);
            await TellAsync(hx, method, "/guard/check", "/guard/check", "", status, [.. headers, $"X-Original-URI: {about}"]);
        }
    }

    private async Task TellAsync(
        HxInstance hx,
        string method,
        string path,
        string target,
        string body,
        int? status,
        params string[] headers
    )
    {
        RawResponse answer = await RawHttp.SendAsync(hx.Address, $"{method} {target}", body, headers);
        if (status is not null && answer.Status != status)
        {
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"{method} {target}: {answer.Status}, not {status}"));
        }

        _faults.AddRange(_document.Faults(method, path, answer));
        _given.Add(string.Create(CultureInfo.InvariantCulture, $"{method} {path} {answer.Status}"));
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex InBraces();
}
