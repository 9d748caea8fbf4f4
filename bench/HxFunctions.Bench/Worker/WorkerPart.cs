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
                    subject.Took.Add((Stopwatch.GetElapsedTime(host.Process.Started, host.Initialized).TotalMilliseconds, answered));
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
                subject.Initialized,
                Figure.Ratio(subject.Initialized / subjects[0].Initialized),
                subject.Answered,
                Figure.Ratio(subject.Answered / subjects[0].Answered),
                subject.Took.Min(took => took.Answered),
                subject.Took.Max(took => took.Answered)
            );
        }

        run.Add("worker-start", table);
        SetRatios(run, "worker.initialized", [.. subjects.Select(subject => subject.Initialized)]);
        SetRatios(run, "worker.answered", [.. subjects.Select(subject => subject.Answered)]);
    }

    /// <summary>All at once: this is no matter of speed.</summary>
    private static async Task RememberAsync(PartRun run, Subject[] subjects)
    {
        TimeSpan span = TimeSpan.FromSeconds(run.Pick(60, 2));
        double[] idle = await Task.WhenAll(subjects.Select(subject => MemoryAsync(subject, span, isUsed: false)));
        double[] used = await Task.WhenAll(subjects.Select(subject => MemoryAsync(subject, span, isUsed: true)));
        MarkdownTable table = new("working set", "idle, MB", "ratio", $"in use, {Rate} requests/s, MB", "ratio");
        for (int i = 0; i < subjects.Length; i++)
        {
            table.Add(subjects[i].Label, idle[i], Figure.Ratio(idle[i] / idle[0]), used[i], Figure.Ratio(used[i] / used[0]));
        }

        run.Add("worker-memory", table);
        SetRatios(run, "worker.memory.idle", idle);
        SetRatios(run, "worker.memory.used", used);
    }

    /// <param name="figures">Of the empty app, of the asking one, of ours.</param>
    private static void SetRatios(PartRun run, string name, double[] figures)
    {
        run.Set(name, figures[2] / figures[0]);
        run.Set(name + ".asking", figures[2] / figures[1]);
    }

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
        public List<(double Initialized, double Answered)> Took { get; } = [];

        public double Initialized => Numbers.Median(Took.Select(took => took.Initialized));

        public double Answered => Numbers.Median(Took.Select(took => took.Answered));

        /// <param name="scope">HX_NAMESPACE: it finds no other instance's records.</param>
        public Task<PlayedHost> StartAsync(string scope) =>
            PlayedHost.StartAsync(new Dictionary<string, string?>(Variables) { ["HX_NAMESPACE"] = scope }, App.FullFolder);
    }
}
