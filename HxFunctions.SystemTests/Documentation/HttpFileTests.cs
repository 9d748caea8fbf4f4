using System.Text.RegularExpressions;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Http;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.Tests;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Routing.Patterns;

namespace HxFunctions.SystemTests.Documentation;

/// <summary>docs/requests.http: a request for every endpoint, and none for anything else.</summary>
public sealed partial class HttpFileTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "requests.http"));
    private static readonly HttpEndpoint[] All = [.. Endpoints.All, HomeEndpoint.Endpoint, MetricsEndpoint.Endpoint];
    private static readonly FileRequest[] Requests = [.. Request().Matches(Text).Select(FileRequest.Of)];

    [Fact]
    public void Every_endpoint_has_a_request_and_every_request_an_endpoint()
    {
        HttpEndpoint[] asked = [.. Requests.Select(request => Assert.Single(All, endpoint => Fits(endpoint, request)))];
        Assert.Equal(All.Select(endpoint => endpoint.Name).Order(), asked.Select(endpoint => endpoint.Name).Distinct().Order());
        // All that begins a line with a method was read.
        Assert.Equal(Requests.Length, Text.Split('\n').Count(line => MethodLine().IsMatch(line)));
    }

    [Fact]
    public void Key_is_the_one_that_the_endpoint_asks_for() =>
        Assert.All(
            Requests,
            request =>
                Assert.Equal(
                    All.Single(endpoint => Fits(endpoint, request)).Level switch
                    {
                        AccessLevel.Anonymous => "",
                        AccessLevel.Admin => "{{masterKey}}",
                        _ => "{{key}}",
                    },
                    request.Key
                )
        );

    /// <summary>The real <c>hx serve</c> takes each of them, in their order.</summary>
    [Fact]
    public async Task Every_request_is_one_that_hx_serve_understands()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using HxProcess hx = HxProcess.Start(
            "serve --port 0",
            null,
            ("REDIS_URL", redis.Url),
            ("PG_URL", $"postgresql://127.0.0.1:{FreePort.Next()}/x"),
            ("WRAPPER_KEYS", $"http-file={Value("key")};master={Value("masterKey")}")
        );
        Uri address = new((await hx.UntilPrintedAsync("listening on")).Split("listening on ")[1].Split(';')[0]);
        foreach (FileRequest request in Requests)
        {
            string[] headers = request.Key.Length == 0 ? [] : [$"x-functions-key: {Value(request.Key.Trim('{', '}'))}"];
            RawResponse answer = await RawHttp.SendAsync(
                address,
                $"{request.Method} {request.Target}",
                request.Body,
                request.Body.Length == 0 ? headers : [.. headers, "Content-Type: application/json"]
            );
            // What the guard and readiness say while PostgreSQL is away; /guard/check says 403.
            Assert.True(
                answer.Status is 200 or 503
                    || (answer.Status == 302 && answer.Headers["Location"] == "status")
                    || (answer.Status == 403 && answer.Body.Contains("verdict", StringComparison.Ordinal)),
                $"{request.Method} {request.Target}: {answer.Status} {answer.Body}"
            );
        }
    }

    private static bool Fits(HttpEndpoint endpoint, FileRequest request)
    {
        RoutePattern pattern = RoutePatternFactory.Parse(endpoint.Route);
        string[] path = request.Target.Split('?')[0].Trim('/').Split('/');
        if (path is [""] || endpoint == HomeEndpoint.Endpoint)
        {
            return path is [""] && endpoint == HomeEndpoint.Endpoint;
        }

        bool all = pattern.Parameters.Any(parameter => parameter.IsCatchAll);
        return (endpoint.Methods.Count == 0 || endpoint.Methods.Contains(request.Method))
            && (all ? path.Length >= pattern.PathSegments.Count : path.Length == pattern.PathSegments.Count)
            && pattern
                .PathSegments.Select((segment, i) => (Part: segment.Parts[0], Word: path[i]))
                .All(pair => pair.Part is not RoutePatternLiteralPart literal || literal.Content == pair.Word);
    }

    private static string Value(string variable) =>
        Text.Split('\n').Single(line => line.StartsWith($"@{variable} = ", StringComparison.Ordinal)).Split(" = ")[1];

    [GeneratedRegex(
        @"^(?<method>[A-Z]+) \{\{url\}\}(?<target>/\S*)\n(?:x-functions-key: (?<key>\S+)\n)?(?:Content-Type: \S+\n\n(?<body>[^#]+))?",
        RegexOptions.Multiline
    )]
    private static partial Regex Request();

    [GeneratedRegex("^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) ")]
    private static partial Regex MethodLine();

    private sealed record FileRequest(string Method, string Target, string Key, string Body)
    {
        public static FileRequest Of(Match match) =>
            new(match.Groups["method"].Value, match.Groups["target"].Value, match.Groups["key"].Value, match.Groups["body"].Value.Trim());
    }
}
