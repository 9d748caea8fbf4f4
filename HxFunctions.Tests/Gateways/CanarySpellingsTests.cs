using HxFunctions.Cli.Gateways;
using HxFunctions.Core.Routing;
using HxFunctions.Tests.Bypass;

namespace HxFunctions.Tests.Gateways;

/// <summary>What a gateway is asked: every disguise of the bypass suite, as far as the guard knows it for the canary.</summary>
public class CanarySpellingsTests
{
    private const string Authority = "gateway.example:8443";

    /// <summary>One list for both: each disguise that the tests undo is one of the product's, and the other way round.</summary>
    [Fact]
    public void Disguises_are_those_of_the_bypass_suite() =>
        Assert.Equal(
            Disguises.UndoneNames.Order(StringComparer.Ordinal),
            PathDisguises.All(AdminRoutes.BasePath, Authority).Select(one => one.Name).Order(StringComparer.Ordinal)
        );

    [Theory]
    [InlineData("", "", Authority)]
    [InlineData("", "/api", Authority)]
    [InlineData("/api", "/api", Authority)]
    [InlineData("/llm", "/api", Authority)]
    [InlineData("", "", "[::1]:8080")]
    [InlineData("", "", "127.0.0.1")]
    public void Every_disguise_is_asked_or_undecidable_or_changes_nothing(string mount, string basePath, string authority)
    {
        CanarySpellings spellings = CanarySpellings.Of(mount, basePath, authority);

        Assert.Equal(mount + Canary.Path, spellings.Asked[0].Target);
        Assert.True(spellings.Asked[0].IsPlain);
        Assert.Equal(spellings.Asked.Count, spellings.Asked.Select(one => one.Target).Distinct().Count());
        string[] known = [.. spellings.Asked.Select(one => one.Disguise), .. spellings.UndecidedDisguises];
        // The canary has no k and no s that could look like another; with a slash at its end it is asked for as one that is repeated.
        Assert.Equal(
            ["look-alike k and s", "a slash at the end"],
            PathDisguises.All(basePath, authority).Select(one => one.Name).Except(known)
        );
        Assert.True(spellings.Asked.Count is > 60 and < 120, $"{spellings.Asked.Count}");
        Assert.True(spellings.Undecided > 10, $"{spellings.Undecided}");
    }

    /// <summary>The real guard refuses each of them as the canary; what isn't a target it can't be asked about.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("", "/api")]
    [InlineData("/api", "/api")]
    public void Every_spelling_is_the_canary_to_the_guard(string mount, string basePath)
    {
        RouteMatcher matcher = new([Canary.Rule], basePath);
        ulong[] matched = new ulong[1];
        foreach (Spelling spelling in CanarySpellings.Of(mount, basePath, Authority).Asked)
        {
            Assert.True(matcher.TryMatch(spelling.Target, GuardMethods.Get, matched), spelling.Shown);
            Assert.Equal(1ul, matched[0]);
        }
    }

    [Fact]
    public void Spelling_stays_below_the_mount_path_where_a_front_door_reads_it_plainly()
    {
        // Of those that begin with the mount path as it is, none climbs out of it.
        Spelling[] below =
        [
            .. CanarySpellings.Of("/llm", "", Authority).Asked.Where(one => one.Target.StartsWith("/llm/", StringComparison.Ordinal)),
        ];

        Assert.True(below.Length > 30, $"{below.Length}");
        Assert.All(below, one => Assert.StartsWith("/llm/", LenientServers.ResolveDots(one.Target), StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Same_spellings_are_asked_each_time() =>
        Assert.Equal(CanarySpellings.Of("", "/api", Authority).Asked, CanarySpellings.Of("", "/api", Authority).Asked);

    [Fact]
    public void Neighbour_is_no_canary()
    {
        ulong[] matched = new ulong[1];
        Assert.True(new RouteMatcher([Canary.Rule], "").TryMatch(CanarySpellings.Neighbour, GuardMethods.Get, matched));
        Assert.Equal(0ul, matched[0]);
    }

    [Theory]
    [InlineData("/.hx%2fcanary", "/.hx%2fcanary")]
    [InlineData("/.hx\uFF0Fcanary ", "/.hx\\uff0fcanary\\u0020")]
    [InlineData("/.hx\u001b[31m", "/.hx\\u001b[31m")]
    public void Spelling_is_shown_in_printable_characters(string target, string shown) =>
        Assert.Equal(shown, new Spelling("x", "", target).Shown);
}
