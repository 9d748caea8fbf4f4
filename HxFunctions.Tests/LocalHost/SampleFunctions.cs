using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.Tests.LocalHost;

/// <summary>Functions that show what reached them.</summary>
public sealed class SampleFunctions
{
    private int _calls;

    [Function("Anything")]
    public IResult Anything([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) => Results.Text(request.Method);

    [Function("Braces")]
    public IResult Braces([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "braces/{{x}}")] HttpRequest request) =>
        Results.Text("braces");

    [Function("CheckPath")]
    public IResult CheckPath(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "guard/check/{*path}")] HttpRequest request,
        string? path
    ) => Results.Text($"{request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget} {path ?? "(none)"}");

    [Function("Context")]
    public IResult Context(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "context")] HttpRequest request,
        FunctionContext context,
        CancellationToken cancellationToken
    ) =>
        Results.Text(
            $"{context.FunctionDefinition.Name} {Guid.Parse(context.InvocationId) != Guid.Empty} "
                + $"{ReferenceEquals(context.InstanceServices, request.HttpContext.RequestServices)} "
                + $"{cancellationToken == request.HttpContext.RequestAborted && cancellationToken == context.CancellationToken}"
        );

    [Function("Count")]
    public async ValueTask<IResult> Count([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "count")] HttpRequest request)
    {
        await Task.Yield();
        return Results.Text($"{Interlocked.Increment(ref _calls)}");
    }

    [Function("CountReset")]
    public async Task CountReset([HttpTrigger(AuthorizationLevel.Anonymous, "delete", "HEAD", Route = "count")] HttpRequest request)
    {
        await Task.Yield();
        Interlocked.Exchange(ref _calls, 0);
    }

    [Function("HealthAll")]
    public static IResult HealthAll([HttpTrigger(AuthorizationLevel.Anonymous, "POST", Route = "health/all")] HttpRequest request) =>
        Results.Text("all");

    [Function("HealthOne")]
    public async Task<IResult> HealthOne(
        [HttpTrigger(AuthorizationLevel.Anonymous, "GET", Route = "health/{dependency}")] HttpRequest request,
        string dependency
    )
    {
        await Task.Yield();
        return Results.Text(dependency);
    }

    [Function("Nothing")]
    public void Nothing([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "nothing")] HttpRequest request) { }

    [Function("ReadBody")]
    public async Task<IResult> ReadBody([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "body")] HttpRequest request)
    {
        using StreamReader reader = new StreamReader(request.Body);
        return Results.Text($"{(await reader.ReadToEndAsync()).Length}");
    }

    [Function("Status")]
    public IResult Status([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "status/{code}")] HttpRequest request, string code) =>
        Results.StatusCode(int.Parse(code, System.Globalization.CultureInfo.InvariantCulture));
}

/// <summary>Functions that fail, each in another state of its answer.</summary>
public sealed class FailingFunctions
{
    public const string Secret = "a text that stays inside";

    [Function("ThrowAtOnce")]
    public IResult ThrowAtOnce([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "fail/at-once")] HttpRequest request) =>
        throw new InvalidOperationException(Secret);

    [Function("ThrowBuffered")]
    public Task ThrowBuffered([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "fail/buffered")] HttpRequest request)
    {
        request.HttpContext.Response.Headers["x-left"] = "over";
        Encoding.ASCII.GetBytes(Secret, request.HttpContext.Response.BodyWriter);
        throw new InvalidOperationException(Secret);
    }

    [Function("ThrowCancelled")]
    public Task ThrowCancelled([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "fail/cancelled")] HttpRequest request) =>
        throw new OperationCanceledException(Secret);

    [Function("ThrowLater")]
    public async Task<IResult> ThrowLater([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "fail/later")] HttpRequest request)
    {
        await Task.Yield();
        throw new InvalidOperationException(Secret);
    }

    [Function("ThrowStarted")]
    public async Task ThrowStarted([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "fail/started")] HttpRequest request)
    {
        request.HttpContext.Response.ContentLength = 100;
        await request.HttpContext.Response.WriteAsync("half");
        await request.HttpContext.Response.Body.FlushAsync();
        throw new InvalidOperationException(Secret);
    }
}

/// <summary>A function per level.</summary>
public sealed class KeyedFunctions
{
    [Function("AdminLevel")]
    public IResult AdminLevel([HttpTrigger(AuthorizationLevel.Admin, "get", Route = "level/admin")] HttpRequest request) => Results.Ok();

    [Function("AnonymousLevel")]
    public IResult AnonymousLevel([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "level/anonymous")] HttpRequest request) =>
        Results.Ok();

    [Function("FunctionLevel")]
    public IResult FunctionLevel([HttpTrigger(AuthorizationLevel.Function, "get", Route = "level/function")] HttpRequest request) =>
        Results.Ok();

    [Function("SystemLevel")]
    public IResult SystemLevel([HttpTrigger(AuthorizationLevel.System, "get", Route = "level/system")] HttpRequest request) => Results.Ok();

    [Function("UserLevel")]
    public IResult UserLevel([HttpTrigger(AuthorizationLevel.User, "get", Route = "level/user")] HttpRequest request) => Results.Ok();
}
