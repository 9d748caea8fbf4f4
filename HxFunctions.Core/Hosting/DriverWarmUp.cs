using System.Net;
using System.Net.Sockets;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using Npgsql;
using StackExchange.Redis;

namespace HxFunctions.Core.Hosting;

/// <summary>
/// Lets the drivers of the configured dependencies fail once against this process's own loopback ports. What a failure loads is loaded
/// then, before a probe needs it: beside the listener's start instead of within a deadline, and while there are descriptors. An assembly
/// that can't be opened for want of one is remembered as missing for ever.
/// </summary>
internal static class DriverWarmUp
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>How long a driver waits for one port, which answers at once.</summary>
    private static readonly TimeSpan DriverTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Ends after ten seconds at most. Throws nothing, and asks no configured server.</summary>
    public static async Task RunAsync(HxSettings settings, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            // On the pool: the first steps of a driver load and compile, and the caller has a listener to start.
            Task work = Task.Run(() => FailAsync(settings, deadline.Token), CancellationToken.None);
            work.Observe();
            await work.WaitAsync(deadline.Token);
        }
        catch (Exception)
        {
            // A probe that needs the same will tell.
        }
    }

    private static async Task FailAsync(HxSettings settings, CancellationToken cancellationToken)
    {
        // Bound and not listening: connects are refused, and nobody else can listen there meanwhile.
        using Socket closed = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using TcpListener slamming = new(IPAddress.Loopback, 0);
        slamming.Start();
        Task closing = CloseAllAsync(slamming, cancellationToken);

        int[] ports = [((IPEndPoint)closed.LocalEndPoint!).Port, ((IPEndPoint)slamming.LocalEndpoint).Port];
        await Task.WhenAll(ports.SelectMany(port => Failures(settings, port, cancellationToken)));
        slamming.Stop();
        await closing;
    }

    private static IEnumerable<Task> Failures(HxSettings settings, int port, CancellationToken cancellationToken)
    {
        if (settings.Postgres is { } postgres)
        {
            yield return SwallowAsync(() => FailPostgresAsync(postgres.SslMode, port, cancellationToken), PostgresFailures.Classify);
        }

        if (settings.Redis is { } redis)
        {
            yield return SwallowAsync(() => FailRedisAsync(redis.Tls, port), RedisFailures.Classify);
        }

        IEnumerable<Uri> urls = settings.HttpDependencies.Select(dependency => dependency.Url);
        foreach (string scheme in urls.Append(settings.Qdrant?.BaseUrl).OfType<Uri>().Select(url => url.Scheme).Distinct())
        {
            yield return SwallowAsync(
                () => FailHttpAsync(new Uri($"{scheme}://localhost:{port}"), cancellationToken),
                HttpFailures.Classify
            );
        }
    }

    private static async Task FailPostgresAsync(string sslMode, int port, CancellationToken cancellationToken)
    {
        NpgsqlConnectionStringBuilder login = new()
        {
            Host = "127.0.0.1",
            Port = port,
            Username = "hx",
            Password = "hx",
            Pooling = false,
            Timeout = (int)DriverTimeout.TotalSeconds,
            SslMode = sslMode == "disable" ? SslMode.Disable : SslMode.Prefer,
        };
        await using NpgsqlConnection connection = new(login.ConnectionString);
        await connection.OpenAsync(cancellationToken);
    }

    private static async Task FailRedisAsync(bool tls, int port)
    {
        ConfigurationOptions options = new()
        {
            EndPoints = { { "127.0.0.1", port } },
            Ssl = tls,
            AbortOnConnectFail = true,
            ConnectRetry = 1,
            ConnectTimeout = (int)DriverTimeout.TotalMilliseconds,
        };
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(options);
    }

    private static async Task FailHttpAsync(Uri url, CancellationToken cancellationToken)
    {
        ProbeHttpClient client = new(DriverTimeout, TimeProvider.System, new Redactor([]));
        await client.AskAsync(
            "GET",
            () => HttpCheck.Get(url),
            (response, _) => Task.FromResult(HttpFailures.Judge(response.StatusCode)),
            new ProbeRun(TimeProvider.System, DriverTimeout),
            cancellationToken
        );
    }

    private static async Task SwallowAsync(Func<Task> work, Func<Exception, string> classify)
    {
        try
        {
            await work();
        }
        catch (Exception exception)
        {
            _ = classify(exception);
        }
    }

    private static async Task CloseAllAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using Socket socket = await listener.AcceptSocketAsync(cancellationToken);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Stopped.
        }
    }
}
