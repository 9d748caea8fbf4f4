using HxFunctions.Cli.Routes;
using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routes;

public class RouteKnowledgeTests
{
    private static readonly RouteKnowledge Knowledge = new(LiteLlmRoutes.All);

    [Theory]
    [InlineData("POST", "/team/new", "", "Known")]
    [InlineData("GET", "/guardrails/list", "team management", "No")]
    [InlineData("GET", "/guardrails/{guardrail_id}", "", "Known")]
    [InlineData("POST", "/guardrails/register", "", "Known")]
    [InlineData("POST", "/chat/completions", "team management", "No")]
    [InlineData("POST", "/brand_new/thing", "team management", "Likely")]
    [InlineData("GET", "/brand_new/thing", "Team Management", "Likely")]
    [InlineData("POST", "/brand_new/thing", "something else|memory management", "Likely")]
    [InlineData("POST", "/brand_new/thing", "Guardrails", "Likely")]
    [InlineData("GET", "/brand_new/thing", "Guardrails", "Possible")]
    [InlineData("POST", "/a2a/{id}/brand/new", "[beta] A2A Agents", "Possible")]
    [InlineData("GET", "/brand_new/live", "WebSocket|team management", "No")]
    [InlineData("POST", "/team/brand_new", "", "Possible")]
    [InlineData("POST", "/v2/team/brand_new", "", "Possible")]
    [InlineData("POST", "/v1/brand_new", "", "No")]
    [InlineData("POST", "/brand_new/thing", "chat/completions", "No")]
    // The name of a router that isn't loaded is its routes' only tag.
    [InlineData("POST", "/brand_new/thing", "mcp_management", "Likely")]
    [InlineData("GET", "/brand_new/thing", "mcp_management", "Possible")]
    [InlineData("GET", "/brand_new/thing", "policy_engine", "Likely")]
    [InlineData("GET", "/brand_new/thing", "agents", "Likely")]
    [InlineData("POST", "/brand_new/thing", "a2a", "No")]
    [InlineData("POST", "/policy/brand_new", "policies", "No")]
    [InlineData("POST", "/policy/brand_new", "Policies", "Likely")]
    public void Operation_is_judged_by_list_then_tags_then_path(string method, string path, string tags, string sureness) =>
        Assert.Equal(
            sureness,
            Knowledge
                .Judge(new(path, GuardMethod.Parse(method), tags.Split('|', StringSplitOptions.RemoveEmptyEntries)), path)
                .Sureness.ToString()
        );

    [Fact]
    public void Public_operation_is_no_admin_route_unless_the_list_says_so()
    {
        Assert.Equal(AdminSureness.No, Knowledge.Judge(new("/x", GuardMethods.Post, ["team management"], IsPublic: true), "/x").Sureness);
        Assert.Equal(AdminSureness.Known, Knowledge.Judge(new("/login", GuardMethods.Post, [], IsPublic: true), "/login").Sureness);
    }

    [Fact]
    public void Every_row_of_the_list_is_found_by_its_own_path_and_methods() =>
        Assert.All(
            LiteLlmRoutes.All.Where(row => row.Until.Length == 0),
            row =>
            {
                string path = row.Template.Replace(":path}", "}", StringComparison.Ordinal);
                foreach (string method in GuardMethod.Format(row.Methods).Split(','))
                {
                    LiteLlmRoute? found = Knowledge.Judge(new(path, GuardMethod.Parse(method), []), path).Row;
                    Assert.Equal(row.Decision, found?.Decision);
                }
            }
        );
}
