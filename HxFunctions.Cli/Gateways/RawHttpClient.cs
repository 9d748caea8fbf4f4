using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Cli.Gateways;

/// <summary>
/// Asks one server over HTTP/1.1 with the request's target byte for byte, which HttpClient would normalise. No proxy, no redirect, a
/// deadline around each ask and a bound on each answer. Certificates are checked. Never throws but when it is cancelled.
/// </summary>
/// <param name="server">http or https; its path is not looked at.</param>
/// <param name="headers">Sent with each ask.</param>
/// <param name="patience">For one ask, connecting and body included.</param>
internal sealed class RawHttpClient(Uri server, IReadOnlyList<KeyValuePair<string, string>> headers, TimeSpan patience, TimeProvider time)
{
    private static readonly string[] Bodiless = ["GET", "HEAD"];

    private static readonly KeyValuePair<string, string>[] Last = [new("Connection", "close")];

    /// <summary>Asks a server to go on in HTTP/2 on this connection (RFC 7540 section 3.2, with its section 6.5.2's settings).</summary>
    private static readonly KeyValuePair<string, string>[] ToHttp2 =
    [
        new("Connection", "Upgrade, HTTP2-Settings"),
        new("Upgrade", "h2c"),
        new("HTTP2-Settings", "AAMAAABkAAQCAAAAAAIAAAAA"),
    ];

    /// <summary>Host and port, as in the header Host.</summary>
    public static string AuthorityOf(Uri server)
    {
        string host = server.HostNameType == UriHostNameType.IPv6 ? $"[{server.IdnHost}]" : server.IdnHost;
        return server.IsDefaultPort ? host : string.Create(null, $"{host}:{server.Port}");
    }

    /// <summary>Asks on a connection of its own: what one ask breaks, no other finds.</summary>
    public async Task<RawAnswer> AskAsync(string method, string target, CancellationToken cancellationToken)
    {
        await using Connection connection = new();
        return await AskAsync(connection, Request(method, target, Last), method, cancellationToken);
    }

    /// <summary>Asks by GET and offers to go on in HTTP/2. Nothing more is sent if the server agrees.</summary>
    public async Task<RawAnswer> AskForHttp2Async(string target, CancellationToken cancellationToken)
    {
        await using Connection connection = new();
        return await AskAsync(connection, Request("GET", target, ToHttp2), "GET", cancellationToken);
    }

    /// <summary>Asks on a connection that stays open for the next ask if the server lets it.</summary>
    /// <returns>The answer; the time is that from the request to the end of the answer, without connecting.</returns>
    public async Task<RawAnswer> AskAsync(Connection connection, string method, string target, CancellationToken cancellationToken)
    {
        bool wasOpen = connection.IsOpen;
        byte[] request = Request(method, target, []);
        RawAnswer answer = await AskAsync(connection, request, method, cancellationToken);
        // A server may close a kept connection while the next request is on its way.
        return wasOpen && answer.Silence == Silence.Closed ? await AskAsync(connection, request, method, cancellationToken) : answer;
    }

    private async Task<RawAnswer> AskAsync(Connection connection, byte[] request, string method, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        using CancellationTokenSource deadline = new(patience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            if (!connection.IsOpen)
            {
                await connection.OpenAsync(server, either.Token);
            }

            started = time.GetTimestamp();
            await connection.Stream.WriteAsync(request, either.Token);
            RawAnswer answer = await ReadAsync(connection, method, started, either.Token);
            cancellationToken.ThrowIfCancellationRequested();
            if (!answer.IsReusable)
            {
                await connection.CloseAsync();
            }

            return answer;
        }
        catch (Exception exception)
            when (!cancellationToken.IsCancellationRequested
                && exception is IOException or SocketException or AuthenticationException or FormatException or OperationCanceledException
            )
        {
            (Silence silence, string why) = Describe(exception, connection);
            await connection.CloseAsync();
            return RawAnswer.Without(silence, why, time.GetElapsedTime(started));
        }
    }

    private async Task<RawAnswer> ReadAsync(Connection connection, string method, long started, CancellationToken cancellationToken)
    {
        if (await connection.Reader.ReadHeadAsync(cancellationToken) is not { } head)
        {
            return RawAnswer.Without(Silence.Closed, "the connection was closed without an answer", time.GetElapsedTime(started));
        }

        bool hasBody = method != "HEAD" && head.Status is not (101 or 204 or 304);
        (byte[] body, bool truncated) = hasBody ? await connection.Reader.ReadBodyAsync(head, cancellationToken) : ([], false);
        return new(
            new(head.Status, head.MediaType, body, truncated, time.GetElapsedTime(started)),
            Silence.None,
            head.RetryAfter,
            IsReusable: !truncated && !head.IsLast
        );
    }

    private byte[] Request(string method, string target, IEnumerable<KeyValuePair<string, string>> more)
    {
        StringBuilder text = new($"{method} {target} HTTP/1.1\r\nHost: {AuthorityOf(server)}\r\nUser-Agent: hx\r\nAccept: */*\r\n");
        text.Append(Bodiless.Contains(method) ? "" : "Content-Length: 0\r\n");
        foreach ((string name, string value) in headers.Concat(more))
        {
            text.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        return Encoding.UTF8.GetBytes(text.Append("\r\n").ToString());
    }

    private (Silence Silence, string Why) Describe(Exception exception, Connection connection) =>
        exception switch
        {
            OperationCanceledException => (Silence.Late, $"no answer within {patience.TotalSeconds:0.#} s"),
            AuthenticationException => (Silence.Unreachable, "TLS failed, or its certificate is not trusted"),
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => (
                Silence.Unreachable,
                "its host name does not resolve"
            ),
            SocketException => (Silence.Unreachable, "the connection was refused or failed"),
            FormatException => (Silence.NotHttp, "the server there does not speak HTTP/1.1"),
            // Within TLS's greeting: what is there speaks something else.
            _ when !connection.IsOpen => (Silence.Unreachable, "TLS failed, or its certificate is not trusted"),
            _ => (Silence.Closed, "the connection was closed without an answer"),
        };

    /// <summary>One connection, or none yet.</summary>
    internal sealed class Connection : IAsyncDisposable
    {
        private Stream? _stream;
        private RawHttpReader? _reader;

        public bool IsOpen => _reader is not null;

        public Stream Stream => _stream!;

        public RawHttpReader Reader => _reader!;

        public async Task OpenAsync(Uri server, CancellationToken cancellationToken)
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                // Looking up a name doesn't end with the token (getaddrinfo(3)).
                Task connecting = socket.ConnectAsync(new DnsEndPoint(server.IdnHost, server.Port), cancellationToken).AsTask();
                connecting.Observe();
                await connecting.WaitAsync(cancellationToken);
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            _stream = new NetworkStream(socket, ownsSocket: true);
            if (server.Scheme == Uri.UriSchemeHttps)
            {
                SslStream tls = new(_stream);
                _stream = tls;
                SslClientAuthenticationOptions options = new()
                {
                    TargetHost = server.IdnHost,
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                };
                await tls.AuthenticateAsClientAsync(options, cancellationToken);
            }

            _reader = new(_stream);
        }

        public async Task CloseAsync()
        {
            _reader = null;
            if (_stream is not null)
            {
                await _stream.DisposeAsync();
                _stream = null;
            }
        }

        public ValueTask DisposeAsync() => new(CloseAsync());
    }
}
