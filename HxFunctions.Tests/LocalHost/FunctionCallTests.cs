using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.Tests.LocalHost;

/// <summary>Every signature that <see cref="HxFunctions.Cli.LocalHost.FunctionRules"/> allows is called.</summary>
public class FunctionCallTests
{
    [Theory]
    [InlineData("shape/at-once", 202)]
    [InlineData("shape/task", 202)]
    [InlineData("shape/later", 202)]
    [InlineData("shape/value-task", 202)]
    [InlineData("shape/own-type", 202)]
    [InlineData("shape/static", 202)]
    [InlineData("shape/static/with/arguments", 202)]
    [InlineData("shape/nothing", 200)]
    [InlineData("shape/nothing-later", 200)]
    [InlineData("shape/nothing-value-task", 200)]
    // An empty 200 is how a guard says open.
    [InlineData("shape/null-at-once", 500)]
    [InlineData("shape/null-task", 500)]
    [InlineData("shape/null-later", 500)]
    public async Task Function_of_each_signature_answers(string path, int status)
    {
        await using TestHost host = await TestHost.StartAsync([typeof(ShapedFunctions)]);

        RawResponse response = await host.SendAsync($"GET /{path}");

        Assert.Equal((status, ""), (response.Status, response.Body));
        Assert.Equal(status == 500 ? 1 : 0, host.Log.Collector.Count);
    }

    public sealed class ShapedFunctions
    {
        [Function("AtOnce")]
        public IResult AtOnce([HttpTrigger(AuthorizationLevel.Anonymous, Route = "shape/at-once")] HttpRequest request) =>
            Results.Accepted();

        [Function("Task")]
        public Task<IResult> Completed([HttpTrigger(AuthorizationLevel.Anonymous, Route = "shape/task")] HttpRequest request) =>
            Task.FromResult(Results.Accepted());

        [Function("Later")]
        public async Task<IResult> Later([HttpTrigger(AuthorizationLevel.Anonymous, Route = "shape/later")] HttpRequest request)
        {
            await Task.Yield();
            return Results.Accepted();
        }

        [Function("ValueTask")]
        public ValueTask<IResult> Value([HttpTrigger(AuthorizationLevel.Anonymous, Route = "shape/value-task")] HttpRequest request) =>
            ValueTask.FromResult(Results.Accepted());

        [Function("OwnType")]
        public OwnResult Own([HttpTrigger(AuthorizationLevel.Anonymous, Route = "shape/own-type")] HttpRequest request) => new();

        [Function("PlainStatic")]
        public static Task<IResult> PlainStatic([HttpTrigger(AuthorizationLevel.Anonymous, Route = "shape/static")] HttpRequest request) =>
            Task.FromResult(request.Path == "/shape/static" ? Results.Accepted() : Results.BadRequest());

        [Function("Static")]
        public static Task<IResult> Static(
            [HttpTrigger(AuthorizationLevel.Anonymous, Route = "shape/static/{one}/{*two}")] HttpRequest request,
            string? two,
            FunctionContext context,
            string one,
            CancellationToken cancellationToken
        ) =>
            Task.FromResult(
                (one, two, context.FunctionDefinition.Name, cancellationToken)
                == ("with", "arguments", "Static", request.HttpContext.RequestAborted)
                    ? Results.Accepted()
                    : Results.BadRequest()
            );

        [Function("Nothing")]
        public void Nothing([HttpTrigger(AuthorizationLevel.Anonymous, Route = "shape/nothing")] HttpRequest request) { }

        [Function("NothingLater")]
        public async Task NothingLater([HttpTrigger(AuthorizationLevel.Anonymous, Route = "shape/nothing-later")] HttpRequest request) =>
            await Task.Yield();

        [Function("NothingValueTask")]
        public ValueTask NothingValue(
            [HttpTrigger(AuthorizationLevel.Anonymous, Route = "shape/nothing-value-task")] HttpRequest request
        ) => default;

        [Function("NullAtOnce")]
        public IResult NullAtOnce([HttpTrigger(AuthorizationLevel.Anonymous, Route = "shape/null-at-once")] HttpRequest request) => null!;

        [Function("NullTask")]
        public Task<IResult> NullTask([HttpTrigger(AuthorizationLevel.Anonymous, Route = "shape/null-task")] HttpRequest request) => null!;

        [Function("NullLater")]
        public async Task<IResult> NullLater([HttpTrigger(AuthorizationLevel.Anonymous, Route = "shape/null-later")] HttpRequest request)
        {
            await Task.Yield();
            return null!;
        }
    }

    public sealed class OwnResult : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = 202;
            return Task.CompletedTask;
        }
    }
}
