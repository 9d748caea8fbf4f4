using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace HxFunctions.Bench.Macro;

/// <summary><c>steady URL RATE SECONDS PROCESS</c>: so many guard requests a second, evenly, and what memory the process works with after
/// them.</summary>
internal static class SteadyLoad
{
    private const int Senders = 8;

    public static async Task<int> RunAsync(Uri url, int rate, int seconds, int process)
    {
        using HttpClient client = new();
        ConcurrentBag<double> took = [];
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable.Range(0, Senders).Select(i => Task.Run(() => SendAsync(client, url, i, rate, seconds, started, took)))
        );
        double elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        (long resident, long peak) = MemoryOf(process);
        Numbers.Row("requests/s", "p50 ms", "p99 ms", "working set, MB", "largest so far, MB");
        Numbers.Row("---:", "---:", "---:", "---:", "---:");
        Numbers.Row(took.Count / elapsed, Numbers.Median(took), Numbers.Quantile(took, 0.99), resident / 1024.0, peak / 1024.0);
        return 0;
    }

    private static async Task SendAsync(
        HttpClient client,
        Uri url,
        int index,
        int rate,
        int seconds,
        long started,
        ConcurrentBag<double> took
    )
    {
        for (int i = index; i < rate * seconds; i += Senders)
        {
            TimeSpan early = TimeSpan.FromSeconds((double)i / rate) - Stopwatch.GetElapsedTime(started);
            if (early > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(early);
            }

            using HttpRequestMessage request = new(HttpMethod.Get, url);
            request.Headers.Add("X-Original-URI", $"/v1/keys/{i}");
            request.Headers.Add("X-Original-Method", "POST");
            if (Environment.GetEnvironmentVariable("GUARD_KEY") is { } key)
            {
                request.Headers.Add("x-functions-key", key);
            }

            long sent = Stopwatch.GetTimestamp();
            using HttpResponseMessage response = await client.SendAsync(request);
            response.EnsureSuccessStatusCode();
            took.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }
    }

    /// <returns>Resident memory now and at most, in KiB.</returns>
    private static (long Resident, long Peak) MemoryOf(int process)
    {
        Dictionary<string, string> status = File.ReadLines($"/proc/{process}/status")
            .Select(line => line.Split(':', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        long Kilobytes(string name) =>
            long.Parse(status[name].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
        return (Kilobytes("VmRSS"), Kilobytes("VmHWM"));
    }
}
