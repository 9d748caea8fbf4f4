using System.Text;
using HxFunctions.Cli.Routes;
using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routes;

public class RouteAuditTests
{
    private static readonly string[] Both = ["postgres", "redis"];

    [Theory]
    [InlineData("1.74.4")]
    [InlineData("1.81.9")]
    [InlineData("1.82")]
    public void Default_rules_fit_each_version_of_the_list(string version)
    {
        RouteAuditResult result = Audit("default", new LiteLlmOpenApi(version));

        Assert.True(result.IsClean, Findings(result));
        Assert.Equal(version, result.Version);
        Assert.Equal((result.Operations.Count, 0, 0), (result.KnownCount, result.Possible.Count, result.Unreadable));
        Assert.True(result.GuardedCount > 100 && result.Operations.Count > 2 * result.GuardedCount - 100, Findings(result));
    }

    [Fact]
    public void Route_of_a_later_version_is_found_unless_a_prefix_covers_it()
    {
        LiteLlmOpenApi later = new LiteLlmOpenApi()
            .With("POST", "/team/brand_new", "team management")
            .With("POST", "/brand_new/{thing-id}", "team management")
            .With("GET", "/brand_new/reads", "mcp");

        RouteAuditResult result = Audit("default", later);

        AuditedOperation found = Assert.Single(result.Unguarded);
        Assert.Equal(
            ("/brand_new/{thing-id}", AdminSureness.Likely, "/brand_new/{thing_id} POST=postgres,redis"),
            (found.Route, found.Judgement.Sureness, found.Entry)
        );
        Assert.Equal("/brand_new/reads", Assert.Single(result.Possible).Route);
        Assert.Equal(result.Operations.Count - 3, result.KnownCount);
        // What it says to add is what it takes.
        Assert.True(Audit($"default; {found.Entry}", later).IsClean);
    }

    [Fact]
    public void Without_the_default_rules_all_that_is_known_is_found()
    {
        RouteAuditResult result = Audit("/v1/rag=qdrant", new LiteLlmOpenApi());

        Assert.All(result.Unguarded, operation => Assert.Equal(AdminSureness.Known, operation.Judgement.Sureness));
        Assert.Equal(Audit("default", new LiteLlmOpenApi()).GuardedCount, result.Unguarded.Count);
        Assert.Equal((0, false), (result.DefaultRules, result.IsForeign));
    }

    /// <summary>A rule that needs only Qdrant or Redis lets an admin route pass while the database is down.</summary>
    [Theory]
    [InlineData("/team/new=qdrant", true)]
    [InlineData("/team/new=postgres", false)]
    [InlineData("/team/new=redis", true)]
    [InlineData("/team/new GET=postgres", true)]
    [InlineData("/team/{x} POST=postgres", false)]
    public void Rule_guards_with_what_the_route_needs(string rule, bool found) =>
        Assert.Equal(found, Audit(rule, new LiteLlmOpenApi()).Unguarded.Any(operation => operation.Route == "/team/new"));

    [Fact]
    public void What_needs_only_a_dependency_that_the_gateway_lacks_is_no_finding()
    {
        RouteAuditResult without = Audit("default=postgres", new LiteLlmOpenApi(), watched: ["postgres"]),
            unknown = Audit("default=postgres", new LiteLlmOpenApi(), watched: []);

        Assert.True(without.IsClean, Findings(without));
        Assert.Contains(unknown.Unguarded, operation => operation.Route == "/cache/flushall");
    }

    [Theory]
    // Something of the document is below it, or it is below a parameter of the document.
    [InlineData("/team=postgres", false, false)]
    [InlineData("/TEAM/new=postgres", false, false)]
    [InlineData("/key/sk-one/regenerate=postgres", false, false)]
    [InlineData("/anthropic/v1/messages=redis", false, false)]
    [InlineData("-/key/info GET", false, false)]
    [InlineData("-/credentials/by_name/mine", false, false)]
    [InlineData("/openai/v1/batches GET=redis", false, false)]
    [InlineData("/{provider}/v1/batches GET=redis", false, false)]
    // Of a later version, or of one that is hidden: the list has it.
    [InlineData("/v3/login POST=postgres", false, true)]
    [InlineData("/nothing=postgres", true, false)]
    [InlineData("/teams=postgres", true, false)]
    [InlineData("/team/new TRACE=postgres", true, false)]
    [InlineData("/nothing/{x:path}/here=postgres", true, false)]
    [InlineData("-/nothing", true, false)]
    [InlineData("-/key/info TRACE", true, false)]
    public void Entry_that_matches_nothing_is_found(string entry, bool unmatched, bool hidden)
    {
        RouteAuditResult result = Audit($"default; {entry}", new LiteLlmOpenApi());

        Assert.Equal(unmatched ? [entry] : [], result.Unmatched);
        Assert.Equal(hidden ? [entry] : [], result.Hidden);
    }

    [Theory]
    [InlineData("/v1=postgres", "/v1/chat/completions", "-/v1/chat/completions POST")]
    [InlineData("/v1=postgres,qdrant", "/v1/chat/completions", null)]
    [InlineData("/v1=qdrant", "/v1/chat/completions", null)]
    [InlineData("/v1/chat/completions=redis", "/v1/chat/completions", null)]
    [InlineData("/engines/{m:path}/completions=redis", "/engines/{model}/completions", null)]
    [InlineData("/credentials=postgres", "/credentials", null)]
    [InlineData("/=redis", "/engines/{model}/completions", "-/engines/{model:path}/completions POST")]
    // It needs no database today; the list keeps it closed.
    [InlineData("/end_user=postgres", "/end_user/unblock", null)]
    public void Guarded_route_that_needs_nothing_is_found_unless_it_is_meant(string rule, string route, string? exemption)
    {
        RouteAuditResult result = Audit($"default; {rule}", new LiteLlmOpenApi());

        Assert.Equal(exemption, result.Needless.FirstOrDefault(operation => operation.Route == route)?.Entry);
        if (exemption is not null)
        {
            Assert.DoesNotContain(
                Audit($"default; {rule}; {exemption}", new LiteLlmOpenApi()).Needless,
                operation => operation.Route == route
            );
        }
    }

    [Fact]
    public void Exemption_by_hand_is_shown_and_no_finding()
    {
        RouteAuditResult result = Audit("default; -/key/info GET", new LiteLlmOpenApi());

        Assert.True(result.IsClean, Findings(result));
        Assert.Equal("/key/info", Assert.Single(result.Exempted).Route);
    }

    [Theory]
    [InlineData(null, false, "/api/llm", null)]
    // A gateway in front may put another one in its place, or before it: the document doesn't know.
    [InlineData("/other", true, null, "/api/llm")]
    [InlineData("/api/llm", true, null, null)]
    [InlineData("/API/llm", true, null, null)]
    [InlineData("/other,/api/llm", true, null, null)]
    public void Base_path_of_the_document_or_of_a_gateway_in_front_must_be_the_guards(
        string? basePath,
        bool isClean,
        string? foreign,
        string? other
    )
    {
        RouteAuditResult result = Audit("default", new LiteLlmOpenApi().Below("/api/llm"), basePath);

        Assert.Equal((isClean, foreign, other), (result.IsClean, result.ForeignBasePath, result.OtherBasePath));
        Assert.Equal(result.Operations.Count, result.KnownCount);
    }

    /// <summary>A rule that leaves the database out lets an admin route pass while it is down.</summary>
    [Theory]
    [InlineData("default=redis", false)]
    [InlineData("default; /key=redis", true)]
    // What is about Redis itself needs that.
    [InlineData("default=postgres", false)]
    [InlineData("default=postgres; /cache=redis", true)]
    public void Rule_must_need_the_database_where_the_route_does(string routes, bool isClean)
    {
        RouteAuditResult result = Audit(routes, new LiteLlmOpenApi());

        Assert.True(isClean == (result.Unguarded.Count == 0), Findings(result));
    }

    /// <summary>LiteLLM writes it into a few paths itself, and a document may have it in all of them.</summary>
    [Fact]
    public void Path_may_begin_with_the_base_path()
    {
        const string Text = """
            {"openapi":"3.1.0","servers":[{"url":"/api"}],"paths":{"/api/team/new":{"post":{}},"/team/list":{"get":{}},"/apis":{"get":{}}}}
            """;
        Assert.True(OpenApiDocument.TryParse(Encoding.UTF8.GetBytes(Text), out OpenApiDocument? document, out _));

        RouteAuditResult result = Audit("default; /api/team/list=postgres; /team/new=postgres", document, "/api");

        Assert.Equal(["/team/new", "/team/list", "/apis"], result.Operations.Select(operation => operation.Route));
        Assert.Equal([true, true, false], result.Operations.Select(operation => operation.Rules.Count > 0));
        Assert.Empty(result.Unmatched);
    }

    [Fact]
    public void Document_that_has_nothing_for_the_default_rules_is_no_pass()
    {
        // What DOCS_FILTERED leaves of LiteLLM's.
        Assert.True(
            OpenApiDocument.TryParse(
                """{"openapi":"3.1.0","paths":{"/v1/chat/completions":{"post":{}},"/v1/models":{"get":{}}}}"""u8.ToArray(),
                out OpenApiDocument? document,
                out _
            )
        );

        Assert.Equal((true, false), (Audit("default", document).IsForeign, Audit("default", document).IsClean));
        Assert.True(Audit("/v1/models=qdrant", document).IsClean);
    }

    private static RouteAuditResult Audit(string routes, LiteLlmOpenApi document, string? basePath = null, string[]? watched = null) =>
        OpenApiDocument.TryParse(document.ToUtf8(), out OpenApiDocument? read, out string? problem)
            ? Audit(routes, read, basePath, watched)
            : throw new InvalidOperationException(problem);

    private static RouteAuditResult Audit(string routes, OpenApiDocument document, string? basePath = null, string[]? watched = null) =>
        GuardRules.TryParse(routes, out GuardRuleSet set, out IReadOnlyList<string> problems)
            ? new RouteAudit(set, basePath, watched ?? Both).Run(document)
            : throw new InvalidOperationException(string.Join(' ', problems));

    private static string Findings(RouteAuditResult result) =>
        string.Join(
            '\n',
            result
                .Unguarded.Select(o => $"unguarded {o.Operation.Method} {o.Route}")
                .Concat(result.Needless.Select(o => $"needless {o.Operation.Method} {o.Route}"))
                .Concat(result.Unmatched.Select(entry => $"unmatched {entry}"))
                .Append($"{result.GuardedCount} of {result.Operations.Count} guarded")
        );
}
