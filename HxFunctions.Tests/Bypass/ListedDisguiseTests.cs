using System.Buffers;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using HxFunctions.Core.Routing;
using HxFunctions.Tests.Routing;

namespace HxFunctions.Tests.Bypass;

/// <summary>No disguise opens a row of the list that is guarded, and none passes for a row that is exempt.</summary>
public class ListedDisguiseTests
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("/_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1");

    public static TheoryData<string> Names => DisguiseTests.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Row_under_a_disguise_stays_closed(string name)
    {
        Disguise disguise = Disguises.All.Single(one => one.Name == name);
        foreach (LiteLlmRoute row in ListedRoutes.Guarded)
        {
            for (int seed = 0; seed < 3; seed++)
            {
                Disguised disguised = new(ListedRoutes.Sample(row.Template), [disguise], seed);
                Assert.True(ListedRoutes.IsGuardedReading(disguised.Reading), disguised.ToString());
                Assert.True(ListedRoutes.IsGuarded(disguised.Path, row.Methods), disguised.ToString());
            }
        }
    }

    [Fact]
    public void Row_under_any_disguises_stays_closed()
    {
        int guarded = 0;
        int cases = Disguised.Cases(5_000);
        Prop.ForAll(
                Disguised.AnyOf(ListedRoutes.Paths),
                disguised =>
                {
                    if (!disguised.IsPromised || !ListedRoutes.IsGuardedReading(disguised.Reading))
                    {
                        return true;
                    }

                    guarded++;
                    return ListedRoutes.IsGuarded(disguised.Path);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(cases));

        Assert.True(guarded > cases * 0.7, $"{guarded} of {cases} are read as rows");
    }

    /// <summary>Open is only what has nothing to be read otherwise, and is the row as it is written, behind the base path once, twice or
    /// not at all.</summary>
    [Fact]
    public void Exempt_row_under_any_disguises_is_closed_or_the_row_itself()
    {
        int open = 0,
            closed = 0;
        (LiteLlmRoute Row, string Path, Regex Route)[] rows =
        [
            .. ListedRoutes.Exempt.Select(row =>
                (row, ListedRoutes.Sample(row.Template), StarletteRoute.Compile(AdminRoutes.BasePath + row.Template, isExact: true))
            ),
        ];
        Prop.ForAll(
                Disguised.AnyOf(rows.Select(row => row.Path)),
                disguised =>
                {
                    (LiteLlmRoute row, _, Regex route) = rows.Single(one => one.Path == disguised.Route);
                    string sent = disguised.Path.Split('?')[0];
                    if (!disguised.IsPromised || !ListedRoutes.IsGuardedReading(disguised.Reading))
                    {
                        return true;
                    }

                    if (ListedRoutes.IsGuarded(disguised.Path, row.Methods))
                    {
                        closed++;
                        return sent != disguised.Route;
                    }

                    open++;
                    return !sent.AsSpan().ContainsAnyExcept(Plain)
                        && Readings.WithoutBase(sent, AdminRoutes.BasePath).Any(path => route.IsMatch(AdminRoutes.BasePath + path));
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Disguised.Cases(5_000)));

        Assert.True(open > 300 && closed > 1500, $"{open} open, {closed} closed");
    }
}
