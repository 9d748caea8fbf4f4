using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace HxFunctions.SystemTests.Soak;

/// <summary>A steady number of guard requests a second over a few connections that stay open, each answer judged as it comes.</summary>
internal sealed class SoakLoad : IDisposable
{
    /// <summary>The longest that is remembered of what is wrong: the first ones tell.</summary>
    private const int MaxKept = 40;

    private readonly SoakJudge _judge;
    private readonly Func<double> _now;
    private readonly Func<double, bool>? _isAway;
    private readonly HttpClient[] _clients;
    private readonly ConcurrentQueue<string> _wrong = new();
    private long _wrongCount,
        _exact,
        _closed,
        _errors;

    /// <param name="instances">Where the guard is; each gets the same share.</param>
    /// <param name="connections">How many there are to each.</param>
    /// <param name="isAway">Whether the instance was gone at any time since then: a request needs no answer.</param>
    public SoakLoad(IEnumerable<Uri> instances, int connections, SoakJudge judge, Func<double> now, Func<double, bool>? isAway = null)
    {
        _isAway = isAway;
        _judge = judge;
        _now = now;
        _clients =
        [
            .. instances.SelectMany(i =>
                Enumerable
                    .Range(0, connections)
                    .Select(_ => new HttpClient(
                        new SocketsHttpHandler
                        {
                            MaxConnectionsPerServer = 1,
                            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
                            UseProxy = false,
                        }
                    )
                    {
                        BaseAddress = i,
                        Timeout = TimeSpan.FromSeconds(20),
                    })
            ),
        ];
    }

    public Latencies Latencies { get; } = new();

    /// <summary>Requests without an answer, or with one that isn't the guard's.</summary>
    public long Errors => Interlocked.Read(ref _errors);

    public long WrongCount => Interlocked.Read(ref _wrongCount);

    /// <summary>How many answers could only be what they were.</summary>
    public long Exact => Interlocked.Read(ref _exact);

    public long Closed => Interlocked.Read(ref _closed);

    /// <summary>The first answers that were wrong, and the first errors.</summary>
    public IReadOnlyCollection<string> Wrong => _wrong;

    public Task RunAsync(double perSecond, CancellationToken cancellationToken) =>
        Task.WhenAll(
            _clients.Select(
                (client, index) =>
                    Task.Run(() => AskAsync(client, index, _clients.Length / perSecond, cancellationToken), CancellationToken.None)
            )
        );

    public void Dispose()
    {
        foreach (HttpClient client in _clients)
        {
            client.Dispose();
        }
    }

    private async Task AskAsync(HttpClient client, int index, double pace, CancellationToken cancellationToken)
    {
        double due = _now() + (pace * index / _clients.Length);
        for (int i = index; !cancellationToken.IsCancellationRequested; i++, due += pace)
        {
            TimeSpan left = TimeSpan.FromSeconds(due - _now());
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, CancellationToken.None);
            }

            await AskAsync(client, SoakRoute.All[i % SoakRoute.All.Count], byHeaders: i % 3 == 0);
        }
    }

    private async Task AskAsync(HttpClient client, SoakRoute route, bool byHeaders)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, byHeaders ? "guard" : $"guard?path={route.Path}&method={route.Method}");
        if (byHeaders)
        {
            request.Headers.Add("X-Original-URI", route.Path);
            request.Headers.Add("X-Original-Method", route.Method);
        }

        double sent = _now();
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, CancellationToken.None);
            byte[] body = await response.Content.ReadAsByteArrayAsync();
            double received = _now();
            Latencies.Add(TimeSpan.FromSeconds(received - sent));
            Judge(client, route, sent, received, response.StatusCode, body);
        }
        // The client throws the socket's own exception when the other side is killed just as the connection is made.
        catch (Exception e)
            when (e is HttpRequestException or SocketException or TaskCanceledException or JsonException or KeyNotFoundException)
        {
            if (e is (HttpRequestException or SocketException) && _isAway?.Invoke(sent) is true)
            {
                return;
            }

            Interlocked.Increment(ref _errors);
            Keep(sent, client, route, $"{e.GetType().Name}: {e.Message}");
        }
    }

    private void Judge(HttpClient client, SoakRoute route, double sent, double received, HttpStatusCode status, byte[] body)
    {
        if (status is not (HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable))
        {
            throw new HttpRequestException($"{status}");
        }

        using JsonDocument answer = JsonDocument.Parse(body);
        bool closed = answer.RootElement.GetProperty("verdict").GetString() == "closed";
        if (closed != (status == HttpStatusCode.ServiceUnavailable))
        {
            throw new HttpRequestException($"{status}, closed: {closed}");
        }

        string[] missing = [.. answer.RootElement.GetProperty("missing").EnumerateArray().Select(m => m.GetString()!)];

        JsonElement age = answer.RootElement.GetProperty("ageSeconds");
        bool isTooOld =
            age.ValueKind == JsonValueKind.Number && age.GetDouble() > answer.RootElement.GetProperty("maxAgeSeconds").GetDouble();

        Judgement judgement = _judge.Judge(route.Needs, route.IsRead, sent, received, closed, missing, isTooOld);
        if (closed)
        {
            Interlocked.Increment(ref _closed);
        }

        if (judgement.Exact)
        {
            Interlocked.Increment(ref _exact);
        }

        if (judgement.Wrong is null)
        {
            return;
        }

        Interlocked.Increment(ref _wrongCount);
        Keep(sent, client, route, $"{judgement.Wrong}: {answer.RootElement.GetRawText()}");
    }

    private void Keep(double sent, HttpClient client, SoakRoute route, string what)
    {
        if (_wrong.Count < MaxKept)
        {
            _wrong.Enqueue(
                string.Create(CultureInfo.InvariantCulture, $"{sent:0.00} {client.BaseAddress!.Port} {route.Method} {route.Path}: {what}")
            );
        }
    }
}
