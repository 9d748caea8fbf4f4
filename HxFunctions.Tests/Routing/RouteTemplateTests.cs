using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routing;

/// <summary>Templates and exemptions, case by case.</summary>
public class RouteTemplateTests
{
    [Theory]
    [InlineData("/model/{id}/update", "/model/x/update")]
    [InlineData("/model/{id}/update", "/MODEL/x/Update")]
    [InlineData("/model/{id}/update", "/model/x/update?y")]
    [InlineData("/model/{id}/update", "/model/x/update/")]
    [InlineData("/model/{id}/update", "/model/%78/u%70date")]
    [InlineData("/model/{id}/update", "//model//x/./update")]
    [InlineData("/model/{id}/update", "/a/../model/x/update")]
    [InlineData("/model/{id}/update", "/model/../update")]
    [InlineData("/model/{id}/update", "/model/%2e%2e/update")]
    [InlineData("/model/{id}/update", "/model/%20/update")]
    [InlineData("/model/{id}/update", "/model/x/y/../update")]
    [InlineData("/model/{id}/update", "/model/x/update/y/..")]
    [InlineData("/model/{id}/update", "/model/a%2fb/update")]
    [InlineData("/model/{id}/update", "/model/%2f/update")]
    [InlineData("/model/{id}/update", "/model/%5C%5C/update")]
    [InlineData("/model/{id}/update", "/model/a%3fb/update")]
    [InlineData("/model/{id}/update", "/model/x;y/update;z")]
    [InlineData("/model/{id}/update", "/model/;y/update")]
    [InlineData("/model/{id}/update", "/model/x/update%3fy")]
    [InlineData("/model/{id}/update", "/model/x/update/%3fy")]
    [InlineData("/model/{id}/update", "/model/x/update/y/..%3fz")]
    [InlineData("/model/{id}/update", "/model/x/update/y/..%23z/w")]
    [InlineData("/model/{id}/update", "/model/x/update;y%3fz/w")]
    [InlineData("/model/{id}/update", "/model/x/update;y/w")]
    [InlineData("/model/{id}/update", "http://host/model/x/update")]
    [InlineData("/model/{id}/update", "/model\\x\\update")]
    [InlineData("/model/{id}/update", "/model/x/update.%20")]
    [InlineData("/model/{id}/update", "/model/x/%20update")]
    [InlineData("/team/{id:path}/callback", "/team/a/callback")]
    [InlineData("/team/{id:path}/callback", "/team/a/b/c/callback")]
    [InlineData("/team/{id:path}/callback", "/team//callback")]
    [InlineData("/team/{id:path}/callback", "/team/callback/callback")]
    [InlineData("/files/{id:path}", "/files/a/b")]
    [InlineData("/files/{id:path}", "/files/")]
    [InlineData("/files/{id:path}", "/files/%2f")]
    [InlineData("/models/{m:path}:count", "/models/a/b:count")]
    [InlineData("/models/{m:path}:count", "/models/a:COUNT?x")]
    [InlineData("/models/{m:path}:count", "/models/a%3acount")]
    [InlineData("/models/{m:path}:count", "/models/:count")]
    [InlineData("/models/{m}:count", "/models/a:count")]
    [InlineData("/models/{m}:count", "/models/a%2fb:count")]
    [InlineData("/models/{m}:count", "/models/a;b:count")]
    [InlineData("/models/{m}:count", "/models/a;b:count%3fx")]
    [InlineData("/models/{m}:count", "/models/a%23b:count%3fx")]
    [InlineData("/models/{m}:count", "/models/a%3fb:count;x")]
    [InlineData("/models/{m}:count", "/models/a%3fb:count.;x%3f")]
    [InlineData("/models/{m}end", "/models/aEND")]
    [InlineData("/models/{m}END", "/models/a%2fend")]
    [InlineData("/a/{x}/{y}/b", "/a/%2f/%2f/b")]
    [InlineData("/audit/{id}", "/audit/%2f")]
    [InlineData("/org/{id}/*", "/org/a")]
    [InlineData("/org/{id}/*", "/org/a/b/c")]
    [InlineData("/{any}/info", "/x/info")]
    public void Path_is_a_templates(string template, string path) => Assert.True(IsMatched(template, path));

    [Theory]
    [InlineData("/model/{id}/update", "/model/update")]
    [InlineData("/model/{id}/update", "/model/x/y/update")]
    [InlineData("/model/{id}/update", "/model/x/update/y")]
    [InlineData("/model/{id}/update", "/model//update")]
    [InlineData("/model/{id}/update", "/model/x/updated")]
    [InlineData("/model/{id}/update", "/a/model/x/update")]
    [InlineData("/team/{id:path}/callback", "/team/callback")]
    [InlineData("/team/{id:path}/callback", "/team/a/callback/b")]
    [InlineData("/files/{id:path}", "/files")]
    [InlineData("/models/{m}:count", "/models/a:counts")]
    [InlineData("/models/{m}:count", "/models/a/b:count")]
    [InlineData("/models/{m}:count", "/models/a:count/b")]
    [InlineData("/org/{id}/*", "/org")]
    public void Path_is_none_of_a_templates(string template, string path) => Assert.False(IsMatched(template, path));

    [Theory]
    [InlineData("/key/health", "POST", true)]
    [InlineData("/key/health?x=/key/new", "POST", true)]
    [InlineData("/key/health", "GET", false)]
    [InlineData("/key/health", "", false)]
    [InlineData("/KEY/health", "POST", false)]
    [InlineData("/key/health/", "POST", false)]
    [InlineData("/key/health/x", "POST", false)]
    [InlineData("/key/healt%68", "POST", false)]
    [InlineData("/key/./health", "POST", false)]
    [InlineData("//key/health", "POST", false)]
    [InlineData("/key/health;x", "POST", false)]
    [InlineData("/key/new/../health", "POST", false)]
    [InlineData("/key/health#x", "POST", false)]
    [InlineData("/key/health%00", "POST", false)]
    [InlineData("/by/x/y", "GET", true)]
    [InlineData("/by/x/y", "HEAD", true)]
    [InlineData("/by/x%2fy", "GET", false)]
    [InlineData("/by/", "GET", false)]
    [InlineData("/by/x/..", "GET", false)]
    [InlineData("/all", "BREW", true)]
    public void Exemption_holds_only_for_the_very_route(string path, string method, bool isOpen)
    {
        RouteMatcher matcher = Matcher("/key=x; /by=x; /all=x; -/key/health POST; -/by/{x:path} GET; -/all");
        ulong[] matched = new ulong[1];
        matcher.TryMatch(path, GuardMethod.Parse(method), matched);
        Assert.Equal(isOpen, matched[0] == 0);
    }

    /// <summary>Behind the base path it is the route, too, unless a rule is meant by the path as a whole.</summary>
    [Theory]
    [InlineData("/key=x; -/key/health", "/key/health", true)]
    [InlineData("/key=x; -/key/health", "/api/key/health", true)]
    [InlineData("/key=x; -/key/health", "/API/key/health", true)]
    [InlineData("/key=x; -/key/health", "/api/api/key/health", true)]
    [InlineData("/health=x; -/{any}/health", "/a/health", true)]
    [InlineData("/health=x; -/{any}/health", "/api/health", false)]
    [InlineData("/health=x; -/{any}/health", "/api/api/health", false)]
    [InlineData("/health=x; -/{any}/health", "/api/Api/health", false)]
    [InlineData("/key=x; /api=y; -/key/health", "/key/health", true)]
    [InlineData("/key=x; /api=y; -/key/health", "/api/key/health", false)]
    public void Exemption_holds_behind_the_base_path(string routes, string path, bool isOpen)
    {
        ulong[] matched = new ulong[1];
        Matcher(routes, "/api").TryMatch(path, GuardMethods.Post, matched);
        Assert.Equal(isOpen, matched[0] == 0);
    }

    /// <summary>API Management's suffix in front of LiteLLM's own root path, or several of the latter: any one, or any two.</summary>
    [Theory]
    [InlineData("/key/new", false)]
    [InlineData("/llm/key/new", false)]
    [InlineData("/lite/llm/key/new", false)]
    [InlineData("/llm/lite/llm/key/new", false)]
    [InlineData("/lite/llm/llm/key/new", false)]
    [InlineData("/llm/llm/key/new", false)]
    [InlineData("/LLM/lite/%6clm/key/new", false)]
    [InlineData("/llm/llm/llm/key/new", true)]
    [InlineData("/lite/key/new", true)]
    [InlineData("/llm/lite/key/new", true)]
    [InlineData("/llm/chat", true)]
    [InlineData("/key/health", true)]
    [InlineData("/llm/lite/llm/key/health", true)]
    [InlineData("/llm/llm/llm/key/health", true)]
    public void Path_is_matched_behind_several_base_paths(string path, bool isOpen)
    {
        ulong[] matched = new ulong[1];
        Matcher("/key=x; -/key/health", "/llm,/lite/llm").TryMatch(path, GuardMethods.Post, matched);
        Assert.Equal(isOpen, matched[0] == 0);
    }

    /// <summary>What an operator writes counts, whatever the list says.</summary>
    [Theory]
    [InlineData("default", true)]
    [InlineData("default; /key/health=redis", false)]
    [InlineData("default; /key=redis", false)]
    [InlineData("default; /key=redis; -/key/health", true)]
    [InlineData("/key=redis", false)]
    public void Exemptions_of_the_list_lift_default_rules_alone(string routes, bool isOpen)
    {
        RouteMatcher matcher = Matcher(routes);
        ulong[] matched = new ulong[matcher.WordCount];
        matcher.TryMatch("/key/health", GuardMethods.Post, matched);
        Assert.Equal(isOpen, matched.All(word => word == 0));
    }

    private static bool IsMatched(string template, string path)
    {
        RouteMatcher matcher = Matcher(template + "=x");
        ulong[] matched = new ulong[1];
        Assert.True(matcher.TryMatch(path, matched));
        return matched[0] == 1;
    }

    private static RouteMatcher Matcher(string routes, string? basePath = null)
    {
        Assert.True(GuardRules.TryParse(routes, out GuardRuleSet set, out IReadOnlyList<string> problems), string.Join('\n', problems));
        return new(set.Rules, basePath, set.Exemptions);
    }
}
