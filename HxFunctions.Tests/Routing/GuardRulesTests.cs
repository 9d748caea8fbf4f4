using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routing;

public class GuardRulesTests
{
    [Theory]
    [InlineData("/v1/keys POST,DELETE=postgres,redis; /v1/teams=postgres", "/v1/keys POST,DELETE=postgres,redis|/v1/teams=postgres")]
    [InlineData("/a=x\n/b=y\r\n\r\n/c=z;", "/a=x|/b=y|/c=z")]
    [InlineData("  /a/\t delete , post  =  Postgres , REDIS ", "/a POST,DELETE=postgres,redis")]
    [InlineData("/a=x,x,X", "/a=x")]
    [InlineData("/a GET=x; /a POST=y; /a=z", "/a GET=x|/a POST=y|/a=z")]
    [InlineData("/a GET,POST,get=x", "/a GET,POST=x")]
    [InlineData("/ =x", "/=x")]
    [InlineData("/.well-known/A_b~c-1.json=0db", "/.well-known/A_b~c-1.json=0db")]
    public void Text_without_problems_gives_rules(string text, string expected)
    {
        bool parsed = GuardRules.TryParse(text, out GuardRuleSet set, out IReadOnlyList<string> problems);

        Assert.True(parsed);
        Assert.Empty(problems);
        Assert.Equal(expected.Split('|'), set.Rules.Select(rule => rule.ToString()));
    }

    [Theory]
    [InlineData("v1/keys=x", "the prefix must start with '/'")]
    [InlineData("=x", "the prefix must start with '/'")]
    [InlineData("= x", "the prefix must start with '/'")]
    [InlineData("/v1/*=x", "the prefix can't have '*': a prefix already covers everything below it")]
    [InlineData("/a//b=x", "the prefix has an empty segment")]
    [InlineData("//=x", "the prefix has an empty segment")]
    [InlineData("/a//=x", "the prefix has an empty segment")]
    [InlineData("/a/./b=x", "the prefix has a segment that ends with a dot")]
    [InlineData("/a/../b=x", "the prefix has a segment that ends with a dot")]
    [InlineData("/a./b=x", "the prefix has a segment that ends with a dot")]
    [InlineData("/a%2fb=x", "the prefix can only have letters")]
    [InlineData("/a/{id:int}=x", "the template has a parameter of a type other than 'path'")]
    [InlineData("/a/{i-d}=x", "the template has a parameter whose name isn't made of letters, digits and '_'")]
    [InlineData("/a/{}=x", "the template has a parameter whose name isn't")]
    [InlineData("/a/x{id}=x", "the template can have a parameter only as '{name}' or '{name:path}' at the start of a segment")]
    [InlineData("/a/{id=x", "the template can have a parameter only as")]
    [InlineData("/a/{id}{x}=x", "the template can only have letters")]
    [InlineData("/a/{id}:=x", "the template has a segment that ends with a colon")]
    [InlineData("/a/{id}.=x", "the template has a segment that ends with a dot")]
    [InlineData("/{a:path}/{b:path}=x", "the template has more than one '{…:path}'")]
    [InlineData("/{a}/*/b=x", "the template can have '*' only as '/*' at its end")]
    [InlineData("/{a}//b=x", "the template has an empty segment")]
    [InlineData("/a GET!,POST!=x", "method 2 has a '!', which only GET, HEAD and OPTIONS can have: the others are always writes")]
    [InlineData("-/a=x", "is an exemption ('-'), which can't have dependencies")]
    [InlineData("-a", "the route must start with '/'")]
    [InlineData("-/a/{x}/*", "an exemption is for one route, and can't end with '/*'")]
    [InlineData("-/a GET!", "an exemption can't have a '!'")]
    [InlineData("-", "the route must start with '/'")]
    [InlineData("default=qdrant", "the default rules need postgres and redis: name one of them, or both")]
    [InlineData("default=", "dependency 1 is not a valid name")]
    [InlineData("defaults=x", "the prefix must start with '/'")]
    [InlineData("default POST=x", "the prefix must start with '/'")]
    [InlineData("/caf\u00e9=x", "the prefix can only have letters")]
    [InlineData("/a\\b=x", "the prefix can only have letters")]
    [InlineData("/a?b=x", "the prefix can only have letters")]
    [InlineData("/a BREW=x", "method 1 is not one of GET, HEAD")]
    [InlineData("/a OTHER=x", "method 1 is not one of")]
    [InlineData("/a GET,,POST=x", "method 2 is not one of")]
    [InlineData("/a GET POST=x", "method 1 is not one of")]
    [InlineData("/a", "has no '=' followed by the dependencies")]
    [InlineData(
        "/a=x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x",
        "names more than 64 dependencies"
    )]
    [InlineData("/a=", "dependency 1 is not a valid name")]
    [InlineData("/a=x,,y", "dependency 2 is not a valid name")]
    [InlineData("/a=_x", "dependency 1 is not a valid name")]
    [InlineData("/a=-x", "dependency 1 is not a valid name")]
    [InlineData("/a=x=y", "dependency 1 is not a valid name")]
    [InlineData("/a=r\u00e9dis", "dependency 1 is not a valid name")]
    public void Entry_with_a_problem_is_named_by_number_beside_the_valid_ones(string entry, string problem)
    {
        string text = $"/first=x; {entry}; /last=y";

        bool parsed = GuardRules.TryParse(text, out GuardRuleSet set, out IReadOnlyList<string> problems);

        Assert.False(parsed);
        Assert.StartsWith("entry 2: " + problem, Assert.Single(problems), StringComparison.Ordinal);
        Assert.Equal(["/first=x", "/last=y"], set.Rules.Select(rule => rule.ToString()));
    }

    [Fact]
    public void Default_rules_can_be_taken_in_with_some_of_their_needs_and_exempted()
    {
        Assert.True(
            GuardRules.TryParse("/first=x; Default = postgres; -/key/health; - /a/{id} GET,POST ; /last=y", out GuardRuleSet set, out _)
        );

        Assert.Equal(("/first=x", "/last=y"), ($"{set.Rules[0]}", $"{set.Rules[^1]}"));
        Assert.Equal(
            DefaultRules.All.Rules.Where(rule => rule.Dependencies.Contains("postgres")).Select(rule => rule.Route),
            set.Rules.Skip(1).SkipLast(1).Select(rule => rule.Route)
        );
        Assert.All(set.Rules.Skip(1).SkipLast(1), rule => Assert.Equal(["postgres"], rule.Dependencies));
        Assert.Equal(DefaultRules.All.Exemptions, set.Exemptions.SkipLast(2));
        Assert.Equal(["-/key/health", "-/a/{id} GET,POST"], set.Exemptions.TakeLast(2).Select(exemption => $"{exemption}"));
    }

    [Fact]
    public void Default_rules_are_taken_in_once()
    {
        Assert.False(GuardRules.TryParse("default; default=redis", out GuardRuleSet set, out IReadOnlyList<string> problems));
        Assert.Equal(["entry 2: is 'default' a second time"], problems);
        Assert.Equal(DefaultRules.All.Rules, set.Rules);
    }

    [Fact]
    public void All_problems_of_all_entries_are_collected_without_repeating_the_value()
    {
        const string Text = "secret BREW,GET=-x,y!; /ok=z; nope; =";

        Assert.False(GuardRules.TryParse(Text, out GuardRuleSet set, out IReadOnlyList<string> problems));
        Assert.Equal(["/ok=z"], set.Rules.Select(rule => rule.ToString()));
        Assert.Equal(
            ["entry 1", "entry 1", "entry 1", "entry 1", "entry 3", "entry 3", "entry 4", "entry 4"],
            problems.Select(problem => problem[..7])
        );
        Assert.DoesNotContain(problems, problem => problem.Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ;\n; ")]
    public void Text_without_entries_is_a_problem(string text)
    {
        Assert.False(GuardRules.TryParse(text, out _, out IReadOnlyList<string> problems));
        Assert.Equal(["has no entries"], problems);
    }

    [Fact]
    public void Prefix_and_base_path_may_have_1024_characters()
    {
        string longest = "/" + new string('a', 1023);

        Assert.True(GuardRules.TryParse(longest + "=x", out _, out _));
        Assert.True(RouteMatcher.TryParseBasePath(longest + "/", out string basePath, out _));
        Assert.True(
            new RouteMatcher([new(longest, GuardMethods.All, ["x"])], basePath).TryMatch(longest + longest + longest, new ulong[1])
        );
        Assert.False(GuardRules.TryParse(longest + "a=x", out _, out IReadOnlyList<string> problems));
        Assert.Equal(["entry 1: the prefix is longer than 1024 characters"], problems);
        Assert.False(RouteMatcher.TryParseBasePath(longest + "a", out _, out string? problem));
        Assert.Equal("is longer than 1024 characters", problem);
    }

    [Fact]
    public void Length_and_number_of_entries_are_bounded()
    {
        string thousand = string.Concat(Enumerable.Repeat("/a=x;", GuardRules.MaxEntries));

        Assert.True(GuardRules.TryParse(thousand, out GuardRuleSet set, out _));
        Assert.Equal(GuardRules.MaxEntries, set.Rules.Count);

        Assert.False(GuardRules.TryParse(thousand + "/b=x", out set, out IReadOnlyList<string> problems));
        Assert.Equal(GuardRules.MaxEntries, set.Rules.Count);
        Assert.Equal(["has more than 1000 entries"], problems);

        Assert.True(GuardRules.TryParse("/a=x".PadRight(GuardRules.MaxLength), out _, out _));
        Assert.False(GuardRules.TryParse("/a=x".PadRight(GuardRules.MaxLength + 1), out set, out problems));
        Assert.Empty(set.Rules);
        Assert.Equal(["is longer than 65536 characters"], problems);
    }

    [Fact]
    public void Default_rules_are_the_contracts_list_and_need_both_stores()
    {
        string[] expected = (
            "/v1/keys /v1/api_keys /v1/teams /v1/users /v1/tenants /key /v2/key /user /v2/user /team /v2/team /organization /customer "
            + "/budget /invitation /credentials /config /spend /global /jwt /model/new /model/update /model/delete"
        ).Split(' ');

        Assert.Equal(expected.Select(prefix => prefix + "=postgres,redis"), DefaultRules.Prefixes.Select(rule => rule.ToString()));
    }
}
