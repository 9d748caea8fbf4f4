using System.Globalization;
using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routing;

public class RouteMatcherTests
{
    private static readonly RouteMatcher Defaults = new(DefaultRules.Prefixes, null);

    [Fact]
    public void Path_below_a_default_prefix_is_matched()
    {
        for (int i = 0; i < DefaultRules.Prefixes.Count; i++)
        {
            string prefix = DefaultRules.Prefixes[i].Route;
            foreach (string path in new[] { prefix, prefix + "/", prefix + "/a/b", prefix + "?c=d", prefix.ToUpperInvariant() })
            {
                Assert.Contains(prefix, MatchedPrefixes(Defaults, path));
            }
        }
    }

    [Fact]
    public void All_rules_that_match_are_marked_and_no_other()
    {
        GuardRule[] rules = [.. Rules("/", "/a", "/a/b", "/a", "/a/b/c", "/b", "/a/c")];
        RouteMatcher matcher = new(rules, null);
        ulong[] matched = [ulong.MaxValue];

        Assert.True(matcher.TryMatch("/A/b/x", matched));
        Assert.Equal(0b0001111UL, matched[0]);
        Assert.True(matcher.TryMatch("/A/%62/x", matched));
        Assert.Equal(0b0001111UL, matched[0]);
        Assert.True(matcher.TryMatch("", matched));
        Assert.Equal(0b0000001UL, matched[0]);
    }

    [Theory]
    [InlineData(1, 1, 0x1UL)]
    [InlineData(63, 1, 0x7FFF_FFFF_FFFF_FFFFUL)]
    [InlineData(64, 1, ulong.MaxValue)]
    [InlineData(65, 2, 0x1UL)]
    [InlineData(130, 3, 0x3UL)]
    public void Undecidable_path_sets_the_bits_of_all_rules(int rules, int words, ulong lastWord)
    {
        RouteMatcher matcher = new([.. Rules([.. Enumerable.Range(0, rules).Select(i => $"/r{i}")])], null);
        ulong[] matched = new ulong[words + 1];

        Assert.Equal(words, matcher.WordCount);
        Assert.False(matcher.TryMatch("/%", matched));
        Assert.All(matched[..(words - 1)], word => Assert.Equal(ulong.MaxValue, word));
        Assert.Equal(lastWord, matched[words - 1]);
        Assert.Equal(0UL, matched[words]);
    }

    [Fact]
    public void Segment_that_many_rules_share_leads_to_the_right_one()
    {
        RouteMatcher matcher = new([.. Rules([.. Enumerable.Range(0, 100).Select(i => $"/r{i}/list")])], null);
        ulong[] matched = new ulong[2];

        foreach (string path in new[] { "/r77/list", "/r77/%6cist", "/x/../r77/list", "/r77%2flist" })
        {
            Assert.True(matcher.TryMatch(path, matched));
            Assert.Equal([0, 1UL << (77 - 64)], matched);
        }

        // Nothing is between the root and what many rules end with.
        Assert.True(matcher.TryMatch("/%6cist/x/r77/list", matched));
        Assert.Equal([0, 0], matched);

        Assert.True(matcher.TryMatch("/r5/../r77/..%2flist/x", matched));
        Assert.Equal([1UL << 5, 1UL << (77 - 64)], matched);
    }

    [Fact]
    public void Matcher_without_rules_decides_all_the_same()
    {
        RouteMatcher matcher = new([], "/api");

        Assert.Equal(0, matcher.WordCount);
        Assert.True(matcher.TryMatch("/v1/keys", []));
        Assert.True(matcher.TryMatch("/v1/%2e%2e/keys", []));
        Assert.False(matcher.TryMatch("/%zz", []));
    }

    [Theory]
    [InlineData("/api/v1/key/generate", "/key")]
    [InlineData("/API/v1/key", "/key")]
    [InlineData("/key/generate", "/key")]
    [InlineData("/api%2fv1//key", "/key")]
    [InlineData("/x/../api/v1/./key", "/key")]
    [InlineData("/api/v1/v1/keys", "/v1/keys")]
    [InlineData("http://host/api/v1/key", "/key")]
    [InlineData("/api/v1", "")]
    [InlineData("/api/key", "")]
    [InlineData("/v1/key", "")]
    [InlineData("/api/v1/api/v1/key", "/key")]
    [InlineData("/key/../api/v1/key", "/key")]
    [InlineData("/api/v1/api/v1/api/v1/key", "")]
    [InlineData("/api/v1/chat/completions", "")]
    // Whoever cuts the base off may see an absolute form behind it.
    [InlineData("/api/v1//host/key", "/key")]
    [InlineData("/api/v1/http://host/key/generate", "/key")]
    [InlineData("/api/v1/api/v1//host/key", "/key")]
    [InlineData("/api//host/key", "")]
    [InlineData("/api/v1//host/chat/key", "")]
    public void Path_is_matched_with_and_without_the_base(string path, string prefix)
    {
        RouteMatcher matcher = new(DefaultRules.Prefixes, "/api/v1/");

        Assert.Equal(prefix.Length == 0 ? [] : [prefix], MatchedPrefixes(matcher, path));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    public void Empty_base_changes_nothing(string? basePath) =>
        Assert.Equal(["/key"], MatchedPrefixes(new RouteMatcher(DefaultRules.Prefixes, basePath), "/key/generate"));

    [Theory]
    [InlineData("/api/v1", "/api/v1", null)]
    [InlineData(" /api/V1/ ", "/api/V1", null)]
    [InlineData("/", "/", null)]
    [InlineData("/llm, /litellm/ ,/LLM", "/llm,/litellm", null)]
    [InlineData("/a,/b,/c,/d", "/a,/b,/c,/d", null)]
    [InlineData("/a,/b,/c,/d,/e", "", "has more than 4 paths")]
    [InlineData("/a,", "", "path 2 must start with '/'")]
    [InlineData("/a,b", "", "path 2 must start with '/'")]
    [InlineData("", "", "must start with '/'")]
    [InlineData("api", "", "must start with '/'")]
    [InlineData("//", "", "has an empty segment")]
    [InlineData("/a/..", "", "has a segment that ends with a dot")]
    [InlineData("/a*", "", "can't have '*': a prefix already covers everything below it")]
    [InlineData("/a b", "", "can only have letters, digits and '.', '_', '~', '-' between slashes")]
    public void Base_path_is_checked_like_a_prefix(string text, string normalised, string? problem)
    {
        Assert.Equal(problem is null, RouteMatcher.TryParseBasePath(text, out string actual, out string? actualProblem));
        Assert.Equal(normalised, actual);
        Assert.Equal(problem, actualProblem);
    }

    [Fact]
    public void Matcher_refuses_what_was_not_parsed()
    {
        ArgumentException rule = Assert.Throws<ArgumentException>(() => new RouteMatcher([.. Rules("/a", "/b//c")], null));
        Assert.StartsWith("The route of rule 2 has an empty segment.", rule.Message, StringComparison.Ordinal);
        ArgumentException basePath = Assert.Throws<ArgumentException>(() => new RouteMatcher([.. Rules("/a")], "api"));
        Assert.StartsWith("The base path must start with '/'.", basePath.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/models/gpt-4.1/chat/completions-0123456789?x=%zz")]
    [InlineData("/v1/keys/0123456789012345678901234567890")]
    [InlineData("/KEY")]
    [InlineData("/v1/x/..%2f\\uFF4Beys;a/%2525252e\\u2100//h")]
    [InlineData("/v1/%zz")]
    public async Task Matching_allocates_nothing(string path)
    {
        string unescaped = Unescape(path);
        ulong[] matched = new ulong[Defaults.WordCount];
        Assert.Equal(0, await Allocations.OfAsync(2000, () => Defaults.TryMatch(unescaped, matched)));
    }

    /// <summary>Table entries are ASCII: <c>\uXXXX</c> stands for the character itself.</summary>
    internal static string Unescape(string text)
    {
        for (int at = text.IndexOf("\\u", StringComparison.Ordinal); at >= 0; at = text.IndexOf("\\u", StringComparison.Ordinal))
        {
            char character = (char)int.Parse(text.AsSpan(at + 2, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            text = string.Concat(text.AsSpan(0, at), character.ToString(), text.AsSpan(at + 6));
        }

        return text;
    }

    internal static string[] MatchedPrefixes(RouteMatcher matcher, string path)
    {
        ulong[] matched = new ulong[matcher.WordCount];
        Assert.True(matcher.TryMatch(path, matched), "undecidable: " + path);
        return [.. DefaultRules.Prefixes.Where((_, i) => (matched[i / 64] >> (i % 64) & 1) != 0).Select(rule => rule.Route)];
    }

    private static IEnumerable<GuardRule> Rules(params string[] prefixes) =>
        prefixes.Select(prefix => new GuardRule(prefix, GuardMethods.All, ["x"]));
}
