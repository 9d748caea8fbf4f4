using System.Collections.Concurrent;
using System.Net;
using System.Text;
using GuardAnswer = HxFunctions.Core.Http.GuardAnswer;

namespace HxFunctions.Tests.Gateways;

/// <summary>Plays the guard, in the place of the network.</summary>
internal sealed class GuardStub : HttpMessageHandler
{
    public const string ClosedWords =
        """{"type":"urn:hxfunctions:problem:dependency-unavailable","status":503,"detail":"Gateway dependency unavailable: thing.","verdict":"closed"}""";

    private readonly ConcurrentQueue<Asked> _asked = [];
    private int _underWay;

    /// <summary>What it answers. It may throw, or never end.</summary>
    public Func<Asked, Task<HttpResponseMessage>> Answer { get; set; } = _ => Task.FromResult(Kept());

    public IReadOnlyList<Asked> All => [.. _asked];

    /// <summary>The questions so far, as method and path that they ask about.</summary>
    public IEnumerable<string> Questions => _asked.Select(asked => $"{asked.Header("X-Original-Method")} {asked.Header("X-Original-URI")}");

    /// <summary>Questions without an answer so far.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>What no rule guards.</summary>
    public static HttpResponseMessage Kept() => Say(200, "open", ("Cache-Control", GuardAnswer.Keepable));

    /// <summary>What a rule guards, and lets pass.</summary>
    public static HttpResponseMessage Open() => Say(200, "open", ("Cache-Control", "no-store"));

    public static HttpResponseMessage Closed(string words = ClosedWords, string contentType = "application/problem+json")
    {
        HttpResponseMessage answer = Say(503, "closed", ("Cache-Control", "no-store"), ("Retry-After", "7"));
        answer.Content = new StringContent(words, Encoding.UTF8, contentType);
        return answer;
    }

    /// <param name="word">The verdict's header; <see langword="null"/>: there is none.</param>
    public static HttpResponseMessage Say(int status, string? word, params (string Name, string Value)[] headers)
    {
        HttpResponseMessage answer = new((HttpStatusCode)status);
        if (word is not null)
        {
            answer.Headers.TryAddWithoutValidation("x-hx-verdict", word);
        }

        foreach ((string name, string value) in headers)
        {
            answer.Headers.TryAddWithoutValidation(name, value);
        }

        return answer;
    }

    public static Task<HttpResponseMessage> Refuse(Asked asked) => throw new HttpRequestException(HttpRequestError.ConnectionError);

    public static Task<HttpResponseMessage> Never(Asked asked) => new TaskCompletionSource<HttpResponseMessage>().Task;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            Asked asked = new(
                request.Method.Method,
                request.RequestUri!.OriginalString,
                request.Headers.ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase)
            );
            _asked.Enqueue(asked);
            return await Answer(asked).WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    /// <summary>One question as it came.</summary>
    internal sealed record Asked(string Method, string Url, IReadOnlyDictionary<string, string> Headers)
    {
        public string? Header(string name) => Headers.GetValueOrDefault(name);
    }
}
