using System.Diagnostics;

namespace HxFunctions.Bench.Load;

/// <summary>So many requests a second, evenly, one at a time or a few at once.</summary>
internal static class SteadyLoad
{
    private const int Senders = 4;

    /// <param name="send">Sends one request and throws when the answer isn't good.</param>
    /// <returns>Requests per second, and how long each took, in milliseconds.</returns>
    public static async Task<(double Rate, IReadOnlyList<double> Took)> RunAsync(Func<int, Task> send, int rate, int seconds)
    {
        double[] took = new double[rate * seconds];
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(i => Task.Run(() => SendAsync(send, i, rate, took, started))));
        return (took.Length / Stopwatch.GetElapsedTime(started).TotalSeconds, took);
    }

    private static async Task SendAsync(Func<int, Task> send, int index, int rate, double[] took, long started)
    {
        for (int i = index; i < took.Length; i += Senders)
        {
            TimeSpan early = TimeSpan.FromSeconds((double)i / rate) - Stopwatch.GetElapsedTime(started);
            if (early > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(early);
            }

            long sent = Stopwatch.GetTimestamp();
            await send(i);
            took[i] = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
        }
    }
}
