using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;

namespace HxFunctions.Cli.Demo;

/// <summary>How much longer than promised a change is waited for, so that what comes late is told with its time. It doesn't count as come
/// true. Tests make it negative to see a step fail.</summary>
internal sealed record DemoMargins(TimeSpan Closing, TimeSpan Reopening)
{
    public static readonly DemoMargins Default = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4));
}

/// <summary>One part of the outage: something is broken, routes close, it is mended, they reopen.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Broken">What is told when it is broken.</param>
/// <param name="Break">Breaks it.</param>
/// <param name="RepairedText">What is told when it is repaired.</param>
/// <param name="Repair">Repairs it.</param>
/// <param name="Missing">What the refusal must name, and nothing else.</param>
/// <param name="Closes">The routes that must close; all others must stay open.</param>
/// <param name="Promised">How soon they must close.</param>
internal sealed record DemoStep(
    string Name,
    string Broken,
    Func<CancellationToken, Task> Break,
    string RepairedText,
    Func<CancellationToken, Task> Repair,
    string Missing,
    IReadOnlyList<RouteWatch> Closes,
    TimeSpan Promised
);

/// <summary>What a step showed.</summary>
/// <param name="Step">The step.</param>
/// <param name="Closed">Until the last of its routes closed; null: not all did within promise and margin.</param>
/// <param name="Reopened">Likewise.</param>
/// <param name="ReopenPromised">What was promised for that.</param>
/// <param name="Slowest">The longest that the guard took for an answer meanwhile.</param>
/// <param name="Faults">All that was not as it should be.</param>
internal sealed record DemoResult(
    DemoStep Step,
    TimeSpan? Closed,
    TimeSpan? Reopened,
    TimeSpan ReopenPromised,
    TimeSpan Slowest,
    IReadOnlyList<string> Faults
)
{
    /// <summary>Whether all that was promised came true, in the time that was promised.</summary>
    public bool Passed => Faults.Count == 0 && !IsLate;

    /// <summary>All changed, but not within the promise.</summary>
    public bool IsLate => Closed > Step.Promised || Reopened > ReopenPromised;
}

/// <summary>The story: the routes that are watched, and the steps.</summary>
internal sealed class DemoPlot
{
    private DemoPlot(IReadOnlyList<RouteWatch> routes, IReadOnlyList<DemoStep> steps, TimeSpan reopens)
    {
        Routes = routes;
        Steps = steps;
        ReopenPromised = reopens;
    }

    public IReadOnlyList<RouteWatch> Routes { get; }

    public IReadOnlyList<DemoStep> Steps { get; }

    public TimeSpan ReopenPromised { get; }

    public static DemoPlot For(DemoStage stage) => stage.Postgres is { } postgres ? WithPostgres(stage, postgres) : WithoutPostgres(stage);

    private static DemoPlot WithPostgres(DemoStage stage, PostgresServer postgres)
    {
        RouteWatch write = new RouteWatch(HttpMethod.Post, "/key/generate");
        RouteWatch read = new RouteWatch(HttpMethod.Get, "/key/info");
        RouteWatch models = new RouteWatch(HttpMethod.Get, "/v1/models");
        (TimeSpan killed, TimeSpan hung, TimeSpan reopens) = Promises(stage.Bounds);
        return new(
            [write, read, models],
            [
                new(
                    "PostgreSQL hung",
                    "PostgreSQL stops answering: SIGSTOP for all its processes",
                    _ => postgres.HangAsync(),
                    "PostgreSQL answers again: SIGCONT",
                    _ => postgres.ResumeAsync(),
                    "PostgreSQL",
                    [write, read],
                    hung
                ),
                new(
                    "PostgreSQL killed",
                    "PostgreSQL is killed; Qdrant hangs as well, but no route needs it",
                    _ =>
                    {
                        stage.Qdrant.Mode = QdrantMode.Hang;
                        return postgres.KillAsync();
                    },
                    "PostgreSQL is started again; Qdrant still hangs",
                    postgres.StartAgainAsync,
                    "PostgreSQL",
                    [write, read],
                    killed
                ),
                new(
                    "PostgreSQL read-only",
                    "PostgreSQL becomes read-only: default_transaction_read_only = on",
                    token =>
                    {
                        stage.Qdrant.Mode = QdrantMode.Healthy;
                        return postgres.ReloadAsync("default_transaction_read_only", "on", token);
                    },
                    "PostgreSQL takes writes again",
                    token => postgres.ReloadAsync("default_transaction_read_only", null, token),
                    "PostgreSQL",
                    [write],
                    killed
                ),
                RedisStopped(stage, [write, read], killed),
            ],
            reopens
        );
    }

    private static DemoPlot WithoutPostgres(DemoStage stage)
    {
        RouteWatch admin = new RouteWatch(HttpMethod.Post, "/key/generate");
        RouteWatch vectors = new RouteWatch(HttpMethod.Post, DemoStage.VectorRoute);
        RouteWatch models = new RouteWatch(HttpMethod.Get, "/v1/models");
        (TimeSpan killed, TimeSpan hung, TimeSpan reopens) = Promises(stage.Bounds);
        return new(
            [admin, vectors, models],
            [
                new(
                    "Qdrant hung",
                    "Qdrant stops answering",
                    _ => Task.FromResult(stage.Qdrant.Mode = QdrantMode.Hang),
                    "Qdrant answers again",
                    _ => Task.FromResult(stage.Qdrant.Mode = QdrantMode.Healthy),
                    "Qdrant",
                    [vectors],
                    hung
                ),
                RedisStopped(stage, [admin], killed),
            ],
            reopens
        );
    }

    private static DemoStep RedisStopped(DemoStage stage, IReadOnlyList<RouteWatch> closes, TimeSpan killed) =>
        new(
            "Redis stopped",
            "Redis is stopped; the instances share their knowledge through it",
            stage.Redis.StopAsync,
            "Redis is started again, empty",
            stage.Redis.StartAgainAsync,
            "Redis",
            closes,
            killed
        );

    /// <summary>As the product prints them.</summary>
    internal static (TimeSpan Killed, TimeSpan Hung, TimeSpan Reopened) Promises(DetectionBounds bounds) =>
        (bounds.KilledRow.Promised, bounds.HungRow.Promised, bounds.ReopenedRow.Promised);
}
