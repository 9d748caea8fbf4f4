using HxFunctions.Core.Http.Status;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http;

/// <summary>
/// Every HTTP endpoint of the product, once. <c>hx serve</c> maps this list; the triggers of the Functions app take the same constants.
/// Tests hold the app's <c>functions.metadata</c> and <c>openapi.json</c> against it.
/// </summary>
/// <remarks>
/// No two routes overlap: the Functions host tries routes in the order of the functions' names, ASP.NET Core the most specific one first.
/// https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger
/// </remarks>
public static class Endpoints
{
    // An attribute takes constants only.
    public const string OpenApiRoute = "openapi.json";
    public const string LiveRoute = "healthz/live";
    public const string ReadyRoute = "healthz/ready";
    public const string DependenciesRoute = "healthz/deps";
    public const string HealthRoute = "health/{dependency}";
    public const string GuardRoute = "guard";
    public const string GuardCheckRoute = "guard/check/{*path}";
    public const string GuardVerdictsRoute = "guard/verdicts";
    public const string OverrideRoute = "override";
    public const string StatusRoute = "status";
    public const string StatusHistoryRoute = "status/history";
    public const string StatusFeedRoute = "status/feed";
    public const string BadgeRoute = "badge/{dependency}.svg";

    private static readonly string[] Read = [HttpMethods.Get, HttpMethods.Head];
    private static readonly string[] ReadAndWrite = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Post, HttpMethods.Delete];

    // Envoy asks with the method of the request that it asks about.
    private static readonly string[] Any = [];

    public static HttpEndpoint Live { get; } =
        HttpEndpoint.Of<HealthHandler>(nameof(Live), LiveRoute, AccessLevel.Anonymous, Read, (_, _) => HealthHandler.LiveAsync());

    public static HttpEndpoint Ready { get; } =
        HttpEndpoint.Of<HealthHandler>(nameof(Ready), ReadyRoute, AccessLevel.Anonymous, Read, (handler, _) => handler.ReadyAsync());

    public static HttpEndpoint Dependencies { get; } =
        HttpEndpoint.Of<HealthHandler>(
            nameof(Dependencies),
            DependenciesRoute,
            AccessLevel.Anonymous,
            Read,
            (handler, _) => handler.DependenciesAsync()
        );

    /// <summary>All dependencies (<c>/health/all</c>), or the one that the path names.</summary>
    public static HttpEndpoint Health { get; } =
        HttpEndpoint.Of<HealthHandler>(
            nameof(Health),
            HealthRoute,
            AccessLevel.Function,
            Read,
            (handler, request) => handler.HealthAsync(request)
        );

    public static HttpEndpoint Guard { get; } =
        HttpEndpoint.Of<GuardHandler>(
            nameof(Guard),
            GuardRoute,
            AccessLevel.Function,
            Read,
            (handler, request) => handler.GuardAsync(request)
        ) with
        {
            // API Management's question. Its identity opens nothing else.
            AdmitsPrincipals = true,
        };

    public static HttpEndpoint GuardCheck { get; } =
        HttpEndpoint.Of<GuardHandler>(
            nameof(GuardCheck),
            GuardCheckRoute,
            AccessLevel.Function,
            Any,
            (handler, request) => handler.CheckAsync(request)
        );

    public static HttpEndpoint GuardVerdicts { get; } =
        HttpEndpoint.Of<GuardHandler>(
            nameof(GuardVerdicts),
            GuardVerdictsRoute,
            AccessLevel.Function,
            Read,
            (handler, _) => handler.VerdictsAsync()
        );

    public static HttpEndpoint Override { get; } =
        HttpEndpoint.Of<OverrideHandler>(
            nameof(Override),
            OverrideRoute,
            AccessLevel.Admin,
            ReadAndWrite,
            (handler, request) => handler.AnswerAsync(request)
        );

    public static HttpEndpoint Status { get; } =
        HttpEndpoint.Of<StatusHandler>(
            nameof(Status),
            StatusRoute,
            AccessLevel.Function,
            Read,
            (handler, request) => handler.PageAsync(request)
        );

    public static HttpEndpoint StatusHistory { get; } =
        HttpEndpoint.Of<StatusHandler>(
            nameof(StatusHistory),
            StatusHistoryRoute,
            AccessLevel.Function,
            Read,
            (handler, _) => handler.HistoryAsync()
        );

    // The feed and the badge tell what the page tells: who may read the one may read the others.
    public static HttpEndpoint StatusFeed { get; } =
        HttpEndpoint.Of<StatusHandler>(
            nameof(StatusFeed),
            StatusFeedRoute,
            AccessLevel.Function,
            Read,
            (handler, _) => handler.FeedAsync()
        );

    /// <summary>A dependency's state as an image, or that of all (<c>/badge/all.svg</c>).</summary>
    public static HttpEndpoint Badge { get; } =
        HttpEndpoint.Of<StatusHandler>(
            nameof(Badge),
            BadgeRoute,
            AccessLevel.Function,
            Read,
            (handler, request) => handler.BadgeAsync(request)
        );

    public static HttpEndpoint OpenApi { get; } =
        HttpEndpoint.Of<DocumentationHandler>(
            nameof(OpenApi),
            OpenApiRoute,
            AccessLevel.Anonymous,
            Read,
            (handler, _) => handler.OpenApiAsync()
        );

    /// <summary>All of them. Below the fields above, for static initialisers run in the order of the text.</summary>
    public static IReadOnlyList<HttpEndpoint> All { get; } =
    [Live, Ready, Dependencies, Health, Guard, GuardCheck, GuardVerdicts, Override, Status, StatusHistory, StatusFeed, Badge, OpenApi];
}
