using HxFunctions.Bench.Load;
using HxFunctions.Bench.Report;
using HxFunctions.Bench.Runs;
using HxFunctions.Servers;

namespace HxFunctions.Bench.Macro;

/// <summary><c>memory</c>: what the processes work with after a minute of guard requests at a steady rate. All at once: this is no matter
/// of speed.</summary>
internal static class SteadyMemory
{
    public static async Task RunAsync(PartRun run)
    {
        (int rate, int seconds) = (run.Pick(1000, 50), run.Pick(60, 2));
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        await using RedisServer redis = await RedisServer.StartAsync();
        List<(string Label, string? Figure, ServedProcess Process)> subjects = [];
        try
        {
            foreach (
                (string label, string? figure, App app) in new[]
                {
                    ("empty endpoint, ordinary", null, App.Empty),
                    ("`hx serve`, ordinary", "memory.ordinary", App.Hx),
                    ("empty endpoint, native", null, App.EmptyNative),
                    ("`hx serve`, native", "memory.native", App.HxNative),
                }
            )
            {
                string[] command = figure is null ? [app.FullProgram, "empty", "{port}"] : [app.FullProgram, "serve"];
                ServedProcess process = await ServedProcess.StartAsync(
                    label,
                    [("WRAPPER_PORT", "{port}"), ("PG_URL", postgres.Url), ("REDIS_URL", redis.Url), ("HX_NAMESPACE", app.Folder)],
                    command
                );
                subjects.Add((label, figure, process));
                await process.UntilAsync(200, GuardRequest.Path, GuardRequest.Guarded);
            }

            using HttpClient client = new();
            (double Rate, IReadOnlyList<double> Took)[] loads = await Task.WhenAll(
                subjects.Select(subject => SteadyLoad.RunAsync(i => AskAsync(client, subject.Process, i), rate, seconds))
            );
            MarkdownTable table = new(
                "after the steady load",
                "seconds",
                "requests/s",
                "p50, ms",
                "p99, ms",
                "working set, MB",
                "largest, MB"
            );
            foreach (
                ((string label, string? figure, ServedProcess process), (double perSecond, IReadOnlyList<double> took)) in subjects.Zip(
                    loads
                )
            )
            {
                WorkingSet memory = WorkingSet.Of(process.Id);
                table.Add(label, $"{seconds}", perSecond, Numbers.Median(took), Numbers.Quantile(took, 0.99), memory.Now, memory.Peak);
                if (figure is not null)
                {
                    run.Set(figure, memory.Now);
                }
            }

            run.Add("memory", table);
        }
        finally
        {
            foreach ((_, _, ServedProcess process) in subjects)
            {
                await process.DisposeAsync();
            }
        }
    }

    private static async Task AskAsync(HttpClient client, ServedProcess subject, int number)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(subject.Address, GuardRequest.Path));
        request.Headers.Add("X-Original-URI", $"/v1/keys/{number}");
        request.Headers.Add("X-Original-Method", "POST");
        using HttpResponseMessage response = await client.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }
}
