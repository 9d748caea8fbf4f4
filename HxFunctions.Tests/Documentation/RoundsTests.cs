using HxFunctions.Bench.Report;

namespace HxFunctions.Tests.Documentation;

/// <summary>What bench/run makes of the rounds' figures.</summary>
public sealed class RoundsTests
{
    /// <summary>The second round was slow for both, the third for the other one alone: the medians' ratio would be 30 / 10.</summary>
    [Fact]
    public void Ratio_is_the_median_of_the_rounds_ratios()
    {
        Rounds own = Of(10, 40, 30),
            other = Of(10, 20, 5);

        Assert.Equal([1, 2, 6], own.RatiosTo(other));
        Assert.Equal(2, own.RatioTo(other));
        Assert.Equal((10, 30, 40), (own.Least, own.Median, own.Most));
    }

    [Fact]
    public void Subjects_with_different_numbers_of_rounds_are_not_compared() =>
        Assert.Throws<InvalidOperationException>(() => Of(1, 2).RatioTo(Of(1)));

    [Theory]
    [InlineData(2, new[] { 3.0, 1, 2 })]
    [InlineData(2.5, new[] { 4.0, 1, 2, 3 })]
    [InlineData(7, new[] { 7.0 })]
    [InlineData(double.NaN, new double[0])]
    public void Median_is_in_the_middle(double median, double[] values) => Assert.Equal(median, Numbers.Median(values));

    [Fact]
    public void Megabyte_is_a_million_bytes() => Assert.Equal(70, Numbers.Megabytes(70_000_000 / 1024.0), precision: 9);

    private static Rounds Of(params double[] figures)
    {
        Rounds rounds = new();
        foreach (double figure in figures)
        {
            rounds.Add(figure);
        }

        return rounds;
    }
}
