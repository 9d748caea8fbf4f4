using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HxFunctions.Cli.Demo;
using HxFunctions.Cli.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HxFunctions.SystemTests.Servers;

/// <summary>
/// Stands in for a LiteLLM proxy on 127.0.0.1: its health and admin routes with its rules of who may call them, and its errors' shapes, as
/// <c>litellm/proxy/auth/user_api_key_auth.py</c>, <c>route_checks.py</c> and <c>auth_exception_handler.py</c> give them. Stores nothing.
/// </summary>
internal sealed class LiteLlmStandIn : IAsyncDisposable
{
    private static readonly JsonSerializerOptions AsPython = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly LiteLlmOptions _options;
    private readonly ConcurrentQueue<LiteLlmRequest> _requests = [];
    private readonly CancellationTokenSource _disposing = new();
    private readonly WebApplication _app;

    private LiteLlmStandIn(LiteLlmOptions options)
    {
        _options = options;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, options.Port);
                kestrel.AddServerHeader = false;
            });
        builder.Services.AddSingleton<IHostLifetime, UntilDisposed>();
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    public Uri Address => _app.GetBoundAddress();

    /// <summary>What every request from now on meets.</summary>
    public LiteLlmMode Mode { get; set; }

    /// <summary>The version that <c>/health/readiness</c> answers as.</summary>
    public LiteLlmReadinessShape Readiness { get; set; }

    /// <summary>Answers in the stand-in's place when it returns true: for what only one test needs.</summary>
    public Func<HttpContext, Task<bool>>? Instead { get; set; }

    /// <summary>Every request so far, in the order of arrival.</summary>
    public IReadOnlyCollection<LiteLlmRequest> Requests => _requests;

    public static async Task<LiteLlmStandIn> StartAsync(LiteLlmOptions? options = null)
    {
        LiteLlmStandIn standIn = new(options ?? new());
        await standIn._app.StartAsync();
        return standIn;
    }

    /// <summary>A gateway of its own address that asks a guard before it hands a request to this stand-in.</summary>
    /// <param name="guard">Where HxFunctions answers.</param>
    /// <param name="guardKey">Its function-level key; null: none needed.</param>
    public Task<StandInGateway> StartGuardedAsync(Uri guard, string? guardKey = null) =>
        StandInGateway.StartAsync(guard, guardKey, HandleAsync);

    public async ValueTask DisposeAsync()
    {
        await _disposing.CancelAsync();
        await _app.DisposeAsync();
        _disposing.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        string? key = KeyOf(context.Request);
        LiteLlmRole? role = key is not null && _options.Keys.TryGetValue(key, out LiteLlmRole known) ? known : null;
        _requests.Enqueue(new(context.Request.Method, target, role));
        if (Instead is { } instead && await instead(context))
        {
            return;
        }

        switch (Mode)
        {
            case LiteLlmMode.Hangs:
                using (
                    CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(_disposing.Token, context.RequestAborted)
                )
                {
                    await Task.Delay(Timeout.Infinite, ends.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                break;
            case LiteLlmMode.Resets:
                context.Abort();
                break;
            case LiteLlmMode.Garbage:
                await WriteAsync(context, 200, "<!doctype html><title>Welcome</title>", "text/html");
                break;
            case LiteLlmMode.Crashes:
                await WriteAsync(context, 500, "Internal Server Error", "text/plain");
                break;
            case LiteLlmMode.Unavailable:
                await WriteAsync(context, 503, "<html><body>No server is available.</body></html>", "text/html");
                break;
            default:
                await ServeAsync(context, key, role);
                break;
        }
    }

    private async Task ServeAsync(HttpContext context, string? key, LiteLlmRole? role)
    {
        string path = RoutePath(context.Request.Path);
        LiteLlmRoute? route = _options.Missing.Contains(path) ? null : LiteLlmRoutes.Find(path);
        if (route is null)
        {
            // Starlette sends a slash too many to where it belongs.
            if (path.Length > 1 && path[^1] == '/' && LiteLlmRoutes.Find(path[..^1]) is not null)
            {
                context.Response.Headers.Location = context.Request.Path.ToUriComponent().TrimEnd('/');
                context.Response.StatusCode = 307;
                return;
            }

            await WriteAsync(context, 404, """{"detail":"Not Found"}""");
            return;
        }

        // Routing comes before authentication: a wrong method needs no key.
        if (!route.Methods.Contains(context.Request.Method))
        {
            await WriteAsync(context, 405, """{"detail":"Method Not Allowed"}""");
        }
        else if (Mode == LiteLlmMode.NoDatabase && LiteLlmWithoutDatabase.Answer(path, route.Access, key, role) is var (code, words))
        {
            await WriteAsync(context, code, words);
        }
        else if (Refusal(route, path, key, role) is var (status, body))
        {
            await WriteAsync(context, status, body);
        }
        else if (path == LiteLlmReadiness.Path)
        {
            (int ready, string found) = LiteLlmReadiness.Answer(Readiness, Mode != LiteLlmMode.DatabaseUnreachable);
            await WriteAsync(context, ready, found);
        }
        else if (route.Needs is { } parameter && !context.Request.Query.ContainsKey(parameter))
        {
            await WriteAsync(
                context,
                422,
                $$$"""{"detail":[{"type":"missing","loc":["query","{{{parameter}}}"],"msg":"Field required","input":null}]}"""
            );
        }
        else
        {
            await WriteAsync(context, route.Status, route.Answer);
        }
    }

    private static (int Status, string Body)? Refusal(LiteLlmRoute route, string path, string? key, LiteLlmRole? role)
    {
        const string refused = "You are not authorized to access this endpoint. No 'user_id' is associated with your API key.";
        return (route.Access, role) switch
        {
            (LiteLlmAccess.Public, _) or (_, LiteLlmRole.Admin) => null,
            (_, null) => NoSuchKey(key),
            (LiteLlmAccess.AnyKey, _) => null,
            (_, LiteLlmRole.LlmApi) => Error(
                403,
                $"Virtual key is not allowed to call this route. Only allowed to call routes: ['llm_api_routes']. Tried to call "
                    + $"route: {path}"
            ),
            (LiteLlmAccess.OwnInfo, _) or (LiteLlmAccess.OwnKeys or LiteLlmAccess.InternalUsers, LiteLlmRole.InternalUser) => null,
            (LiteLlmAccess.OwnKeys, _) => Error(403, refused, "bad_request_error", "user_id"),
            (LiteLlmAccess.AdminByTeamList, _) => (
                401,
                """{"detail":{"error":"Only admin users can query all teams/other teams. Your user role=LitellmUserRoles.INTERNAL_USER"}}"""
            ),
            _ => Error(
                401,
                $"Authentication Error, Only proxy admin can be used to generate, delete, update info for new keys/users/teams. "
                    + $"Route={path}. Your role=unknown. Your user_id=unkn***"
            ),
        };
    }

    private static (int Status, string Body) NoSuchKey(string? key)
    {
        if (string.IsNullOrEmpty(key))
        {
            return Error(401, "Authentication Error, No api key passed in.");
        }

        if (!key.StartsWith("sk-", StringComparison.Ordinal))
        {
            return Error(401, "Authentication Error, LiteLLM Virtual Key expected. Received=****, expected to start with 'sk-'.");
        }

        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        return Error(
            401,
            $"Authentication Error, Invalid proxy server token passed. Received API Key = sk-...{key[^4..]}, Key Hash (Token) "
                + $"={hash}. Unable to find token in cache or `LiteLLM_VerificationTokenTable`",
            "token_not_found_in_db",
            "key"
        );
    }

    /// <summary>The shape that LiteLLM gives a ProxyException: the code is text, and so is the absence of a parameter.</summary>
    private static (int Status, string Body) Error(int status, string message, string type = "auth_error", string param = "None") =>
        (
            status,
            $$$"""{"error":{"message":{{{JsonSerializer.Serialize(message, AsPython)}}},"type":"{{{type}}}","param":"{{{param}}}","code":"{{{status}}}"}}"""
        );

    /// <summary>Bearer, or the bare key; the header of LiteLLM's own comes first.</summary>
    private static string? KeyOf(HttpRequest request)
    {
        string text = request.Headers["x-litellm-api-key"].ToString() is { Length: > 0 } own
            ? own
            : request.Headers.Authorization.ToString();
        return text.Length == 0 ? null
            : text.StartsWith("Bearer ", StringComparison.Ordinal) ? text["Bearer ".Length..]
            : text;
    }

    private string RoutePath(string path) =>
        _options.RootPath.Length > 0 && path.StartsWith(_options.RootPath + "/", StringComparison.Ordinal)
            ? path[_options.RootPath.Length..]
            : path;

    private static Task WriteAsync(HttpContext context, int status, string body, string type = "application/json")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(body, context.RequestAborted);
    }
}
