using System.Globalization;
using System.Net.Sockets;
using HxFunctions.Core.Routing;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Faults;

/// <summary>The servers of one cell, all healthy, with canaries for credentials and addresses; and what breaks the one that the cell is
/// about.</summary>
internal sealed class FaultStage : IAsyncDisposable
{
    public const string Database = "canarydb";

    private readonly PostgresServer? _ownPostgres;
    private FaultFront? _front;
    private readonly ThrowAwayDirectory _directory = new("hx-fault-");
    private CancellationTokenSource _stopLoop = new();
    private Task _loop = Task.CompletedTask;

    private FaultStage(FaultCell cell, PostgresServer postgres, PostgresServer? ownPostgres, RedisServer redis, QdrantSimulator qdrant)
    {
        Cell = cell;
        Postgres = postgres;
        _ownPostgres = ownPostgres;
        Redis = redis;
        Qdrant = qdrant;
        Proxy = FaultProxy.Start(ServerPort, Canaries.AddressOf(HostOf(cell.Dependency)));
        Proxy.DripDelay = TimeSpan.FromMilliseconds(300);
        Proxy.StallAfter = 3;
    }

    public FaultCell Cell { get; }

    public PostgresServer Postgres { get; }

    public RedisServer Redis { get; }

    public QdrantSimulator Qdrant { get; }

    /// <summary>The network before the server that is to break; not on the way when the server itself breaks.</summary>
    public FaultProxy Proxy { get; }

    /// <summary>Where throw-away files of the fault go.</summary>
    public ThrowAwayDirectory Folder => _directory;

    /// <summary>The pooler in front, if the cell has one.</summary>
    public PgBouncerServer? Pooler { get; set; }

    /// <summary>A connection that the fault holds open.</summary>
    public TcpClient? Held { get; set; }

    /// <summary>The pooler or proxy before the server, if there is one.</summary>
    public FrontServer? Front => _front?.Server as FrontServer;

    /// <summary>The port that the instance connects to.</summary>
    public int Port => _front?.Port ?? (Cell.ThroughProxy ? Proxy.Port : ServerPort);

    public int ServerPort =>
        Cell.Dependency switch
        {
            DependencyName.Postgres => Postgres.Port,
            DependencyName.Redis => Redis.Port,
            _ => Qdrant.Port,
        };

    /// <summary>A PostgreSQL that knows the canaries.</summary>
    public static Task<PostgresServer> StartPostgresAsync() =>
        PostgresServer.StartAsync(
            new()
            {
                UserName = Canaries.PostgresUser,
                Password = Canaries.PostgresPassword,
                Database = Database,
                Settings = new Dictionary<string, string>
                {
                    ["listen_addresses"] = $"127.0.0.1,{Canaries.PostgresHost}",
                    ["autovacuum"] = "off",
                },
            }
        );

    /// <param name="shared">A PostgreSQL for the cells that leave it alone.</param>
    public static async Task<FaultStage> StartAsync(FaultCell cell, PostgresServer shared)
    {
        PostgresServer? own = cell.Dependency == DependencyName.Postgres ? await StartPostgresAsync() : null;
        RedisServer redis = await RedisServer.StartAsync(
            new()
            {
                Tls = cell.Tls && cell.Dependency == DependencyName.Redis,
                Arguments =
                [
                    "--bind",
                    "127.0.0.1",
                    Canaries.RedisHost,
                    "--user",
                    Canaries.RedisUser,
                    "on",
                    $">{Canaries.RedisPassword}",
                    "~*",
                    "&*",
                    "+@all",
                ],
            }
        );
        FaultStage stage = new(cell, own ?? shared, own, redis, await QdrantSimulator.StartAsync(Canaries.QdrantKey));
        stage._front = cell.Front is null ? null : await cell.Front(stage);
        return stage;
    }

    /// <summary>Everything that an instance needs to know: one route needs the dependency that breaks, another one both of the
    /// others.</summary>
    public Dictionary<string, string?> Variables()
    {
        string others = string.Join(
            ',',
            new[] { DependencyName.Postgres, DependencyName.Redis, DependencyName.Qdrant }.Except([Cell.Dependency])
        );
        return new()
        {
            ["PG_URL"] =
                $"postgresql://{Uri.EscapeDataString(Canaries.PostgresUser)}:{Uri.EscapeDataString(Canaries.PostgresPassword)}@{PlaceOf(DependencyName.Postgres, Postgres.Port)}/{Database}{(Cell.Dependency == DependencyName.Postgres ? Cell.Query(this) : "")}",
            ["REDIS_URL"] =
                $"{(Cell.Tls && Cell.Dependency == DependencyName.Redis ? "rediss" : "redis")}://{Uri.EscapeDataString(Canaries.RedisUser)}:{Uri.EscapeDataString(Canaries.RedisPassword)}@{PlaceOf(DependencyName.Redis, Redis.Port)}",
            ["QDRANT_URL"] =
                $"{(Cell.Tls && Cell.Dependency == DependencyName.Qdrant ? "https" : "http")}://{PlaceOf(DependencyName.Qdrant, Qdrant.Port)}",
            ["QDRANT_API_KEY"] = Canaries.QdrantKey,
            ["GUARD_ROUTES"] = $"/v1/keys={Cell.Dependency}; {FaultWalk.OtherRoute}={others}",
            ["PG_TIMEOUT"] = Seconds(Cell.ProbeTimeout),
            ["REDIS_TIMEOUT"] = Seconds(Cell.ProbeTimeout),
            ["QDRANT_TIMEOUT"] = Seconds(Cell.ProbeTimeout),
            ["HEALTH_CHECK_TIMEOUT"] = Seconds(Cell.CheckTimeout),
            ["HEALTH_CHECK_INTERVAL"] = Seconds(Cell.Interval),
            ["GUARD_MAX_STALENESS"] = "0.3",
            ["HEALTH_FALL"] = "2",
            // One more than needed, so that a busy machine has the time to break it again before it is up.
            ["HEALTH_RISE"] = "3",
        };
    }

    /// <summary>Goes on with something until <see cref="EndLoopAsync"/>.</summary>
    public Task LoopAsync(Func<CancellationToken, Task> round)
    {
        _stopLoop = new();
        CancellationToken stop = _stopLoop.Token;
        _loop = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await round(stop);
                }
            },
            CancellationToken.None
        );
        return Task.CompletedTask;
    }

    public async Task EndLoopAsync()
    {
        await _stopLoop.CancelAsync();
        await _loop.ContinueWith(
            static t => t.Exception?.Handle(e => e is OperationCanceledException),
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default
        );
        _loop = Task.CompletedTask;
    }

    /// <summary>How many of the instance's connections the server itself counts; <see langword="null"/>: it doesn't.</summary>
    public async Task<int?> ServerConnectionsAsync()
    {
        switch (Cell.Dependency)
        {
            case DependencyName.Postgres:
                return (int)
                    (long)(await Postgres.AdminAsync($"SELECT count(*) FROM pg_stat_activity WHERE usename = '{Canaries.PostgresUser}'"))!;
            case DependencyName.Redis:
                return (await Redis.CommandAsync("CLIENT", "LIST"))
                    .Split('\n')
                    .Count(line => line.Contains($"user={Canaries.RedisUser}", StringComparison.Ordinal));
            default:
                return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndLoopAsync();
        Held?.Dispose();
        if (_front is not null)
        {
            await _front.Server.DisposeAsync();
        }

        await Proxy.DisposeAsync();
        await Qdrant.DisposeAsync();
        await Redis.DisposeAsync();
        if (_ownPostgres is not null)
        {
            await _ownPostgres.ResumeAsync();
            await _ownPostgres.DisposeAsync();
        }

        _directory.Dispose();
    }

    private string PlaceOf(string dependency, int port)
    {
        bool breaks = dependency == Cell.Dependency;
        if (breaks && _front is not null)
        {
            return _front.Place;
        }

        // The simulator listens on 127.0.0.1 alone.
        string host =
            breaks && Cell.UnknownHost ? Canaries.UnknownHost
            : dependency == DependencyName.Qdrant && !(breaks && Cell.ThroughProxy) ? "127.0.0.1"
            : HostOf(dependency);
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{(breaks ? Port : port)}");
    }

    private static string HostOf(string dependency) =>
        dependency switch
        {
            DependencyName.Postgres => Canaries.PostgresHost,
            DependencyName.Redis => Canaries.RedisHost,
            _ => Canaries.QdrantHost,
        };

    private static string Seconds(double value) => value.ToString(CultureInfo.InvariantCulture);
}
