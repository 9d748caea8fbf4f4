using HxFunctions.Tests;

namespace HxFunctions.Bench.Runs;

/// <summary>Where a run keeps what it makes. Nothing of it is committed.</summary>
internal static class BenchFolders
{
    private static readonly string Root = Path.Combine(Repository.Root, "artifacts", "bench");

    public static string Page { get; } = Path.Combine(Repository.Root, "docs", "performance.md");

    /// <summary>The published programs, a folder each.</summary>
    public static string Apps { get; } = Path.Combine(Root, "apps");

    /// <summary>The tables and figures of the last run.</summary>
    public static string Results(bool isQuick) => Path.Combine(Root, isQuick ? "quick" : "results");
}
