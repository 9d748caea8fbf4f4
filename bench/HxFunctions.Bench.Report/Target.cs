namespace HxFunctions.Bench.Report;

/// <summary>What a figure should come to.</summary>
/// <param name="Text">What is measured, as the table says it. Unlike that of any other target.</param>
/// <param name="Figure">The figure's name in the parts' results.</param>
/// <param name="IsMost">Whether the bound is the most that the figure may be. Otherwise it is the least. At the bound it is met.</param>
/// <param name="Bound">The bound.</param>
/// <param name="Unit">Behind both numbers; empty for a ratio, which is written to a thousandth.</param>
internal sealed record Target(string Text, string Figure, bool IsMost, double Bound, string Unit = "")
{
    public bool IsMetBy(double value) => IsMost ? value <= Bound : value >= Bound;

    public string Verdict(double value) => IsMetBy(value) ? "met" : "**missed**";

    public string BoundText => $"{(IsMost ? "≤" : "≥")} {(Unit.Length == 0 ? $"{Bound:0.00}" : Written(Bound))}";

    public string Written(double value) =>
        Unit.Length == 0 ? Report.Figure.Ratio(value)
        : value == Math.Floor(value) ? FormattableString.Invariant($"{value:0} {Unit}")
        : $"{Report.Figure.Text(value)} {Unit}";
}
