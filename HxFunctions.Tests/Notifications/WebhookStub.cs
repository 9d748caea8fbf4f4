using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;

namespace HxFunctions.Tests.Notifications;

/// <summary>Plays the receiver of a webhook, in the place of the network.</summary>
internal sealed class WebhookStub : HttpMessageHandler
{
    private readonly ConcurrentQueue<Told> _told = new();

    /// <summary>What each attempt is answered, by its number from 0. It may throw, or never end.</summary>
    public Func<int, Task<HttpResponseMessage>> Answer { get; set; } = _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));

    public IReadOnlyList<Told> All => [.. _told];

    public HttpClient Client() => new(this) { Timeout = Timeout.InfiniteTimeSpan };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        int attempt = _told.Count;
        string body = await request.Content!.ReadAsStringAsync(cancellationToken);
        Dictionary<string, string> headers = request
            .Headers.Concat(request.Content.Headers)
            .ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase);
        _told.Enqueue(new(headers, body));
        return await Answer(attempt).WaitAsync(cancellationToken);
    }

    /// <summary>One attempt as it came.</summary>
    internal sealed record Told(IReadOnlyDictionary<string, string> Headers, string Body)
    {
        public JsonElement Json => JsonDocument.Parse(Body).RootElement.Clone();
    }
}
