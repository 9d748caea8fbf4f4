using HxFunctions.Cli.Routes;
using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routes;

public class RouteShapeTests
{
    [Theory]
    [InlineData("/key/{key:path}/regenerate", "/key/{key}/regenerate", true)]
    [InlineData("/models/{model_name:path}:countTokens", "/models/{model}:countTokens", true)]
    [InlineData("/a/{x}", "/a/{y}/", false)]
    [InlineData("/guardrails/list", "/guardrails/{guardrail_id}", false)]
    [InlineData("/a/{x}", "/A/{x}", false)]
    public void Names_and_types_of_parameters_make_no_difference(string left, string right, bool same) =>
        Assert.Equal(same, RouteShape.KeyOf(left) == RouteShape.KeyOf(right));

    [Theory]
    [InlineData("/team/{team_id}/callback", "/team/hx~any/callback")]
    [InlineData("/models/{m}:countTokens", "/models/hx~any:countTokens")]
    [InlineData("/ü/a b?c#d", "/%C3%BC/a%20b%3Fc%23d")]
    [InlineData("/{unclosed", "/{unclosed")]
    public void Sample_is_a_path_that_a_client_could_send(string path, string sample) => Assert.Equal(sample, RouteShape.SampleOf(path));

    [Theory]
    [InlineData("/team/{team-id}/x", "/team/{team_id}/x")]
    [InlineData("/team/{id:path}", "/team/{id}")]
    [InlineData("/team/{}", null)]
    [InlineData("/ü", null)]
    [InlineData("/a//b", null)]
    [InlineData("/a;b=postgres", null)]
    public void Route_to_copy_is_one_that_the_guard_takes(string path, string? route) => Assert.Equal(route, RouteShape.AsRoute(path));

    [Theory]
    [InlineData("/team", true, "/team/new", true)]
    [InlineData("/team", false, "/team/new", false)]
    [InlineData("/Team", false, "/team", true)]
    [InlineData("/team", true, "/teams", false)]
    [InlineData("/team/new/more", true, "/team/new", false)]
    [InlineData("/team/acme", true, "/team/{team_id}", true)]
    [InlineData("/team/{id}", false, "/team/{team_id}/members", false)]
    [InlineData("/{x:path}/members", false, "/team/{team_id}/members", true)]
    [InlineData("/anthropic/v1/messages", true, "/anthropic/{endpoint:path}", true)]
    [InlineData("/anthropic/v1/messages", true, "/anthropic/{endpoint}", false)]
    [InlineData("/a/{x:path}/z", false, "/a/{y:path}/b/z", true)]
    [InlineData("/models/{m}:count", false, "/models/{m}:generate", false)]
    [InlineData("/models/{m}:count", false, "/models/x:count", true)]
    [InlineData("/models/x:count", false, "/models/{m}:count", true)]
    [InlineData("/", true, "/anything", true)]
    [InlineData("/anything", true, "/{provider}/v1/batches", false)]
    [InlineData("/openai/v1", true, "/{provider}/v1/batches", true)]
    [InlineData("/{any}", false, "/team", true)]
    [InlineData("/", false, "/", true)]
    public void Route_and_path_meet_when_a_request_is_meant_by_both(string route, bool coversBelow, string path, bool meet) =>
        Assert.Equal(meet, RouteShape.Meet(RouteShape.SegmentsOf(route), coversBelow, RouteShape.SegmentsOf(path)));

    /// <summary>A document's path of thousands of segments must neither take forever nor overflow the stack.</summary>
    [Fact]
    public void Long_paths_are_compared_in_a_moment()
    {
        string path = string.Concat(Enumerable.Repeat("/a", RouteMatcher.MaxLength / 2));
        RouteSegment[] rule = RouteShape.SegmentsOf("/a/{x:path}" + string.Concat(Enumerable.Repeat("/a", 400)) + "/b");

        Assert.False(RouteShape.Meet(rule, false, RouteShape.SegmentsOf(path)));
    }
}
