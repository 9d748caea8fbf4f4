namespace HxFunctions.Bench.Report;

/// <summary>What one subject came to, round by round, in turns with others.</summary>
internal sealed class Rounds
{
    private readonly List<double> _figures = [];

    public double Median => Numbers.Median(_figures);

    public double Least => _figures.Min();

    public double Most => _figures.Max();

    public void Add(double figure) => _figures.Add(figure);

    /// <summary>The rounds' ratios to another's, which ran beside it, the smallest first: what slows the machine for a while slows
    /// both.</summary>
    /// <exception cref="InvalidOperationException">One of the two has more rounds.</exception>
    public double[] RatiosTo(Rounds other) =>
        other._figures.Count == _figures.Count
            ? [.. _figures.Zip(other._figures, (own, theirs) => own / theirs).Order()]
            : throw new InvalidOperationException($"{_figures.Count} rounds can't be compared with {other._figures.Count}.");

    /// <summary>The median of the rounds' ratios. A ratio of medians would compare a slow round of one with a fast one of the
    /// other.</summary>
    public double RatioTo(Rounds other) => Numbers.Median(RatiosTo(other));
}
