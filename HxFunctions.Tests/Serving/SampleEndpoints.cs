using System.Buffers;
using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HxFunctions.Tests.Serving;

/// <summary>Endpoints of every shape that the product has, with answers that tell which one it was.</summary>
internal static class SampleEndpoints
{
    /// <summary>What an exception of <see cref="Failing"/> says, and no answer or log may.</summary>
    public const string Secret = "made-up-secret-of-tests";

    public static IReadOnlyList<HttpEndpoint> All { get; } =
    [
        New("Nothing", "nothing", AccessLevel.Anonymous, ["GET"], _ => Results.StatusCode(200)),
        New("Several", "several", AccessLevel.Anonymous, ["GET", "HEAD", "DELETE"], request => Results.Text(request.Method)),
        New(
            "Named",
            "health/{dependency}",
            AccessLevel.Anonymous,
            ["GET"],
            request => Results.Text((string?)request.RouteValues["dependency"])
        ),
        New("Anything", "anything", AccessLevel.Anonymous, [], request => Results.Text(request.Method)),
        New("NotAllowed", "status/405", AccessLevel.Anonymous, ["GET"], _ => Results.StatusCode(405)),
        New(
            "Target",
            "guard/check/{*path}",
            AccessLevel.Anonymous,
            [],
            request => Results.Text($"{Target(request)} {request.RouteValues["path"] ?? "(none)"}")
        ),
        New("Body", "body", AccessLevel.Anonymous, ["POST"], ReadBodyAsync),
    ];

    /// <summary>One endpoint per level, at <c>level/NAME</c>.</summary>
    public static IReadOnlyList<HttpEndpoint> Keyed { get; } =
    [
        New("Live", "level/anonymous", AccessLevel.Anonymous, ["GET"], _ => Results.StatusCode(200)),
        New("Guard", "level/function", AccessLevel.Function, ["GET"], _ => Results.StatusCode(200)),
        New("Status", "level/other", AccessLevel.Function, ["GET"], _ => Results.StatusCode(200)),
        New("Override", "level/admin", AccessLevel.Admin, ["GET"], _ => Results.StatusCode(200)),
    ];

    /// <summary>Endpoints that fail, at <c>fail/HOW</c>.</summary>
    public static IReadOnlyList<HttpEndpoint> Failing { get; } =
    [
        New(
            "ThrowAtOnce",
            "fail/at-once",
            AccessLevel.Anonymous,
            ["GET"],
            Task<IResult> (_) => throw new InvalidOperationException(Secret)
        ),
        New("ThrowLater", "fail/later", AccessLevel.Anonymous, ["GET"], ThrowLaterAsync),
        New(
            "ThrowCancelled",
            "fail/cancelled",
            AccessLevel.Anonymous,
            ["GET"],
            Task<IResult> (_) => throw new OperationCanceledException(Secret)
        ),
        New("ReturnNull", "fail/null", AccessLevel.Anonymous, ["GET"], _ => Task.FromResult<IResult>(null!)),
        New(
            "ThrowBuffered",
            "fail/buffered",
            AccessLevel.Anonymous,
            ["GET"],
            request => Task.FromResult<IResult>(new FailingResult(starts: false))
        ),
        New(
            "ThrowStarted",
            "fail/started",
            AccessLevel.Anonymous,
            ["GET"],
            request => Task.FromResult<IResult>(new FailingResult(starts: true))
        ),
    ];

    private static HttpEndpoint New(string name, string route, AccessLevel level, string[] methods, Func<HttpRequest, IResult> answer) =>
        New(name, route, level, methods, request => Task.FromResult(answer(request)));

    private static HttpEndpoint New(
        string name,
        string route,
        AccessLevel level,
        string[] methods,
        Func<HttpRequest, Task<IResult>> answer
    ) => new(name, route, level, methods, _ => answer);

    private static string Target(HttpRequest request) => request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;

    private static async Task<IResult> ReadBodyAsync(HttpRequest request)
    {
        using StreamReader reader = new(request.Body);
        return Results.Text((await reader.ReadToEndAsync()).Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static async Task<IResult> ThrowLaterAsync(HttpRequest request)
    {
        await Task.Yield();
        throw new InvalidOperationException(Secret);
    }

    private sealed class FailingResult(bool starts) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers["x-left"] = "yes";
            if (starts)
            {
                httpContext.Response.ContentLength = 100;
            }

            httpContext.Response.BodyWriter.Write("half"u8);
            if (starts)
            {
                await httpContext.Response.Body.FlushAsync();
            }

            throw new InvalidOperationException(Secret);
        }
    }
}
