using HxFunctions.Cli.Serving;

namespace HxFunctions.Tests.Serving;

/// <summary>The start page's address, followed as browsers do.</summary>
public class HomeEndpointTests
{
    [Theory]
    [InlineData("", "/", "/status")]
    [InlineData("api", "/api", "/api/status")]
    [InlineData("api", "/api/", "/api/status")]
    [InlineData("api", "/API", "/API/status")]
    [InlineData("api", "/api?code=made-up-function-key", "/api/status?code=made-up-function-key")]
    [InlineData("api", "/%61pi", "/api/status")]
    [InlineData("a/b", "/a/b", "/a/b/status")]
    [InlineData("a/b", "/a/b/", "/a/b/status")]
    [InlineData("one:two", "/one:two", "/one:two/status")]
    [InlineData("with space", "/with%20space", "/with%20space/status")]
    public async Task Start_page_leads_to_the_status_page_below_the_route_prefix(string prefix, string target, string expected)
    {
        await using TestHost host = await TestHost.StartAsync(
            [HomeEndpoint.Endpoint],
            hostJson: $$"""{ "version": "2.0", "extensions": { "http": { "routePrefix": "{{prefix}}" } } }"""
        );

        RawResponse answer = await host.SendAsync($"GET {target}");

        Assert.Equal((302, ""), (answer.Status, answer.Body));
        Assert.Equal(expected, Followed("http://hx.example", target, answer));
        // A proxy that puts something in front of the whole, and takes it away before it asks.
        Assert.Equal($"/mounted{expected}", Followed("http://hx.example/mounted", target, answer));
    }

    private static string Followed(string server, string target, RawResponse answer) =>
        new Uri(new Uri(server + target), answer.Headers["Location"]).PathAndQuery;
}
