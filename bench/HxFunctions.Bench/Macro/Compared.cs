using System.Diagnostics;
using HxFunctions.Bench.Load;
using HxFunctions.Bench.Report;
using HxFunctions.Bench.Runs;
using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.Bench.Macro;

/// <summary><c>compared</c>: the guard and its alternatives, in turns, with PostgreSQL healthy and hung.</summary>
internal sealed class Compared : IAsyncDisposable
{
    private static readonly TimeSpan HungPatience = TimeSpan.FromSeconds(20);

    private readonly PostgresServer _postgres;
    private readonly RedisServer _redis;
    private readonly List<ServedProcess> _subjects = [];

    private Compared(PostgresServer postgres, RedisServer redis) => (_postgres, _redis) = (postgres, redis);

    public static async Task RunAsync(PartRun run)
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync(
            new() { Settings = new Dictionary<string, string> { ["autovacuum"] = "off" } }
        );
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Compared compared = new(postgres, redis);
        await compared.MeasureAsync(run);
    }

    public async ValueTask DisposeAsync()
    {
        await _postgres.ResumeAsync();
        foreach (ServedProcess subject in _subjects)
        {
            await subject.DisposeAsync();
        }
    }

    private async Task MeasureAsync(PartRun run)
    {
        BuildKind ordinary = await StartKindAsync("ordinary", App.Empty, App.Hx);
        BuildKind native = await StartKindAsync("native", App.EmptyNative, App.HxNative);
        ServedProcess plain = await StartAsync("empty, logging", [], App.Empty.FullProgram, "plain", "{port}");
        ServedProcess scraped = await StartHxAsync("scraped", App.Hx, _postgres.Url);
        await scraped.AskAsync("metrics", GuardRequest.Guarded);
        ServedProcess healthChecks = await StartAsync(
            "healthchecks",
            [("PG_KEYWORDS", _postgres.ConnectionString), ("REDIS_KEYWORDS", $"127.0.0.1:{_redis.Port}")],
            App.HealthChecks.FullProgram,
            "{port}"
        );
        ServedProcess wrapper = await StartAsync(
            "wrapper",
            [
                ("PG_URL", _postgres.Url),
                ("REDIS_URL", _redis.Url),
                ("PYTHONPATH", Path.Combine(Repository.Root, "bench", "peers")),
                ("PYTHONDONTWRITEBYTECODE", "1"),
            ],
            [
                DebianPython.Program,
                "-m",
                "uvicorn",
                "live_check_gateway:app",
                "--host",
                "127.0.0.1",
                "--port",
                "{port}",
                "--log-level",
                "warning",
            ]
        );

        LoadSeries old = new("the old wrapper's design", wrapper, "v1/keys", false, GuardRequest.Guarded);
        LoadSeries checks = Open("MapHealthChecks", healthChecks);
        (LoadSeries Series, LoadSeries Base)[] rows =
        [
            (ordinary.EmptySeries, ordinary.EmptySeries),
            (Open("the same, with the framework's own logging, ordinary", plain), ordinary.EmptySeries),
            (ordinary.OpenSeries, ordinary.EmptySeries),
            (ordinary.ClosedSeries, ordinary.EmptySeries),
            (Open("guard, open, `/metrics` scraped, ordinary", scraped), ordinary.EmptySeries),
            (native.EmptySeries, native.EmptySeries),
            (native.OpenSeries, native.EmptySeries),
            (native.ClosedSeries, native.EmptySeries),
            (checks, ordinary.EmptySeries),
            (old, ordinary.EmptySeries),
        ];
        foreach ((LoadSeries series, _) in rows)
        {
            await series.WarmUpAsync(run.Pick(5, 1));
        }

        // Many short rounds: what slows the machine down for a while then slows most pairs down alike, and the median of a few pairs is
        // off by 0.04 on a shared machine.
        for (int round = 0; round < run.Pick(33, 1); round++)
        {
            foreach ((LoadSeries series, _) in rows)
            {
                await series.RoundAsync(seconds: 1);
            }
        }

        run.Add("compared", Table("PostgreSQL healthy", "of the empty endpoint of its kind", rows));
        foreach (BuildKind kind in new[] { ordinary, native })
        {
            run.Set($"guard.open.{kind.Name}", kind.OpenSeries.RatioTo(kind.EmptySeries));
            run.Set($"guard.closed.{kind.Name}", kind.ClosedSeries.RatioTo(kind.EmptySeries));
        }

        run.Set("times.healthchecks", ordinary.OpenSeries.RatioTo(checks));
        run.Set("times.wrapper", ordinary.OpenSeries.RatioTo(old));
        await MeasureHungAsync(run, [ordinary, native]);
        await AskHungAsync(
            run,
            [
                ("guard", ordinary.Open, "guard"),
                ("MapHealthChecks", healthChecks, "guard"),
                ("the old wrapper's design", wrapper, "v1/keys"),
            ]
        );
    }

    private async Task MeasureHungAsync(PartRun run, BuildKind[] kinds)
    {
        HungSeries[] all = [.. kinds.Select(kind => new HungSeries(kind))];

        // Several, for a turn takes as long as the verdicts need to change, twice.
        async Task RoundsAsync(Func<HungSeries, LoadSeries> guarded, Func<HungSeries, LoadSeries> unguarded)
        {
            for (int round = 0; round < run.Pick(3, 1); round++)
            {
                foreach (HungSeries series in all)
                {
                    await guarded(series).RoundAsync(seconds: 1);
                    await unguarded(series).RoundAsync(seconds: 1);
                }
            }
        }

        for (int turn = 0; turn < run.Pick(6, 1); turn++)
        {
            await UntilAsync(kinds, 200);
            await RoundsAsync(series => series.GuardedHealthy, series => series.UnguardedHealthy);

            await _postgres.HangAsync();
            await UntilAsync(kinds, 503);
            await RoundsAsync(series => series.GuardedHung, series => series.UnguardedHung);

            await _postgres.ResumeAsync();
        }

        run.Add("hung", Table("guard, PostgreSQL healthy and hung in turns", "of healthy", [.. all.SelectMany(series => series.Rows)]));
        foreach (HungSeries series in all)
        {
            double least = Math.Min(
                series.GuardedHung.RatioTo(series.GuardedHealthy),
                series.UnguardedHung.RatioTo(series.UnguardedHealthy)
            );
            run.Set($"hung.{series.Kind}", least);
        }
    }

    private async Task AskHungAsync(PartRun run, (string Label, ServedProcess Subject, string Path)[] subjects)
    {
        MarkdownTable table = new("PostgreSQL hung, one request", "answer", "after, ms");
        await _postgres.HangAsync();
        foreach ((string label, ServedProcess subject, string path) in subjects)
        {
            using CancellationTokenSource deadline = new(HungPatience);
            long started = Stopwatch.GetTimestamp();
            int status = await subject.AskAsync(path, GuardRequest.Guarded, deadline.Token);
            double milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            table.Add(label, status == 0 ? "none" : status, status == 0 ? $"> {HungPatience.TotalMilliseconds:N0}" : milliseconds);
        }

        await _postgres.ResumeAsync();
        run.Add("hung-alternatives", table);
    }

    private static MarkdownTable Table(string subject, string ratio, (LoadSeries Series, LoadSeries Base)[] rows)
    {
        MarkdownTable table = new(subject, "requests/s", ratio, "lowest and highest of a round", "p50, ms", "p99, ms");
        foreach ((LoadSeries series, LoadSeries other) in rows)
        {
            double[] ratios = series.RatiosTo(other);
            string range = series == other ? "" : $"{Figure.Ratio(ratios[0])}, {Figure.Ratio(ratios[^1])}";
            table.Add(series.Label, series.Rate, Figure.Ratio(series.RatioTo(other)), range, series.P50, series.P99);
        }

        return table;
    }

    private static async Task UntilAsync(BuildKind[] kinds, int status)
    {
        foreach (BuildKind kind in kinds)
        {
            await kind.Open.UntilAsync(status, GuardRequest.Path, GuardRequest.Guarded);
        }
    }

    private async Task<BuildKind> StartKindAsync(string name, App empty, App hx)
    {
        ServedProcess nothing = await StartAsync($"empty, {name}", [], empty.FullProgram, "empty", "{port}");
        ServedProcess open = await StartHxAsync($"open-{name}", hx, _postgres.Url);
        ServedProcess closed = await StartHxAsync($"closed-{name}", hx, $"postgresql://hx:none@127.0.0.1:{FreePort.Next()}/hx");
        await open.UntilAsync(200, GuardRequest.Path, GuardRequest.Guarded);
        await closed.UntilAsync(503, GuardRequest.Path, GuardRequest.Guarded);
        return new(
            name,
            open,
            Open($"empty endpoint, {name}", nothing),
            Open($"guard, open, {name}", open),
            new($"guard, closed, {name}", closed, GuardRequest.Path, true, GuardRequest.Guarded)
        );
    }

    private Task<ServedProcess> StartHxAsync(string name, App hx, string postgres) =>
        StartAsync(
            name,
            [
                ("WRAPPER_PORT", "{port}"),
                ("WRAPPER_KEYS", $"bench={GuardRequest.Key}"),
                ("HX_NAMESPACE", name),
                ("PG_URL", postgres),
                ("REDIS_URL", _redis.Url),
            ],
            hx.FullProgram,
            "serve"
        );

    private async Task<ServedProcess> StartAsync(string name, (string, string)[] variables, params string[] command)
    {
        ServedProcess subject = await ServedProcess.StartAsync(name, variables, command);
        _subjects.Add(subject);
        return subject;
    }

    private static LoadSeries Open(string label, ServedProcess subject) =>
        new(label, subject, GuardRequest.Path, false, GuardRequest.Guarded);

    /// <summary>One way to build: the empty endpoint and the guard.</summary>
    private sealed record BuildKind(
        string Name,
        ServedProcess Open,
        LoadSeries EmptySeries,
        LoadSeries OpenSeries,
        LoadSeries ClosedSeries
    );

    private sealed class HungSeries(BuildKind kind)
    {
        public string Kind => kind.Name;

        public LoadSeries GuardedHealthy { get; } = Of(kind, "guarded route, healthy", false, GuardRequest.Guarded);

        public LoadSeries GuardedHung { get; } = Of(kind, "guarded route, hung", true, GuardRequest.Guarded);

        public LoadSeries UnguardedHealthy { get; } = Of(kind, "route without a rule, healthy", false, GuardRequest.Unguarded);

        public LoadSeries UnguardedHung { get; } = Of(kind, "route without a rule, hung", false, GuardRequest.Unguarded);

        public (LoadSeries, LoadSeries)[] Rows =>
            [
                (GuardedHealthy, GuardedHealthy),
                (GuardedHung, GuardedHealthy),
                (UnguardedHealthy, UnguardedHealthy),
                (UnguardedHung, UnguardedHealthy),
            ];

        private static LoadSeries Of(BuildKind kind, string label, bool isRefused, IReadOnlyList<(string, string)> headers) =>
            new($"{label}, {kind.Name}", kind.Open, GuardRequest.Path, isRefused, headers);
    }
}
