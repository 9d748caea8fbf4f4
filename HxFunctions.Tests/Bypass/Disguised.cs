using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace HxFunctions.Tests.Bypass;

/// <summary>An admin route with disguises on top of each other.</summary>
/// <param name="Seed">Of the dice.</param>
internal sealed record Disguised(string Route, IReadOnlyList<Disguise> Layers, int Seed)
{
    /// <summary>How many cases a test looks at: fewer where each asks a server. <c>HX_BYPASS_CASES=1000000</c> looks longer.</summary>
    public static int Cases(int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable("HX_BYPASS_CASES"), NumberStyles.None, CultureInfo.InvariantCulture, out int cases)
            ? cases
            : otherwise;

    public static Arbitrary<Disguised> Any { get; } = AnyOf(AdminRoutes.Paths);

    public static Arbitrary<Disguised> AnyOf(IEnumerable<string> routes) =>
        Arb.From(
            from route in Gen.Elements(routes)
            from count in Gen.Choose(0, 6)
            from layers in Gen.Elements(Disguises.All).ArrayOf(count)
            from seed in Gen.Choose(0, int.MaxValue)
            select new Disguised(route, layers, seed),
            disguised =>
                Enumerable
                    .Range(0, disguised.Layers.Count)
                    .Select(i => disguised with { Layers = [.. disguised.Layers.Where((_, at) => at != i)] })
        );

    /// <summary>A base path is read once and twice; with a third one in front no server in between has the same.</summary>
    public bool IsPromised => Layers.Count(layer => layer == Disguises.BasePath) <= 2;

    /// <summary>What is sent.</summary>
    public string Path
    {
        get
        {
            Random random = new(Seed);
            return Layers.Aggregate(Route, (path, layer) => layer.Apply(path, random));
        }
    }

    /// <summary>What the servers on the way make of it, the outermost layer first.</summary>
    public string Reading => Layers.Reverse().Aggregate(Path, (path, layer) => layer.Undo(path));

    public override string ToString() => $"{Route} with {string.Join(", then ", Layers)}: {(Path.Length > 300 ? Path[^300..] : Path)}";
}
