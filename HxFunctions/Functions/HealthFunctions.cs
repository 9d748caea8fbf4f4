using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.Functions;

/// <summary>Health endpoints. The answers are made in <see cref="HealthApi"/>.</summary>
public sealed class HealthFunctions(HealthApi health)
{
    [Function("Live")]
    public static IResult Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "healthz/live")] HttpRequest request) =>
        HealthApi.Live();

    [Function("Ready")]
    public IResult Ready([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "healthz/ready")] HttpRequest request) =>
        health.Ready();

    [Function("Dependencies")]
    public IResult Dependencies([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "healthz/deps")] HttpRequest request) =>
        health.Dependencies();

    [Function("HealthAll")]
    public Task<IResult> All(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "health/all")] HttpRequest request,
        CancellationToken cancellationToken
    ) => health.AllAsync(request, cancellationToken);

    // Also health/db, health/cache and health/vector: the host tries routes in the order of the functions' names, so these must not be
    // functions of their own.
    [Function("HealthDependency")]
    public IResult One(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "health/{dependency}")] HttpRequest request,
        string dependency
    ) => health.Dependency(dependency);
}
