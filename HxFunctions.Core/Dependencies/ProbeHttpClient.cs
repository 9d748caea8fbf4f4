using System.Net;
using System.Net.Sockets;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// Asks one server over HTTP on behalf of a probe: no redirects, no cookies, no proxy, and no timeout but the probe's own deadline.
/// </summary>
/// <remarks>
/// What fails on a connection that was open already is asked once more on a fresh one before it counts: a proxy that cuts idle connections,
/// or drops their packets, is no outage. The open connection gets a third of the deadline, the fresh one the rest. No connection is used
/// for longer than an interval, so that DNS, certificates and logins are proved anew.
/// </remarks>
/// <param name="interval">The interval between checks.</param>
internal sealed class ProbeHttpClient(TimeSpan interval, TimeProvider time, Redactor redactor)
{
    private static readonly HttpRequestOptionsKey<Exchange> ExchangeKey = new("hx.exchange");

    /// <summary>Qdrant closes idle connections after 5 s.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(4);

    private readonly Lock _lock = new();
    private readonly TimeSpan _lifetime = interval * 0.9;
    private Connections? _current;
    private volatile IPAddress? _lastGood;

    /// <summary>Asks a question and judges its answer, at most twice.</summary>
    /// <param name="what">The question in plain words, without a host: <c>list the collections</c>.</param>
    /// <param name="question">Makes the request.</param>
    /// <param name="judge">Reads the answer as far as it matters.</param>
    /// <exception cref="Exception">There was no answer. <see cref="HttpFailures"/> has the reason.</exception>
    public async Task<HttpFinding> AskAsync(
        string what,
        Func<HttpRequestMessage> question,
        Func<HttpResponseMessage, CancellationToken, Task<HttpFinding>> judge,
        ProbeRun run,
        CancellationToken cancellationToken
    )
    {
        TimeSpan share = run.Left / 3;
        using Deadline patience = new(share, time, cancellationToken);
        Exchange first = new(run, patience, share);
        try
        {
            HttpFinding found = await AskOnceAsync(first, what, question, judge, patience.Token);
            if (found.IsOk || first.IsFresh)
            {
                return found;
            }
        }
        catch (Exception) when (!first.IsFresh && !cancellationToken.IsCancellationRequested) { }

        // The failure has closed the connection.
        return await AskOnceAsync(new Exchange(run, null, share), what, question, judge, cancellationToken);
    }

    private async Task<HttpFinding> AskOnceAsync(
        Exchange exchange,
        string what,
        Func<HttpRequestMessage> question,
        Func<HttpResponseMessage, CancellationToken, Task<HttpFinding>> judge,
        CancellationToken cancellationToken
    )
    {
        Connections connections = Take();
        using HttpRequestMessage request = question();
        request.Options.Set(ExchangeKey, exchange);
        try
        {
            using HttpResponseMessage response = await connections.Client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                cancellationToken
            );
            TimeSpan latency = exchange.Run.Elapsed - exchange.SentAt;
            HttpFinding found = await judge(response, cancellationToken);
            if (found.IsOk)
            {
                exchange.Run.Answered(what, latency);
            }
            else
            {
                exchange.Run.Tried(exchange.Describe(what), found.ToString());
            }

            // A server that needs longer than an open connection may take is always asked on a fresh one, with all the time there is.
            if (!found.IsOk || exchange.Run.Elapsed - exchange.SentAt >= exchange.Share)
            {
                Drop(connections);
            }

            return found;
        }
        catch (Exception exception)
        {
            exchange.Run.Tried(exchange.Describe(what), HttpFailures.Describe(exception, redactor));
            Drop(connections);
            throw;
        }
    }

    /// <summary>The connections in use; new ones when those are old.</summary>
    private Connections Take()
    {
        lock (_lock)
        {
            if (_current is not null && time.GetElapsedTime(_current.Since) >= _lifetime)
            {
                _current.Client.Dispose();
                _current = null;
            }

            return _current ??= new(CreateClient(), time.GetTimestamp());
        }
    }

    private void Drop(Connections connections)
    {
        lock (_lock)
        {
            if (_current == connections)
            {
                _current = null;
            }
        }

        connections.Client.Dispose();
    }

    private HttpClient CreateClient() =>
        new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
                PooledConnectionIdleTimeout = IdleTimeout,
                MaxResponseHeadersLength = 16,
                ConnectCallback = ConnectAsync,
                PlaintextStreamFilter = BeginAsync,
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };

    /// <summary>Connects to one address of the host after the other, first to the one that was good last. Each has an equal share of the
    /// time that is left.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Exchange exchange = ExchangeOf(context.InitialRequestMessage);
        exchange.Connects();
        IPAddress[] found = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        IPAddress[] addresses = [.. found.OrderByDescending(address => address.Equals(_lastGood))];
        for (int i = 0; ; i++)
        {
            string what = $"connect to address {i + 1} of {addresses.Length}";
            using Deadline share = new(exchange.Run.Left / (addresses.Length - i), time, cancellationToken);
            Socket socket = new(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(addresses[i], context.DnsEndPoint.Port, share.Token);
                exchange.Run.Tried(what, Reasons.Ok);
                _lastGood = addresses[i];
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception exception)
            {
                socket.Dispose();
                exchange.Run.Tried(what, NetworkFailures.Classify(exception) ?? Reasons.Error);
                if (i == addresses.Length - 1 || cancellationToken.IsCancellationRequested)
                {
                    throw;
                }
            }
        }
    }

    /// <summary>The connection is made, TLS included: from here on it is the server's time.</summary>
    private static ValueTask<Stream> BeginAsync(SocketsHttpPlaintextStreamFilterContext context, CancellationToken cancellationToken)
    {
        Exchange exchange = ExchangeOf(context.InitialRequestMessage);
        if (context.InitialRequestMessage.RequestUri?.Scheme == Uri.UriSchemeHttps)
        {
            exchange.Run.Tried("TLS", Reasons.Ok);
        }

        exchange.Begins();
        return ValueTask.FromResult(context.PlaintextStream);
    }

    private static Exchange ExchangeOf(HttpRequestMessage request) =>
        request.Options.TryGetValue(ExchangeKey, out Exchange? exchange)
            ? exchange
            : throw new InvalidOperationException("A request that is no probe's.");

    private sealed record Connections(HttpClient Client, long Since);

    /// <summary>One request and its answer. The handler's threads write it before the answer comes, and only then is it read.</summary>
    /// <param name="patience">Ends the wait on a connection that was open already; <see langword="null"/> where there is none.</param>
    /// <param name="share">How long an open connection may take.</param>
    private sealed class Exchange(ProbeRun run, Deadline? patience, TimeSpan share)
    {
        private volatile bool _isFresh;

        public ProbeRun Run => run;

        public TimeSpan Share => share;

        /// <summary>Whether a connection was made for it.</summary>
        public bool IsFresh => _isFresh;

        /// <summary>When it was sent, or the connection was ready for it.</summary>
        public TimeSpan SentAt { get; private set; } = run.Elapsed;

        /// <summary>A connection is made for it, which may take all the time there is.</summary>
        public void Connects()
        {
            patience?.Lift();
            _isFresh = patience is not { IsOver: true };
        }

        public void Begins() => SentAt = run.Elapsed;

        public string Describe(string what) => _isFresh ? what : $"{what}, on the connection that was open";
    }
}
