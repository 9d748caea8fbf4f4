using HxFunctions.Core.Routing;
using HxFunctions.Tests.Guarding;

namespace HxFunctions.Tests.Routing;

/// <summary>The default rules against every route of two LiteLLM versions.</summary>
public class LiteLlmVersionTests
{
    public static TheoryData<string> Versions => [.. LiteLlmTable.Versions];

    [Theory]
    [MemberData(nameof(Versions))]
    public void Every_route_has_exactly_one_row(string version)
    {
        Assert.All(
            LiteLlmTable.Of(version),
            line =>
            {
                LiteLlmRoute row = Assert.Single(RowsOf(line));
                Assert.True(IsIn(row, version), $"{line}: since {row.Since}, until {row.Until}");
            }
        );
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Every_row_of_the_version_is_a_route(string version)
    {
        HashSet<(GuardMethods, string)> routes =
        [
            .. LiteLlmTable.Of(version).Select(line => (GuardMethod.Parse(line.Method), LiteLlmTable.ShapeOf(line.Path))),
        ];
        Assert.All(
            LiteLlmRoutes.All.Where(row => IsIn(row, version)),
            row => Assert.All(MethodsOf(row), method => Assert.Contains((method, LiteLlmTable.ShapeOf(row.Template)), routes))
        );
    }

    /// <summary>Starlette takes the first route that fits; LiteLLM declares literals before parameters.</summary>
    [Theory]
    [MemberData(nameof(Versions))]
    public void Row_of_a_path_is_the_most_literal_that_fits(string version)
    {
        Assert.All(
            LiteLlmTable.Of(version),
            line =>
            {
                string path = LiteLlmTable.SampleOf(line.Path).TrimEnd('/');
                path = path.Length == 0 ? "/" : path;
                LiteLlmRoute best = LiteLlmRoutes
                    .All.Where(row => row.Methods.HasFlag(GuardMethod.Parse(line.Method)))
                    .Where(row => IsIn(row, version) && LiteLlmTable.PatternOf(row.Template).IsExactly(path))
                    .MinBy(row => Rank(row.Template), StringComparer.Ordinal)!;
                Assert.Equal(Assert.Single(RowsOf(line)).Decision, best.Decision);
            }
        );
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Guard_gives_the_tables_verdicts(string version)
    {
        List<string> wrong = [];
        foreach ((string states, Func<LiteLlmLine, bool> isClosed) in StatesAndVerdicts)
        {
            GuardBench bench = new GuardBench("default").Know(states);
            foreach (LiteLlmLine line in LiteLlmTable.Of(version))
            {
                if ((await bench.DecideAsync(LiteLlmTable.SampleOf(line.Path), line.Method)).Closed != isClosed(line))
                {
                    wrong.Add($"{states} {line}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Route_that_writes_is_closed_without_the_database(string version) =>
        Assert.All(LiteLlmTable.Of(version).Where(line => line.Database == "write"), line => Assert.True(line.Down, $"{line}"));

    [Theory]
    [MemberData(nameof(Versions))]
    public void Route_that_needs_nothing_is_closed_only_with_a_reason(string version) =>
        Assert.All(
            LiteLlmTable.Of(version).Where(line => line is { Database: "no" or "optional", Redis: "no", Down: true }),
            line => Assert.StartsWith("closed ", line.Note)
        );

    [Theory]
    [MemberData(nameof(Versions))]
    public void Route_that_reads_is_open_without_the_database_only_with_a_reason(string version) =>
        Assert.All(LiteLlmTable.Of(version).Where(line => line is { Database: "read", Down: false }), line => Assert.NotEmpty(line.Note));

    [Theory]
    [MemberData(nameof(Versions))]
    public void Everything_is_open_while_everything_is_up(string version) =>
        Assert.All(LiteLlmTable.Of(version), line => Assert.False(line.Up, $"{line}"));

    [Theory]
    [MemberData(nameof(Versions))]
    public void Read_only_server_closes_of_GET_what_is_marked_and_nothing_else(string version) =>
        Assert.All(
            LiteLlmTable.Of(version).Where(line => line.Method == "GET"),
            line => Assert.Equal(Assert.Single(RowsOf(line)).Writing == GuardMethods.Get, line.ReadOnly)
        );

    [Theory]
    [InlineData("POST", "/chat/completions")]
    [InlineData("POST", "/v1/chat/completions")]
    [InlineData("POST", "/openai/deployments/my-model/chat/completions")]
    [InlineData("POST", "/v1/embeddings")]
    [InlineData("POST", "/v1/messages")]
    [InlineData("POST", "/v1/responses")]
    [InlineData("GET", "/v1/responses/r1")]
    [InlineData("POST", "/v1beta/models/gemini-2.5-pro:generateContent")]
    [InlineData("POST", "/v1/files")]
    [InlineData("POST", "/v1/batches")]
    [InlineData("GET", "/v1/models")]
    [InlineData("GET", "/v1/realtime")]
    [InlineData("GET", "/health")]
    [InlineData("GET", "/health/liveliness")]
    [InlineData("OPTIONS", "/health/liveness")]
    [InlineData("GET", "/health/readiness")]
    [InlineData("GET", "/health/services")]
    [InlineData("GET", "/health/history")]
    [InlineData("GET", "/health/anything")]
    [InlineData("POST", "/mcp")]
    [InlineData("POST", "/mcp/tools/call")]
    [InlineData("GET", "/sse")]
    [InlineData("POST", "/github/mcp")]
    [InlineData("POST", "/mcp-rest/tools/call")]
    [InlineData("GET", "/.well-known/oauth-authorization-server")]
    [InlineData("POST", "/anthropic/v1/messages")]
    [InlineData("DELETE", "/vertex_ai/v1/projects/p")]
    [InlineData("PUT", "/azure/openai/key/generate")]
    [InlineData("POST", "/my-pass-through/key/generate")]
    [InlineData("GET", "/")]
    [InlineData("GET", "/ui")]
    [InlineData("GET", "/ui/login")]
    [InlineData("GET", "/_next/static/chunks/main.js")]
    [InlineData("GET", "/sso/key/generate")]
    [InlineData("GET", "/get/ui_theme_settings")]
    [InlineData("GET", "/metrics")]
    [InlineData("GET", "/openapi.json")]
    public async Task What_outlives_the_database_is_open_while_everything_is_down(string method, string path) =>
        Assert.False((await new GuardBench("default").Know("fff").DecideAsync(path, method)).Closed);

    /// <summary>The examples of docs/litellm-routes.md, and of docs/guard.md for OPTIONS. w: read-only, f: down, p: up.</summary>
    [Theory]
    [InlineData("default", "fff", "GET", "/v2/model/info", true)]
    [InlineData("default; -/v2/model/info GET", "fff", "GET", "/v2/model/info", false)]
    [InlineData("default", "fff", "GET", "/get/ui_settings", false)]
    [InlineData("default; /get/ui_settings GET=postgres", "fff", "GET", "/get/ui_settings", true)]
    [InlineData("default", "wpp", "GET", "/sso/key/generate", false)]
    [InlineData("default; /sso/key/generate GET!=postgres", "wpp", "GET", "/sso/key/generate", true)]
    [InlineData("default; /sso/key/generate GET!=postgres", "pfp", "GET", "/sso/key/generate", false)]
    [InlineData("default", "fpp", "GET", "/v1/agents", true)]
    [InlineData("default", "pfp", "GET", "/v1/agents", false)]
    [InlineData("default; -/v1/agents GET", "fpp", "GET", "/v1/agents", false)]
    // It changes nothing in LiteLLM, so an outage of Redis must not keep anybody from it.
    [InlineData("default", "fpp", "POST", "/v1/agents/a/kill_switch", true)]
    [InlineData("default", "pfp", "POST", "/v1/agents/a/kill_switch", false)]
    [InlineData("default", "fpp", "OPTIONS", "/key/generate", true)]
    [InlineData("default; -/key/generate OPTIONS", "fpp", "OPTIONS", "/key/generate", false)]
    [InlineData("default; -/key/generate OPTIONS", "fpp", "POST", "/key/generate", true)]
    [InlineData("default", "fpp", "OPTIONS", "/model/m/update", false)]
    public async Task Operator_may_decide_otherwise(string routes, string states, string method, string path, bool isClosed) =>
        Assert.Equal(isClosed, (await new GuardBench(routes).Know(states).DecideAsync(path, method)).Closed);

    private static (string States, Func<LiteLlmLine, bool> IsClosed)[] StatesAndVerdicts =>
        [("ppp", line => line.Up), ("fff", line => line.Down), ("wpp", line => line.ReadOnly)];

    private static IEnumerable<LiteLlmRoute> RowsOf(LiteLlmLine line)
    {
        GuardMethods method = GuardMethod.Parse(line.Method);
        string shape = LiteLlmTable.ShapeOf(line.Path);
        return LiteLlmRoutes.All.Where(row => row.Methods.HasFlag(method) && LiteLlmTable.ShapeOf(row.Template) == shape);
    }

    private static IEnumerable<GuardMethods> MethodsOf(LiteLlmRoute row) =>
        Enum.GetValues<GuardMethods>()
            .Where(method => method is not (GuardMethods.None or GuardMethods.All) && row.Methods.HasFlag(method));

    private static bool IsIn(LiteLlmRoute row, string version) =>
        Version.Parse(row.Since) <= Version.Parse(version) && (row.Until.Length == 0 || Version.Parse(row.Until) >= Version.Parse(version));

    /// <summary>Per segment: a literal first, then <c>{name}</c>, then <c>{name:path}</c>.</summary>
    private static string Rank(string template) =>
        string.Concat(LiteLlmTable.PatternOf(template).Segments.Select(segment => (char)('0' + (int)segment.Kind)));
}
