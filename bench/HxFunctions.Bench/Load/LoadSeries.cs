using HxFunctions.Bench.Report;

namespace HxFunctions.Bench.Load;

/// <summary>One request to one subject, loaded round by round in turns with others.</summary>
/// <param name="label">What the table says.</param>
/// <param name="subject">Who is asked.</param>
/// <param name="path">What is asked for.</param>
/// <param name="isRefused">Whether no answer may be 2xx or 3xx. Otherwise all must be.</param>
/// <param name="headers">The request's.</param>
internal sealed class LoadSeries(
    string label,
    ServedProcess subject,
    string path,
    bool isRefused,
    IReadOnlyList<(string Name, string Value)> headers
)
{
    private readonly Rounds _rate = new();
    private readonly Rounds _p50 = new();
    private readonly Rounds _p99 = new();

    public string Label => label;

    public double Rate => _rate.Median;

    public double P50 => _p50.Median;

    public double P99 => _p99.Median;

    /// <summary>For the compiler's tiers, which need some ten thousand requests and a moment, and for connection pools. Whatever it
    /// answers.</summary>
    public Task WarmUpAsync(int seconds) => WrkRun.RunAsync(new Uri(subject.Address, path), headers, seconds);

    /// <exception cref="InvalidOperationException">It answered otherwise than it should.</exception>
    public async Task RoundAsync(int seconds)
    {
        WrkRun run = await WrkRun.RunAsync(new Uri(subject.Address, path), headers, seconds);
        if (run.Refused != (isRefused ? run.Requests : 0))
        {
            throw new InvalidOperationException($"{label}: {run.Refused} of {run.Requests} answers were refusals.");
        }

        _rate.Add(run.Rate);
        _p50.Add(run.P50);
        _p99.Add(run.P99);
    }

    /// <summary>The requests per second, of another's.</summary>
    /// <inheritdoc cref="Rounds.RatiosTo"/>
    public double[] RatiosTo(LoadSeries other) => _rate.RatiosTo(other._rate);

    /// <inheritdoc cref="Rounds.RatioTo"/>
    public double RatioTo(LoadSeries other) => _rate.RatioTo(other._rate);
}
