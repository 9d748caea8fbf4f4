using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Routing.Patterns;

namespace HxFunctions.Tests.Http;

/// <summary>The one list of endpoints, by the rules of both hosts.</summary>
public class EndpointsTests
{
    /// <summary>Two routes that one path matches would be told apart by order: by the functions' names under the Functions host, by
    /// precedence in ASP.NET Core.</summary>
    [Fact]
    public void No_two_routes_overlap()
    {
        RoutePattern[] patterns = [.. Endpoints.All.Select(endpoint => RoutePatternFactory.Parse(endpoint.Route))];
        for (int i = 0; i < patterns.Length; i++)
        {
            for (int j = i + 1; j < patterns.Length; j++)
            {
                Assert.False(Overlap(patterns[i], patterns[j], 0), $"{Endpoints.All[i]} and {Endpoints.All[j]}");
            }
        }
    }

    [Theory]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/{x}", "a/b", true)]
    [InlineData("a/{*x}", "a", true)]
    [InlineData("a/{*x}", "a/b/c", true)]
    [InlineData("A", "a", true)]
    [InlineData("a/{x}", "a", false)]
    [InlineData("a/{x}/c", "a/b/d", false)]
    [InlineData("a/{x}.svg", "a/b.svg", true)]
    [InlineData("a/{x}.svg", "b/{x}.svg", false)]
    public void Overlap_is_seen(string one, string other, bool overlaps)
    {
        Assert.Equal(overlaps, Overlap(RoutePatternFactory.Parse(one), RoutePatternFactory.Parse(other), 0));
        Assert.Equal(overlaps, Overlap(RoutePatternFactory.Parse(other), RoutePatternFactory.Parse(one), 0));
    }

    /// <summary>https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger: such routes belong to the
    /// host.</summary>
    [Fact]
    public void No_route_begins_with_what_is_the_functions_hosts()
    {
        Assert.All(
            Endpoints.All,
            endpoint =>
            {
                Assert.False(endpoint.Route.StartsWith('/'), endpoint.Route);
                Assert.False(endpoint.Route.StartsWith("admin", StringComparison.OrdinalIgnoreCase), endpoint.Route);
                Assert.False(endpoint.Route.StartsWith("runtime", StringComparison.OrdinalIgnoreCase), endpoint.Route);
            }
        );
    }

    [Fact]
    public void Names_are_unique_and_methods_are_upper_case()
    {
        Assert.Equal(Endpoints.All.Count, Endpoints.All.DistinctBy(e => e.Name, StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(Endpoints.All.SelectMany(e => e.Methods), method => Assert.Equal(method.ToUpperInvariant(), method));
    }

    /// <summary>Whether one path matches both, from a segment on.</summary>
    private static bool Overlap(RoutePattern one, RoutePattern other, int segment)
    {
        RoutePatternPart? first = PartOf(one, segment),
            second = PartOf(other, segment);
        if (first is RoutePatternParameterPart { IsCatchAll: true } || second is RoutePatternParameterPart { IsCatchAll: true })
        {
            return true;
        }

        if (first is null || second is null)
        {
            return first is null && second is null;
        }

        // A segment of several parts (name.svg) is taken for any segment: an overlap more than there is, at worst.
        bool differ =
            first is RoutePatternLiteralPart a
            && second is RoutePatternLiteralPart b
            && !a.Content.Equals(b.Content, StringComparison.OrdinalIgnoreCase);
        return !differ && Overlap(one, other, segment + 1);
    }

    private static RoutePatternPart? PartOf(RoutePattern pattern, int segment) =>
        segment < pattern.PathSegments.Count
            ? pattern.PathSegments[segment].Parts.OrderBy(part => part is RoutePatternLiteralPart).First()
            : null;
}
