using System.Globalization;
using HxFunctions.Tests;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Faults;

/// <summary>
/// Every fault of every dependency, from the outside: what is held, how fast routes close, that everything else goes on and that all is as
/// before when it is over. After a change that is meant: run these tests with <c>HX_RECORD_FAULTS=1</c> and read the difference before
/// committing it. <c>HX_FAULTS=redis</c> walks only through cells whose name holds that.
/// </summary>
public sealed class FaultMatrixTests(FaultMatrixRun run, ITestOutputHelper output) : IClassFixture<FaultMatrixRun>
{
    private static readonly string Page = Path.Combine(Repository.Root, "docs", "fault-matrix.md");

    public static TheoryData<string> Cells => [.. FaultCatalog.Selected.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Fault_has_its_verdict_and_leaves_nothing_behind(string cell)
    {
        FaultResult result = await run.ResultAsync(cell);
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Slowest guard {result.Figures.Guard.TotalMilliseconds:0} ms, /healthz/live "
                    + $"{result.Figures.Live.TotalMilliseconds:0} ms, probe {result.Figures.Probe.TotalMilliseconds:0} ms."
            )
        );
    }

    [Fact]
    public void Every_fault_of_every_dependency_is_in_the_matrix() =>
        Assert.All(
            FaultCatalog.All.GroupBy(c => c.Dependency),
            cells => Assert.Equal(FaultCatalog.Faults.Select(f => f.Name).Order(), cells.Select(c => c.Fault).Order())
        );

    [Fact]
    public async Task Page_shows_what_was_found()
    {
        string found = FaultMatrixPage.Write(await run.ResultsAsync());
        if (Environment.GetEnvironmentVariable("HX_RECORD_FAULTS") == "1")
        {
            await File.WriteAllTextAsync(Page, found);
        }

        Assert.Equal(await File.ReadAllTextAsync(Page), found);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{run.Took.TotalSeconds:0} s for all cells."));
    }

    /// <summary>All answers, headers, log records, measurements and activities of all cells, and what is in Redis in the end.</summary>
    [Fact]
    public async Task No_fault_makes_anything_leak()
    {
        await run.EndedAsync();
        run.Observe();
        foreach (string channel in new[] { "response", "log", "metric", "trace", "Redis" })
        {
            output.WriteLine($"{channel}: {run.Hunter.Looked(channel)} texts.");
            Assert.True(run.Hunter.Looked(channel) > 0, $"No {channel} was looked into.");
        }

        run.Hunter.AssertNothingFound();
    }
}
