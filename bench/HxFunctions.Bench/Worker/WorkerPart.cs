using System.Diagnostics;
using HxFunctions.Bench.Load;
using HxFunctions.Bench.Report;
using HxFunctions.Bench.Runs;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Worker;

namespace HxFunctions.Bench.Worker;

/// <summary><c>worker</c>: the published app, an empty one, and the empty one when it has asked both servers, under the Functions host that
/// the system tests play: how they start, in turns, and what they work with after a minute.</summary>
internal static class WorkerPart
{
    private const string Target = "/guard?path=/v1/keys&method=POST";
    private const string Open = "\"verdict\":\"open\",\"rule\":\"/v1/keys\"";
    private const int Rate = 10;

    public static async Task RunAsync(PartRun run)
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        await using RedisServer redis = await RedisServer.StartAsync();
        Dictionary<string, string?> asks = new()
        {
            ["ASK_POSTGRES"] = postgres.ConnectionString,
            ["ASK_REDIS"] = $"127.0.0.1:{redis.Port}",
        };
        Dictionary<string, string?> checks = new()
        {
            ["PG_URL"] = postgres.Url,
            ["REDIS_URL"] = redis.Url,
            ["HEALTH_SNAPSHOT_SCHEDULE"] = "*/30 * * * * *",
        };
        Subject[] subjects =
        [
            new("empty app", App.EmptyWorker, new Dictionary<string, string?>()),
            new("the same, asks PostgreSQL and Redis once", App.EmptyWorker, asks),
            new("HxFunctions", App.Worker, checks),
        ];
        await StartAsync(run, subjects);
        await RememberAsync(run, subjects);
    }

    private static async Task StartAsync(PartRun run, Subject[] subjects)
    {
        for (int round = 0; round <= run.Pick(12, 1); round++)
        {
            foreach (Subject subject in subjects)
            {
                await using PlayedHost host = await subject.StartAsync($"start-{round}");
                await UntilOpenAsync(host);
                double answered = Stopwatch.GetElapsedTime(host.Process.Started).TotalMilliseconds;
                // The first start reads the files from disk.
                if (round > 0)
                {
                    subject.Initialized.Add(Stopwatch.GetElapsedTime(host.Process.Started, host.Initialized).TotalMilliseconds);
                    subject.Answered.Add(answered);
                }
            }
        }

        MarkdownTable table = new(
            "process start",
            "WorkerInit answered, ms",
            "ratio",
            "first correct answer, ms",
            "ratio",
            "fastest",
            "slowest"
        );
        foreach (Subject subject in subjects)
        {
            table.Add(
                subject.Label,
                subject.Initialized.Median,
                Figure.Ratio(subject.Initialized.RatioTo(subjects[0].Initialized)),
                subject.Answered.Median,
                Figure.Ratio(subject.Answered.RatioTo(subjects[0].Answered)),
                subject.Answered.Least,
                subject.Answered.Most
            );
        }

        run.Add("worker-start", table);
        SetRatios(run, "worker.initialized", subjects, subject => subject.Initialized);
        SetRatios(run, "worker.answered", subjects, subject => subject.Answered);
    }

    /// <summary>All at once: this is no matter of speed.</summary>
    private static async Task RememberAsync(PartRun run, Subject[] subjects)
    {
        TimeSpan span = TimeSpan.FromSeconds(run.Pick(60, 2));
        await Task.WhenAll(subjects.Select(async subject => subject.Idle.Add(await MemoryAsync(subject, span, isUsed: false))));
        await Task.WhenAll(subjects.Select(async subject => subject.Used.Add(await MemoryAsync(subject, span, isUsed: true))));
        MarkdownTable table = new("working set", "idle, MB", "ratio", $"in use, {Rate} requests/s, MB", "ratio");
        foreach (Subject subject in subjects)
        {
            table.Add(
                subject.Label,
                subject.Idle.Median,
                Figure.Ratio(subject.Idle.RatioTo(subjects[0].Idle)),
                subject.Used.Median,
                Figure.Ratio(subject.Used.RatioTo(subjects[0].Used))
            );
        }

        run.Add("worker-memory", table);
        SetRatios(run, "worker.memory.idle", subjects, subject => subject.Idle);
        SetRatios(run, "worker.memory.used", subjects, subject => subject.Used);
    }

    /// <param name="subjects">The empty app, the asking one, ours.</param>
    private static void SetRatios(PartRun run, string name, Subject[] subjects, Func<Subject, Rounds> figure)
    {
        run.Set(name, figure(subjects[2]).RatioTo(figure(subjects[0])));
        run.Set(name + ".asking", figure(subjects[2]).RatioTo(figure(subjects[1])));
    }

    /// <returns>MB.</returns>
    private static async Task<double> MemoryAsync(Subject subject, TimeSpan span, bool isUsed)
    {
        await using PlayedHost host = await subject.StartAsync(isUsed ? "used" : "idle");
        long started = Stopwatch.GetTimestamp();
        if (isUsed)
        {
            await UntilOpenAsync(host);
            await SteadyLoad.RunAsync(_ => AskAsync(host), Rate, (int)span.TotalSeconds);
        }

        // The host lets the timer fire at once, because none has yet, and then every half a minute.
        TimeSpan pace = TimeSpan.FromSeconds(30);
        while (Stopwatch.GetElapsedTime(started) < span)
        {
            foreach (WorkerFunction timer in host.Functions.Where(function => function.Trigger == "timerTrigger"))
            {
                await host.FireAsync(timer);
            }

            TimeSpan left = span - Stopwatch.GetElapsedTime(started);
            await Task.Delay(
                left < TimeSpan.Zero ? TimeSpan.Zero
                : left < pace ? left
                : pace
            );
        }

        return WorkingSet.Of(host.Process.Id).Now;
    }

    private static async Task AskAsync(PlayedHost host)
    {
        if (!await IsOpenAsync(host))
        {
            throw new InvalidOperationException($"The worker gave a wrong answer: {host.Log}");
        }
    }

    private static async Task UntilOpenAsync(PlayedHost host)
    {
        long started = Stopwatch.GetTimestamp();
        while (!await IsOpenAsync(host))
        {
            if (Stopwatch.GetElapsedTime(started) > PlayedHost.Patience)
            {
                throw new TimeoutException($"The worker gave no correct answer: {host.Log}");
            }

            await Task.Delay(1);
        }
    }

    private static async Task<bool> IsOpenAsync(PlayedHost host)
    {
        WorkerAnswer answer = await host.GetAsync(Target);
        return answer.Status == 200 && answer.Body.Contains(Open, StringComparison.Ordinal);
    }

    private sealed record Subject(string Label, App App, IReadOnlyDictionary<string, string?> Variables)
    {
        /// <summary>Milliseconds until WorkerInit is answered.</summary>
        public Rounds Initialized { get; } = new();

        /// <summary>Milliseconds until the first correct answer.</summary>
        public Rounds Answered { get; } = new();

        /// <summary>MB after a minute, of one round.</summary>
        public Rounds Idle { get; } = new();

        /// <inheritdoc cref="Idle"/>
        public Rounds Used { get; } = new();

        /// <param name="scope">HX_NAMESPACE: it finds no other instance's records.</param>
        public Task<PlayedHost> StartAsync(string scope) =>
            PlayedHost.StartAsync(new Dictionary<string, string?>(Variables) { ["HX_NAMESPACE"] = scope }, App.FullFolder);
    }
}
