using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace HxFunctions.AspNetCore;

/// <summary>
/// Asks the guard: by HEAD for the verdict, whose answer has no body that would have to be read before the connection can be used again,
/// and by GET for the words of a refusal. Nothing of the caller's request goes along but its method and path.
/// </summary>
internal sealed class GuardClient : IDisposable
{
    public const string VerdictHeader = "x-hx-verdict";

    /// <summary>The guard's problem has some hundred bytes.</summary>
    public const int MaxWords = 16 * 1024;

    /// <summary>Connections to the guard. Questions beyond wait for one, as long as they have time.</summary>
    public const int MaxConnections = 32;

    private readonly HttpMessageInvoker _http;
    private readonly Uri _address;
    private readonly string? _key;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public GuardClient(IOptions<HxGuardOptions> options, TimeProvider time)
        : this(options.Value, time, NewHandler(options.Value.Timeout)) { }

    /// <param name="handler">The network, or what stands for it.</param>
    internal GuardClient(HxGuardOptions options, TimeProvider time, HttpMessageHandler handler)
    {
        _http = new(handler);
        _address = new(options.Url!.TrimEnd('/') + "/guard");
        _key = options.Key;
        _timeout = options.Timeout;
        _time = time;
    }

    /// <summary>The verdict.</summary>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public Task<GuardAnswer> AskAsync(GuardQuestion question, CancellationToken aborted) => SendAsync(HttpMethod.Head, question, aborted);

    /// <summary>The verdict again, with the words for the caller.</summary>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public Task<GuardAnswer> AskForWordsAsync(GuardQuestion question, CancellationToken aborted) =>
        SendAsync(HttpMethod.Get, question, aborted);

    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler NewHandler(TimeSpan timeout) =>
        new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = timeout,
            MaxConnectionsPerServer = MaxConnections,
            // hx serve ends a connection that has done nothing for 120 s. A minute follows a change in DNS.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            PooledConnectionLifetime = TimeSpan.FromSeconds(60),
            MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = MaxWords,
            // Trace context, and baggage above all, is the caller's own.
            ActivityHeadersPropagator = null,
        };

    private async Task<GuardAnswer> SendAsync(HttpMethod method, GuardQuestion question, CancellationToken aborted)
    {
        using CancellationTokenSource deadline = new(_timeout, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, aborted);
        try
        {
            using HttpRequestMessage request = NewRequest(method, question);
            using HttpResponseMessage response = await _http.SendAsync(request, either.Token);
            return await ReadAsync(response, isForWords: method == HttpMethod.Get, either.Token);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            return new(Verdict.NoAnswer, "no answer in time");
        }
        catch (HttpRequestException e)
            when (e.HttpRequestError is HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded)
        {
            return new(Verdict.Odd, "no HTTP");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new(Verdict.NoAnswer, "no connection");
        }
    }

    private HttpRequestMessage NewRequest(HttpMethod method, GuardQuestion question)
    {
        HttpRequestMessage request = new(method, _address);
        request.Headers.TryAddWithoutValidation("X-Original-URI", question.Path);
        if (question.Method.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("X-Original-Method", question.Method);
        }

        if (!string.IsNullOrEmpty(_key))
        {
            request.Headers.TryAddWithoutValidation("x-functions-key", _key);
        }

        return request;
    }

    private static async Task<GuardAnswer> ReadAsync(HttpResponseMessage response, bool isForWords, CancellationToken cancellationToken)
    {
        int status = (int)response.StatusCode;
        string? word = response.Headers.TryGetValues(VerdictHeader, out IEnumerable<string>? words) ? string.Join(',', words) : null;
        switch (response.StatusCode, word)
        {
            case (HttpStatusCode.OK, "open"):
                return new(Verdict.Open) { Lifetime = KeptLifetime.Of(response.Headers) };
            case (HttpStatusCode.ServiceUnavailable, "closed"):
                GuardAnswer closed = new(Verdict.Closed) { RetryAfter = RetryAfterOf(response) };
                if (!isForWords)
                {
                    return closed;
                }

                byte[]? problem = await ReadWordsAsync(response.Content, cancellationToken);
                return problem is null ? new(Verdict.Odd, "an answer that is not from a guard") : closed with { Words = problem };
            case (>= HttpStatusCode.InternalServerError, null):
                return new(Verdict.NoAnswer, $"HTTP {status}");
            default:
                return new(Verdict.Odd, $"HTTP {status}") { IsAboutTheQuestion = response.StatusCode == HttpStatusCode.BadRequest };
        }
    }

    /// <summary>In seconds, as the guard says it, up to a day, the longest that an override lasts.</summary>
    private static int RetryAfterOf(HttpResponseMessage response) =>
        response.Headers.RetryAfter?.Delta is { } delta
            ? (int)Math.Clamp(delta.TotalSeconds, 1, TimeSpan.FromDays(1).TotalSeconds)
            : Refusal.RetryAfter;

    /// <returns>Null: it is not the guard's problem.</returns>
    private static async Task<byte[]?> ReadWordsAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentType?.MediaType != Refusal.ContentType)
        {
            return null;
        }

        await using Stream stream = await content.ReadAsStreamAsync(cancellationToken);
        byte[] buffer = new byte[MaxWords + 1];
        int length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length <= MaxWords && IsClosed(buffer.AsMemory(0, length)) ? buffer[..length] : null;
    }

    private static bool IsClosed(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("verdict", out JsonElement verdict)
                && verdict.ValueKind == JsonValueKind.String
                && verdict.ValueEquals("closed");
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
