using System.Globalization;
using System.Security.Cryptography;
using HxFunctions.Cli.Commands;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HxFunctions.Cli.Demo;

/// <summary>
/// Everything that the demo shows: three throw-away dependencies, the product with default settings, as <c>hx serve</c> runs it, and a
/// gateway before it. All of it listens on 127.0.0.1, with keys and passwords of its own, and is gone after <see cref="DisposeAsync"/>.
/// </summary>
internal sealed class DemoStage : IAsyncDisposable
{
    /// <summary>The route that needs Qdrant where there is no PostgreSQL to show.</summary>
    public const string VectorRoute = "/v1/vector_stores";

    private readonly Stack<Func<ValueTask>> _takeDown = new();

    private DemoStage() { }

    /// <summary>Null when PostgreSQL isn't on this machine.</summary>
    public PostgresServer? Postgres { get; private set; }

    public DemoRedis Redis { get; private set; } = null!;

    public QdrantSimulator Qdrant { get; private set; } = null!;

    public StandInGateway Gateway { get; private set; } = null!;

    /// <summary>Where the product answers.</summary>
    public Uri Guard { get; private set; } = null!;

    /// <summary>What the product promises with these settings.</summary>
    public DetectionBounds Bounds { get; private set; } = null!;

    /// <summary>Opens every function of the product.</summary>
    public string MasterKey { get; } = NewSecret();

    private static string NewSecret() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <param name="withPostgres">Whether to show PostgreSQL; it must be on this machine then.</param>
    /// <param name="cancellationToken">Ends the start; what was started by then is stopped.</param>
    /// <exception cref="InvalidOperationException">PostgreSQL doesn't start.</exception>
    public static async Task<DemoStage> StartAsync(bool withPostgres, CancellationToken cancellationToken)
    {
        DemoStage stage = new DemoStage();
        try
        {
            await stage.StartDependenciesAsync(withPostgres, cancellationToken);
            await stage.StartProductAsync(cancellationToken);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>For example "15.10".</summary>
    public async Task<string> PostgresVersionAsync(CancellationToken cancellationToken)
    {
        object? version = await Postgres!.AdminAsync("SELECT current_setting('server_version')", cancellationToken);
        return Convert.ToString(version, CultureInfo.InvariantCulture)!.Split(' ')[0];
    }

    public async ValueTask DisposeAsync()
    {
        while (_takeDown.TryPop(out Func<ValueTask>? next))
        {
            try
            {
                await next();
            }
            catch (Exception)
            {
                // One that can't be stopped must not keep the others running; processes and files are the watchdog's in the end.
            }
        }
    }

    private async Task StartDependenciesAsync(bool withPostgres, CancellationToken cancellationToken)
    {
        // Side by side; each is entrusted to the take-down before the first failure is thrown on.
        Task<PostgresServer>? postgres = withPostgres ? PostgresServer.StartAsync(cancellationToken: cancellationToken) : null;
        Task<DemoRedis> redis = DemoRedis.StartAsync(cancellationToken);
        Task<QdrantSimulator> qdrant = QdrantSimulator.StartAsync(NewSecret());
        try
        {
            Postgres = postgres is null ? null : await postgres;
        }
        finally
        {
            if (Postgres is { } server)
            {
                _takeDown.Push(server.DisposeAsync);
            }

            Redis = await redis;
            _takeDown.Push(Redis.DisposeAsync);
            Qdrant = await qdrant;
            _takeDown.Push(Qdrant.DisposeAsync);
        }
    }

    private async Task StartProductAsync(CancellationToken cancellationToken)
    {
        string gatewayKey = NewSecret();
        Dictionary<string, string?> variables = new Dictionary<string, string?>
        {
            [Variables.RedisUrl] = Redis.Url,
            [Variables.QdrantUrl] = Qdrant.Url,
            [Variables.QdrantApiKey] = Qdrant.ApiKey,
            [Variables.WrapperPort] = "0",
            [Variables.WrapperKeys] = $"gateway={gatewayKey};{HostKeys.MasterName}={MasterKey}",

            // The story tells what happens; transitions, which are warnings, would tell it twice.
            [Variables.WrapperLogLevel] = "ERROR",
        };
        if (Postgres is { } postgres)
        {
            variables[Variables.PgUrl] = postgres.Url;
        }
        else
        {
            variables[Variables.GuardRoutes] = string.Join(
                "; ",
                [.. DefaultRules.Prefixes.Select(rule => rule.Route + "=redis"), VectorRoute + "=qdrant"]
            );
        }

        Settings settings = Settings.From(variables);
        if (settings.Problems is [var problem, ..])
        {
            throw new InvalidOperationException($"The demo's own settings are refused: {problem}");
        }

        WebApplication app = ServeCommand.Build(settings, services => services.AddSingleton<IHostLifetime, UntilDisposed>());
        _takeDown.Push(() => StopAsync(app));
        await app.StartAsync(cancellationToken);
        Guard = app.GetBoundAddress();
        Bounds = DetectionBounds.From(settings.Product);
        Gateway = await StandInGateway.StartAsync(Guard, gatewayKey);
        _takeDown.Push(Gateway.DisposeAsync);
    }

    private static async ValueTask StopAsync(WebApplication app)
    {
        // Nobody is to be served to the end: hx has two seconds from Ctrl+C to its own end.
        using CancellationTokenSource atOnce = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
    }
}
