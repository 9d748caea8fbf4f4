using System.Globalization;
using Xunit.Abstractions;

namespace HxFunctions.Tests.Fuzzing;

/// <summary>
/// Nothing that comes from outside (variables, values in Redis, bodies, paths) makes a reader throw, hang, or take memory out of
/// proportion. <c>HX_FUZZ_CASES=2000000</c> looks longer, <c>HX_FUZZ_SEED</c> elsewhere.
/// </summary>
public class FuzzingTests(ITestOutputHelper output)
{
    private static readonly int Cases = Number("HX_FUZZ_CASES", 12_000);
    private static readonly int Seed = Number("HX_FUZZ_SEED", 1);

    private static readonly Dictionary<string, FuzzTarget> Targets = UrlTargets
        .All.Concat(SettingsTargets.All)
        .Concat(StoredTargets.All)
        .Concat(RequestTargets.All)
        .Concat(DocumentTargets.All)
        .ToDictionary(target => target.Name);

    public static TheoryData<string> Names => [.. Targets.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Reader_survives_whatever_it_is_given(string name)
    {
        FuzzTarget target = Targets[name];
        Fuzzer fuzzer = new(target, Seed);

        fuzzer.Run(Cases);

        output.WriteLine($"{name}: {Cases} cases, {fuzzer.Outcomes} outcomes, {fuzzer.HighestUse:P0} of the memory allowed at most");
        // Mutation has to get somewhere: past the first check of the reader, and to more than its seeds do.
        Assert.True(fuzzer.Outcomes > target.Seeds.Count, $"{fuzzer.Outcomes} outcomes");
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : otherwise;
}
