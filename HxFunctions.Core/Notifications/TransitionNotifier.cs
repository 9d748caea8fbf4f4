using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Threading.Channels;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Notifications;

/// <summary>
/// Tells a webhook of transitions. Whoever sees one hands it over and goes on: sending, and sending again, happens here, one after the
/// other.
/// </summary>
/// <remarks>Off without <c>NOTIFY_URL</c>. Told by the instance whose record was stored, so that a fleet tells once.</remarks>
internal sealed partial class TransitionNotifier(
    HxSettings settings,
    string fleet,
    TimeProvider time,
    HxMeter meter,
    ILogger<TransitionNotifier> logger,
    Lazy<HttpClient>? client = null
) : BackgroundService
{
    /// <summary>How long one attempt may take.</summary>
    public static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The pauses between attempts.</summary>
    public static readonly IReadOnlyList<TimeSpan> Backoff = [.. new[] { 1, 2, 4, 8, 16, 32 }.Select(s => TimeSpan.FromSeconds(s))];

    /// <summary>How long a stop waits for what is still to be told.</summary>
    public static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(3);

    private const string Delivered = "delivered",
        Failed = "failed",
        Dropped = "dropped";

    /// <summary>What a notification may come to, as it is counted.</summary>
    public static IReadOnlyList<string> Outcomes { get; } = [Delivered, Failed, Dropped];

    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromMinutes(1);

    /// <summary>When a receiver is down for long, the latest matter.</summary>
    private const int QueueCapacity = 100;

    /// <summary>Unlike the probes' client this one goes through the proxy that the environment names: the receiver is somewhere
    /// else.</summary>
    private readonly Lazy<HttpClient> _client =
        client
        ?? new(() =>
            new(
                new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    PooledConnectionLifetime = TimeSpan.FromMinutes(2),
                }
            )
            {
                Timeout = Timeout.InfiniteTimeSpan,
            }
        );
    private readonly byte[]? _key = settings.NotifySecret is { } secret ? NotifyKey.Of(secret) : null;
    private readonly Channel<Transition> _queue = Channel.CreateBounded<Transition>(
        new BoundedChannelOptions(QueueCapacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
        _ => meter.Notified(Dropped)
    );

    /// <summary>Takes note, if it is news. Never waits.</summary>
    public void Tell(Transition transition)
    {
        if (settings.NotifyUrl is not null && transition.IsNotable)
        {
            _queue.Writer.TryWrite(transition);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } telling)
        {
            await Task.WhenAny(telling, Task.Delay(StopTimeout, time, cancellationToken));
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.NotifyUrl is null)
        {
            return;
        }

        await foreach (Transition transition in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            GuardRule[] rules = [.. settings.Rules.Where(r => r.Dependencies.Contains(transition.Dependency))];
            await DeliverAsync(Notification.Of(transition, settings.NotifyFormat, rules, fleet), stoppingToken);
        }
    }

    private async Task DeliverAsync(Notification notification, CancellationToken stoppingToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            (bool delivered, bool again, TimeSpan? wait, string outcome) = await SendAsync(notification, stoppingToken);
            if (delivered || !again || attempt >= Backoff.Count)
            {
                meter.Notified(delivered ? Delivered : Failed);
                if (delivered)
                {
                    LogDelivered(notification.Dependency, attempt + 1);
                }
                else
                {
                    LogFailed(notification.Dependency, attempt + 1, outcome);
                }

                return;
            }

            await Task.Delay(wait ?? Backoff[attempt], time, stoppingToken);
        }
    }

    /// <summary>One attempt. 2xx is delivered; what could be otherwise next time is tried again.</summary>
    private async Task<(bool Delivered, bool Again, TimeSpan? Wait, string Outcome)> SendAsync(
        Notification notification,
        CancellationToken stoppingToken
    )
    {
        using Deadline deadline = new(AttemptTimeout, time, stoppingToken);
        try
        {
            using HttpRequestMessage request = Request(notification);
            using HttpResponseMessage response = await _client.Value.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                deadline.Token
            );
            bool again =
                response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
                || (int)response.StatusCode is 425 or >= 500;
            string redirect = (int)response.StatusCode is >= 300 and < 400
                ? $", a redirect: set {Variables.NotifyUrl} to the final URL"
                : "";
            return (
                response.IsSuccessStatusCode,
                again,
                WaitOf(response),
                string.Create(CultureInfo.InvariantCulture, $"status {(int)response.StatusCode}{redirect}")
            );
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            // The message may have the address, which may be the secret.
            return (false, true, null, exception.GetType().Name);
        }
    }

    private HttpRequestMessage Request(Notification notification)
    {
        DateTimeOffset now = time.GetUtcNow();
        HttpRequestMessage request = new(HttpMethod.Post, settings.NotifyUrl) { Content = new ReadOnlyMemoryContent(notification.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(notification.ContentType, "utf-8");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("HxFunctions", ProductVersion.Text));
        request.Headers.Add("webhook-id", notification.Id);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        if (_key is not null)
        {
            request.Headers.Add("webhook-signature", WebhookSignature.Of(_key, notification.Id, now, notification.Body.Span));
        }

        return request;
    }

    private TimeSpan? WaitOf(HttpResponseMessage response)
    {
        TimeSpan? wait = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - time.GetUtcNow() : null;
        return wait is { } asked && asked > TimeSpan.Zero ? TimeSpan.FromTicks(Math.Min(asked.Ticks, MaxRetryAfter.Ticks)) : null;
    }

    [LoggerMessage(2501, LogLevel.Debug, "Told the webhook of {Dependency}'s transition in attempt {Attempt}.")]
    private partial void LogDelivered(string dependency, int attempt);

    [LoggerMessage(
        2502,
        LogLevel.Warning,
        "The webhook did not receive {Dependency}'s transition. Gave up after attempt {Attempt}: {Outcome}."
    )]
    private partial void LogFailed(string dependency, int attempt, string outcome);
}
