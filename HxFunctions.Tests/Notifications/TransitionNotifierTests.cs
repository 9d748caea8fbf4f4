using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Notifications;
using HxFunctions.Core.Routing;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Telemetry;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Notifications;

public sealed class TransitionNotifierTests : IAsyncDisposable
{
    private static readonly Transition Down = TransitionTests.Of(DependencyStatus.Pass, DependencyStatus.Fail);

    private readonly FakeTimeProvider _time = new();
    private readonly WebhookStub _webhook = new();
    private readonly FakeLogger<TransitionNotifier> _log = new();
    private HxSettings _settings = new()
    {
        NotifyUrl = new("https://hooks.example.org/secret-path"),
        Rules = [new("/v1/keys", GuardMethods.All, ["postgres", "redis"]), new("/v1/rag", GuardMethods.All, ["qdrant"])],
    };

    private TransitionNotifier? _notifier;

    [Fact]
    public async Task Transition_is_told_as_a_cloud_event()
    {
        await StartAsync();
        _notifier!.Tell(Down);
        await Eventually.TrueAsync(() => _webhook.All.Count == 1);

        WebhookStub.Told told = _webhook.All[0];
        Assert.Equal("application/cloudevents+json; charset=utf-8", told.Headers["Content-Type"]);
        JsonElement json = told.Json;
        Assert.Equal("1.0", json.GetProperty("specversion").GetString());
        Assert.Equal(told.Headers["webhook-id"], json.GetProperty("id").GetString());
        Assert.Equal("urn:hxfunctions:hx%3Aab", json.GetProperty("source").GetString());
        Assert.Equal("hxfunctions.dependency.transition", json.GetProperty("type").GetString());
        Assert.Equal("postgres", json.GetProperty("subject").GetString());
        Assert.True(json.GetProperty("time").TryGetDateTimeOffset(out _));
        JsonElement data = json.GetProperty("data");
        Assert.Equal(
            "PostgreSQL went down at 12:01:00 UTC: connection_refused. It is needed by /v1/keys.",
            data.GetProperty("text").GetString()
        );
        Assert.Equal(
            ("pass", "fail", "connection_refused"),
            (data.GetProperty("before").GetString(), data.GetProperty("status").GetString(), data.GetProperty("reason").GetString())
        );
        Assert.Equal(["/v1/keys"], data.GetProperty("routes").EnumerateArray().Select(r => r.GetString()));
        Assert.False(told.Headers.ContainsKey("webhook-signature"));
    }

    [Theory]
    [InlineData(
        DependencyStatus.Fail,
        DependencyStatus.Pass,
        "qdrant",
        "ok",
        "Qdrant came up again at 12:01:00 UTC. It is needed by `/v1/rag`."
    )]
    [InlineData(
        DependencyStatus.Pass,
        DependencyStatus.Warn,
        "postgres",
        "read_only",
        "PostgreSQL began to refuse writes at 12:01:00 UTC. It is needed by `/v1/keys`."
    )]
    [InlineData(
        DependencyStatus.Pass,
        DependencyStatus.Warn,
        "thing",
        "slow",
        "thing became degraded at 12:01:00 UTC: slow. No guarded route needs it."
    )]
    [InlineData(
        DependencyStatus.Pass,
        DependencyStatus.Fail,
        "thing",
        "timeout",
        "thing went down at 12:01:00 UTC: timeout. No guarded route needs it."
    )]
    internal async Task Slack_gets_a_sentence(
        DependencyStatus before,
        DependencyStatus after,
        string dependency,
        string reason,
        string text
    )
    {
        _settings = _settings with { NotifyFormat = NotifyFormat.Slack };
        await StartAsync();
        _notifier!.Tell(TransitionTests.Of(before, after, dependency, reason));
        await Eventually.TrueAsync(() => _webhook.All.Count == 1);
        Assert.Equal("application/json; charset=utf-8", _webhook.All[0].Headers["Content-Type"]);
        Assert.Equal(text, _webhook.All[0].Json.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Teams_gets_a_card()
    {
        _settings = _settings with { NotifyFormat = NotifyFormat.Teams };
        await StartAsync();
        _notifier!.Tell(Down);
        await Eventually.TrueAsync(() => _webhook.All.Count == 1);
        JsonElement attachment = _webhook.All[0].Json.GetProperty("attachments")[0];
        Assert.Equal("application/vnd.microsoft.card.adaptive", attachment.GetProperty("contentType").GetString());
        Assert.StartsWith("PostgreSQL went down", CardText(_webhook.All[0].Json), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NotifyFormat.Slack, "`/v1/*/a_b`, `/R&amp;D/&lt;x&gt;`, `/it's`.")]
    [InlineData(NotifyFormat.Teams, "/v1/*/a_b, /R&D/<x>, /it`s.")]
    [InlineData(NotifyFormat.CloudEvents, "/v1/*/a_b, /R&D/<x>, /it`s.")]
    internal async Task Route_is_not_read_as_formatting(NotifyFormat format, string routes)
    {
        _settings = _settings with
        {
            NotifyFormat = format,
            Rules = [.. new[] { "/v1/*/a_b", "/R&D/<x>", "/it`s" }.Select(route => new GuardRule(route, GuardMethods.All, ["postgres"]))],
        };
        await StartAsync();
        _notifier!.Tell(Down);
        await Eventually.TrueAsync(() => _webhook.All.Count == 1);
        Assert.EndsWith($"It is needed by {routes}", TextIn(_webhook.All[0].Json, format), StringComparison.Ordinal);
    }

    /// <summary>Slack advises against more than 4,000 characters, Teams takes 28 KB.</summary>
    [Theory]
    [InlineData(NotifyFormat.Slack)]
    [InlineData(NotifyFormat.Teams)]
    [InlineData(NotifyFormat.CloudEvents)]
    internal async Task Sentence_names_twenty_routes_however_many_there_are(NotifyFormat format)
    {
        string tail = new('x', 200);
        _settings = _settings with
        {
            NotifyFormat = format,
            Rules = [.. Enumerable.Range(0, 1000).Select(i => new GuardRule($"/{i}/{tail}", GuardMethods.All, ["postgres"]))],
        };
        await StartAsync();
        _notifier!.Tell(Down);
        await Eventually.TrueAsync(() => _webhook.All.Count == 1);

        JsonElement json = _webhook.All[0].Json;
        string text = TextIn(json, format);
        Assert.InRange(text.Length, 1_000, 3_000);
        Assert.Contains("/19/", text, StringComparison.Ordinal);
        Assert.DoesNotContain("/20/", text, StringComparison.Ordinal);
        Assert.EndsWith(" and 980 more.", text, StringComparison.Ordinal);
        if (format == NotifyFormat.CloudEvents)
        {
            Assert.Equal(1000, json.GetProperty("data").GetProperty("routes").GetArrayLength());
        }
    }

    private static string TextIn(JsonElement json, NotifyFormat format) =>
        format switch
        {
            NotifyFormat.Slack => json.GetProperty("text").GetString()!,
            NotifyFormat.Teams => CardText(json),
            _ => json.GetProperty("data").GetProperty("text").GetString()!,
        };

    /// <summary>A TextRun's text, which no one reads as Markdown.</summary>
    private static string CardText(JsonElement json)
    {
        JsonElement block = json.GetProperty("attachments")[0].GetProperty("content").GetProperty("body")[0];
        JsonElement run = Assert.Single(block.GetProperty("inlines").EnumerateArray());
        Assert.Equal(("RichTextBlock", "TextRun"), (block.GetProperty("type").GetString(), run.GetProperty("type").GetString()));
        return run.GetProperty("text").GetString()!;
    }

    [Theory]
    [InlineData("made-up-secret", "made-up-secret")]
    [InlineData("whsec_bWFkZS11cA==", "made-up")]
    public async Task Signature_is_that_of_standard_webhooks(string secret, string key)
    {
        _settings = _settings with { NotifySecret = secret };
        await StartAsync();
        _notifier!.Tell(Down);
        await Eventually.TrueAsync(() => _webhook.All.Count == 1);
        WebhookStub.Told told = _webhook.All[0];
        string signed = $"{told.Headers["webhook-id"]}.{told.Headers["webhook-timestamp"]}.{told.Body}";
        string expected = Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(signed)));
        Assert.Equal("v1," + expected, told.Headers["webhook-signature"]);
        Assert.Equal(
            _time.GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture),
            told.Headers["webhook-timestamp"]
        );
    }

    [Fact]
    public async Task Receiver_that_fails_is_told_again_with_growing_pauses_until_given_up()
    {
        _webhook.Answer = attempt => attempt % 2 == 0 ? Status(503) : throw new HttpRequestException("secret-path");
        await StartAsync();
        _notifier!.Tell(Down);
        await Eventually.TrueAsync(() => _webhook.All.Count == 1);
        foreach (TimeSpan pause in TransitionNotifier.Backoff)
        {
            int before = _webhook.All.Count;
            await AdvanceUntilAsync(pause, () => _webhook.All.Count == before + 1);
        }

        await Eventually.TrueAsync(() =>
            _log.Collector.GetSnapshot().Any(r => r.Message.Contains("Gave up after attempt 7: status 503", StringComparison.Ordinal))
        );
        Assert.Single(_webhook.All.Select(t => t.Headers["webhook-id"]).Distinct());
        Assert.DoesNotContain(_log.Collector.GetSnapshot(), r => r.Message.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Receiver_says_when_to_come_again()
    {
        _webhook.Answer = attempt =>
        {
            HttpResponseMessage answer = new(attempt == 0 ? HttpStatusCode.TooManyRequests : HttpStatusCode.OK);
            answer.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(20));
            return Task.FromResult(answer);
        };
        await StartAsync();
        _notifier!.Tell(Down);
        await Eventually.TrueAsync(() => _webhook.All.Count == 1);
        DateTimeOffset asked = _time.GetUtcNow();
        await AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => _webhook.All.Count == 2);
        Assert.True(_time.GetUtcNow() - asked >= TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData(400, "400.")]
    [InlineData(404, "404.")]
    [InlineData(410, "410.")]
    [InlineData(301, "301, a redirect: set NOTIFY_URL to the final URL.")]
    [InlineData(302, "302, a redirect: set NOTIFY_URL to the final URL.")]
    public async Task Receiver_that_refuses_is_not_told_again(int status, string told)
    {
        _webhook.Answer = _ => Status(status);
        await StartAsync();
        _notifier!.Tell(Down);
        await Eventually.TrueAsync(() =>
            _log.Collector.GetSnapshot().Any(r => r.Message.EndsWith($"Gave up after attempt 1: status {told}", StringComparison.Ordinal))
        );
    }

    /// <summary>Whoever asks for an hour gets the news after a minute, while they are news.</summary>
    [Fact]
    public async Task Receiver_is_waited_for_a_minute_at_most()
    {
        _webhook.Answer = attempt =>
        {
            HttpResponseMessage answer = new(attempt == 0 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
            answer.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromHours(1));
            return Task.FromResult(answer);
        };
        await StartAsync();
        _notifier!.Tell(Down);
        await Eventually.TrueAsync(() => _webhook.All.Count == 1);
        DateTimeOffset asked = _time.GetUtcNow();
        await AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => _webhook.All.Count == 2);
        Assert.InRange(_time.GetUtcNow() - asked, TimeSpan.FromSeconds(60), TimeSpan.FromMinutes(30));
    }

    [Fact]
    public async Task Receiver_that_hangs_is_left_after_the_deadline_and_holds_up_nobody()
    {
        _webhook.Answer = attempt => attempt == 0 ? new TaskCompletionSource<HttpResponseMessage>().Task : Status(200);
        await StartAsync();
        // More than are kept: the latest matter, and whoever tells never waits.
        foreach (int i in Enumerable.Range(0, 300))
        {
            _notifier!.Tell(TransitionTests.Of(DependencyStatus.Pass, DependencyStatus.Fail, $"thing{i}"));
        }

        await Eventually.TrueAsync(() => _webhook.All.Count == 1);
        await AdvanceUntilAsync(
            TimeSpan.FromSeconds(1),
            () => _webhook.All.Any(t => t.Body.Contains("thing299", StringComparison.Ordinal))
        );
        Assert.InRange(_webhook.All.Count, 100, 103);
    }

    [Fact]
    public async Task Stop_tells_what_is_left_and_waits_no_longer_than_its_time()
    {
        await StartAsync();
        _notifier!.Tell(Down);
        await _notifier.StopAsync(default);
        Assert.Single(_webhook.All);

        _webhook.Answer = _ => new TaskCompletionSource<HttpResponseMessage>().Task;
        await StartAsync();
        _notifier.Tell(Down);
        await Eventually.TrueAsync(() => _webhook.All.Count == 2);
        Task stopping = _notifier.StopAsync(default);
        await Eventually.NotEndedAsync(stopping);
        await AdvanceUntilAsync(TransitionNotifier.StopTimeout, () => stopping.IsCompleted);
    }

    [Fact]
    public async Task Nothing_is_told_without_a_url()
    {
        _settings = _settings with { NotifyUrl = null };
        await StartAsync();
        _notifier!.Tell(Down);
        await _notifier.StopAsync(default);
        Assert.Empty(_webhook.All);
    }

    public async ValueTask DisposeAsync()
    {
        if (_notifier is null)
        {
            return;
        }

        using CancellationTokenSource now = new(0);
        await _notifier.StopAsync(now.Token);
        _notifier.Dispose();
    }

    private async Task StartAsync()
    {
        _notifier = new(_settings, "hx:ab", _time, TestMeter.New(), _log, new(_webhook.Client()));
        await _notifier.StartAsync(default);
    }

    /// <summary>Turns the clock in steps, for what is waited for may begin to wait only now.</summary>
    private Task AdvanceUntilAsync(TimeSpan step, Func<bool> condition) =>
        Eventually.TrueAsync(() =>
        {
            if (condition())
            {
                return true;
            }

            _time.Advance(step);
            return false;
        });

    private static Task<HttpResponseMessage> Status(int status) => Task.FromResult(new HttpResponseMessage((HttpStatusCode)status));
}
