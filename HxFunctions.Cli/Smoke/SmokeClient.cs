using System.Diagnostics;
using HxFunctions.Cli.Commands;

namespace HxFunctions.Cli.Smoke;

/// <summary>
/// Asks one server, with GET alone: no proxy, no redirect, no cookie, a deadline around each request and a bound on each answer. Never
/// throws but when it is cancelled.
/// </summary>
/// <param name="header">What carries a key.</param>
/// <param name="scheme">What stands before the key in it.</param>
/// <param name="patience">For one request, body and all.</param>
internal sealed class SmokeClient(RemoteTarget target, string header, string scheme, TimeSpan patience) : IDisposable
{
    /// <summary>Enough for any answer that is read; of a list only its beginning is looked at.</summary>
    private const int MaxBodyLength = 256 * 1024;

    private readonly HttpClient _client = new(
        new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = patience,
        }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>The path as the server receives it, its mount prefix included.</summary>
    public string PathOf(string relative) => new Uri(target.Base, relative).AbsolutePath;

    /// <param name="relative">To the base URL, encoded, without a leading slash.</param>
    public async Task<SmokeAnswer> GetAsync(string relative, string? key, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Get, new Uri(target.Base, relative));
            if (key is not null)
            {
                request.Headers.TryAddWithoutValidation(header, scheme + key);
            }

            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            (byte[] body, bool truncated) = await ReadAsync(response.Content, deadline.Token);
            return new(
                (int)response.StatusCode,
                response.Content.Headers.ContentType?.MediaType ?? "",
                body,
                truncated,
                Stopwatch.GetElapsedTime(started)
            );
        }
        catch (Exception exception)
            when (!cancellationToken.IsCancellationRequested
                && exception is HttpRequestException or IOException or OperationCanceledException
            )
        {
            return new(0, "", [], false, Stopwatch.GetElapsedTime(started), Describe(exception));
        }
    }

    public void Dispose() => _client.Dispose();

    private static async Task<(byte[] Body, bool Truncated)> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        Stream stream = await content.ReadAsStreamAsync(cancellationToken);
        await using (stream)
        {
            byte[] buffer = new byte[MaxBodyLength];
            int read = await stream.ReadAtLeastAsync(buffer, MaxBodyLength, throwOnEndOfStream: false, cancellationToken);
            bool more = read == MaxBodyLength && await stream.ReadAsync(new byte[1], cancellationToken) > 0;
            return (buffer[..read], more);
        }
    }

    private string Describe(Exception exception) =>
        exception switch
        {
            OperationCanceledException => $"no answer within {patience.TotalSeconds} s",
            HttpRequestException failure => RemoteFailures.Unreachable(failure) switch
            {
                null => "the server there does not speak HTTP, or closed the connection",
                "" => "can't be reached",
                var why => why,
            },
            _ => "the answer ended too early",
        };
}
