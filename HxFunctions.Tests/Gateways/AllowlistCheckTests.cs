using System.Text.Json;
using HxFunctions.Cli.Gateways;
using HxFunctions.Core.Routing;
using HxFunctions.Tests.Bypass;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Tests.Gateways;

/// <summary>No rule may guard what a gateway lets pass unasked: the ready list against the default rules, and any list against what
/// <c>/guard/verdicts</c> says.</summary>
public class AllowlistCheckTests
{
    private static readonly IReadOnlyList<AllowlistEntry> Ready = GatewayAllowlist
        .Parse(File.ReadAllText(Path.Combine(Repository.Root, "infra", "gateways", "allowlist.txt")))
        .Entries;

    [Theory]
    [InlineData("")]
    [InlineData("/api")]
    public void Ready_list_has_nothing_that_a_default_rule_guards(string basePath)
    {
        AllowlistCheck check = new(DefaultRules.All, basePath);

        Assert.True(Ready.Count >= 20, $"{Ready.Count}");
        Assert.All(Ready, entry => Assert.Equal((entry, null), (entry, check.Look(entry).Rule)));
        // Nor with any other method, nor below the base path.
        Assert.All(
            Ready,
            entry =>
            {
                Assert.Empty(ListedRoutes.Rules(entry.Path));
                Assert.Empty(ListedRoutes.Rules(AdminRoutes.BasePath + entry.Path));
            }
        );
    }

    /// <summary>HEAD runs what GET runs: Starlette adds it to each route of GET.</summary>
    [Fact]
    public void Ready_list_has_only_routes_of_LiteLLMs_own_that_need_no_database() =>
        Assert.All(
            Ready,
            entry =>
                Assert.Contains(
                    LiteLlmRoutes.All,
                    row =>
                        row.Template == entry.Path
                        && row.Methods.Holds(entry.Is)
                        && row is { Decision: RouteDecision.Open, Database: DatabaseUse.None or DatabaseUse.Optional, NeedsRedis: false }
                        && row.Until.Length == 0
                        && Version.Parse(row.Since) <= new Version(1, 81, 9)
                )
        );

    [Fact]
    public async Task Rules_of_verdicts_guard_what_the_guard_itself_guards()
    {
        const string Routes =
            "default=redis; /v1/keys POST,DELETE=redis; /report/{id} GET!=redis; /org/{id}/*=redis; -/report/free; -/key/mine GET";
        await using HxInstance hx = await Surface.StartAsync(
            new StubCheck(),
            ("GUARD_ROUTES", Routes),
            ("REDIS_URL", "redis://127.0.0.1:1")
        );
        AllowlistCheck check = new(AllowlistCheck.ReadVerdicts((await hx.GetAsync("guard/verdicts")).Json), null);
        string[] paths =
        [
            "/v1/keys",
            "/v1/keys/a",
            "/v1/keysmith",
            "/report/1",
            "/report/free",
            "/report/1/more",
            "/org/1",
            "/org/1/a/b",
            "/org",
            "/key/mine",
            "/key/mine/more",
            "/key/health",
            "/end_user/new",
            "/end_user/new/more",
            "/v1/models",
            "/.hx/canary",
            "/cache/flushall",
        ];
        int guarded = 0;
        foreach (string path in paths)
        {
            foreach (string method in new[] { "GET", "HEAD", "POST", "DELETE", "OPTIONS" })
            {
                JsonElement answer = (await hx.GetAsync($"guard?path={path}&method={method}")).Json;

                string? rule = check.Look(new(1, method, path)).Rule;

                Assert.Equal((method, path, answer.GetProperty("rule").GetString() is null), (method, path, rule is null));
                guarded += rule is null ? 0 : 1;
            }
        }

        Assert.True(guarded is > 25 and < 60, $"{guarded}");
    }

    /// <summary>What can't be understood guards more rather than less.</summary>
    [Theory]
    [InlineData("""{"rule":"/a","methods":["POST"],"from":"configured"}""", "", "GET /a", false)]
    [InlineData("""{"rule":"/a","methods":["POST"],"from":"configured"}""", "", "POST /a/b", true)]
    [InlineData("""{"rule":"/a","methods":["FETCH"],"from":"configured"}""", "", "GET /a", true)]
    [InlineData("""{"rule":"/a","methods":[],"from":"configured"}""", "", "GET /a", true)]
    [InlineData("""{"rule":"/a","methods":null,"from":"of-a-later-version"}""", "", "GET /a/b", true)]
    [InlineData("""{"rule":"/a","methods":null}""", "", "GET /a/b", true)]
    [InlineData("""{"rule":"/a","methods":null,"from":"litellm"}""", "", "GET /a/b", false)]
    [InlineData("""{"rule":"/","methods":null,"from":"misconfigured"}""", "", "GET /v1/models", true)]
    [InlineData(
        """{"rule":"/a","methods":null,"from":"default"}""",
        """{"route":"/a/b","methods":null,"from":"litellm"}""",
        "GET /a/b",
        false
    )]
    [InlineData(
        """{"rule":"/a","methods":null,"from":"default"}""",
        """{"route":"/a/b","methods":["FETCH"],"from":"litellm"}""",
        "GET /a/b",
        true
    )]
    [InlineData("""{"rule":"/a","methods":null,"from":"default"}""", """{"route":"/a/b","from":"litellm"}""", "GET /a/b", true)]
    [InlineData(
        """{"rule":"/a","methods":null,"from":"default"}""",
        """{"route":"/a/b","methods":null,"from":"later"}""",
        "GET /a/b",
        true
    )]
    [InlineData(
        """{"rule":"/a","methods":null,"from":"configured"}""",
        """{"route":"/a/b","methods":null,"from":"litellm"}""",
        "GET /a/b",
        true
    )]
    public void Rule_is_rebuilt_from_its_JSON(string rule, string exempt, string entry, bool guarded)
    {
        AllowlistCheck check = new(
            AllowlistCheck.ReadVerdicts(JsonDocument.Parse($$"""{"rules":[{{rule}}],"exempt":[{{exempt}}]}""").RootElement),
            null
        );

        Assert.Equal(guarded, check.Look(new(1, entry.Split(' ')[0], entry.Split(' ')[1])).Rule is not null);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""[]""")]
    [InlineData("""{"rules":[]}""")]
    [InlineData("""{"rules":[{"methods":null}],"exempt":[]}""")]
    [InlineData("""{"rules":[{"rule":"a b"}],"exempt":[]}""")]
    public void Other_JSON_is_no_answer(string json) =>
        Assert.Throws<FormatException>(() => AllowlistCheck.ReadVerdicts(JsonDocument.Parse(json).RootElement));
}
