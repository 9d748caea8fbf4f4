using System.Net;
using HxFunctions.Cli.Serving;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Tests.Serving;

public class ServeHostTests
{
    [Theory]
    [InlineData("GET /api/nothing", 404, "")]
    [InlineData("GET /", 404, "")]
    [InlineData("OPTIONS *", 404, "")]
    [InlineData("GET /nothing", 200, "")]
    [InlineData("GET /NOTHING/", 200, "")]
    [InlineData("POST /nothing", 404, "")]
    [InlineData("OPTIONS /nothing", 404, "")]
    [InlineData("HEAD /nothing", 404, "")]
    [InlineData("GET /several", 200, "GET")]
    [InlineData("DELETE /several", 200, "DELETE")]
    [InlineData("HEAD /several", 200, "")]
    [InlineData("PUT /several", 404, "")]
    [InlineData("GET /health/cache", 200, "cache")]
    [InlineData("GET /health/a%20b", 200, "a b")]
    [InlineData("GET /health/", 404, "")]
    [InlineData("POST /health/all", 404, "")]
    [InlineData("GET /health/all", 200, "all")]
    [InlineData("PUT /health/all", 404, "")]
    [InlineData("GET /Anything", 200, "GET")]
    [InlineData("DELETE /anything", 200, "DELETE")]
    [InlineData("BREW /anything", 200, "BREW")]
    [InlineData("GET /status/405", 405, "")]
    public async Task Request_is_answered_as_by_the_functions_host(string requestLine, int status, string body)
    {
        await using TestHost host = await TestHost.StartAsync(SampleEndpoints.All);

        RawResponse response = await host.SendAsync(requestLine);

        Assert.Equal((status, body), (response.Status, response.Body));
        Assert.DoesNotContain("Allow", response.Headers.Keys);
        Assert.DoesNotContain("Server", response.Headers.Keys);
    }

    [Theory]
    [InlineData(null, "GET /api/nothing", 200)]
    [InlineData(null, "GET /nothing", 404)]
    [InlineData("""{ "version": "2.0", "extensions": { "http": { "routePrefix": "a/b" } } }""", "GET /a/b/nothing", 200)]
    public async Task Route_prefix_comes_from_host_json(string? hostJson, string requestLine, int status)
    {
        await using TestHost host = await TestHost.StartAsync(SampleEndpoints.All, hostJson: hostJson);

        Assert.Equal(status, (await host.SendAsync(requestLine)).Status);
    }

    [Theory]
    [InlineData("at-once", "ThrowAtOnce")]
    [InlineData("later", "ThrowLater")]
    [InlineData("cancelled", "ThrowCancelled")]
    [InlineData("null", "ReturnNull")]
    public async Task Exception_is_an_empty_500_and_is_logged(string route, string endpoint)
    {
        await using TestHost host = await TestHost.StartAsync(
            SampleEndpoints.Failing,
            options => options with { DescribeException = (_, exception) => exception.GetType().Name }
        );

        RawResponse response = await host.SendAsync($"GET /fail/{route}");

        Assert.Equal((500, ""), (response.Status, response.Body));
        Assert.Equal(["Cache-Control", "Connection", "Content-Length", "Date", "X-Content-Type-Options"], response.Headers.Keys.Order());
        string message = Assert.Single(host.Log.Collector.GetSnapshot()).Message;
        Assert.StartsWith($"Endpoint {endpoint} failed: ", message, StringComparison.Ordinal);
        Assert.DoesNotContain(SampleEndpoints.Secret, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exception_after_something_was_written_is_a_500_with_no_header_left()
    {
        await using TestHost host = await TestHost.StartAsync(SampleEndpoints.Failing);

        RawResponse response = await host.SendAsync("GET /fail/buffered");

        Assert.Equal(500, response.Status);
        Assert.DoesNotContain("x-left", response.Headers.Keys);
    }

    [Fact]
    public async Task Exception_in_a_started_answer_cuts_the_connection()
    {
        await using TestHost host = await TestHost.StartAsync(SampleEndpoints.Failing);

        try
        {
            RawResponse response = await host.SendAsync("GET /fail/started");
            Assert.Equal("100", response.Headers["Content-Length"]);
            Assert.Equal("half", response.Body);
        }
        catch (IOException)
        {
            // The reset may overtake what was sent.
        }

        Assert.StartsWith(
            "Endpoint ThrowStarted failed: ",
            Assert.Single(host.Log.Collector.GetSnapshot()).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(12 * 1024, 0, 0, 200)]
    [InlineData(17 * 1024, 0, 0, 414)]
    [InlineData(0, 20 * 1024, 0, 200)]
    [InlineData(0, 33 * 1024, 0, 431)]
    [InlineData(0, 0, 64 * 1024, 200)]
    [InlineData(0, 0, (64 * 1024) + 1, 413)]
    public async Task Request_over_a_limit_is_refused_without_a_body(int path, int header, int body, int status)
    {
        await using TestHost host = await TestHost.StartAsync(SampleEndpoints.All);

        RawResponse response = await RawHttp.SendAsync(
            host.Address,
            body > 0 ? "POST /body" : $"GET /guard/check/{new string('a', path)}",
            new string('b', body),
            $"x-filler: {new string('c', header)}"
        );

        Assert.Equal(status, response.Status);
        Assert.Equal(status != 200, response.Body.Length == 0);
    }

    [Fact]
    public async Task Http_2_in_cleartext_is_not_spoken()
    {
        await using TestHost host = await TestHost.StartAsync(SampleEndpoints.All);
        using HttpClient client = new HttpClient();
        using HttpRequestMessage request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Address, "/nothing"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(request));
    }

    [Fact]
    public void Host_without_keys_refuses_an_address_that_is_not_loopback()
    {
        ServeOptions options = new() { Configuration = new ConfigurationBuilder().Build(), Address = IPAddress.Any };

        Assert.Throws<InvalidOperationException>(() => ServeHost.Build(options));
    }
}
