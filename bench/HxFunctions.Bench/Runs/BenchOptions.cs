namespace HxFunctions.Bench.Runs;

/// <summary>The command line of <c>bench/run</c>.</summary>
/// <param name="IsQuick">Whether it only shows that everything works.</param>
/// <param name="Publishes">Whether the programs are published first. Otherwise those of an earlier run are measured.</param>
/// <param name="DespiteOthers">Whether it measures although other programs are busy.</param>
/// <param name="Parts">In the order of <see cref="Report.Parts.Names"/>.</param>
internal sealed record BenchOptions(bool IsQuick, bool Publishes, bool DespiteOthers, IReadOnlyList<string> Parts)
{
    public const string Usage = """
        bench/run [--quick] [--no-publish] [--busy] [PART...]
          --quick       tiny settings: shows that everything works; writes to a copy of docs/performance.md, not to the page
          --no-publish  measures the programs that an earlier run published
          --busy        measures although other programs are busy
        """;

    /// <exception cref="ArgumentException">There is no such option or part.</exception>
    public static BenchOptions Parse(string[] arguments)
    {
        string[] unknown = [.. arguments.Except(Report.Parts.Names).Where(word => word is not ("--quick" or "--no-publish" or "--busy"))];
        if (unknown.Length > 0)
        {
            throw new ArgumentException($"Unknown: {string.Join(' ', unknown)}\n{Usage}\nParts: {string.Join(' ', Report.Parts.Names)}");
        }

        IReadOnlyList<string> parts = [.. Report.Parts.Names.Intersect(arguments)];
        return new(
            arguments.Contains("--quick"),
            !arguments.Contains("--no-publish"),
            arguments.Contains("--busy") || arguments.Contains("--quick"),
            parts.Count > 0 ? parts : Report.Parts.Names
        );
    }
}
