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
    private readonly List<WrkRun> _rounds = [];

    public string Label => label;

    public double Rate => Numbers.Median(_rounds.Select(round => round.Rate));

    public double P50 => Numbers.Median(_rounds.Select(round => round.P50));

    public double P99 => Numbers.Median(_rounds.Select(round => round.P99));

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

        _rounds.Add(run);
    }

    /// <summary>The rounds' ratios to another's, which ran beside it: what slows the machine for a while slows both.</summary>
    public double[] RatiosTo(LoadSeries other) => [.. _rounds.Zip(other._rounds, (own, theirs) => own.Rate / theirs.Rate).Order()];

    public double RatioTo(LoadSeries other) => Numbers.Median(RatiosTo(other));
}
