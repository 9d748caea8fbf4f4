using System.Diagnostics;
using System.Net;
using System.Net.Mime;
using System.Text.Json;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HxFunctions.Cli.Demo;

/// <summary>
/// Stands in for API Management with the guard's policy, on 127.0.0.1: asks the guard about every request, lets pass what it positively
/// calls open, to a backend in the same process, and refuses the rest with the guard's own words. Caches nothing, so every answer shows the
/// guard's present one.
/// </summary>
internal sealed class StandInGateway : IAsyncDisposable
{
    /// <summary>What the policy grants the guard.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const int MaxAnswerLength = 64 * 1024;

    private static readonly ProblemAnswer NoUsableAnswer = new(503, "guard-unreachable", "The guard gave no usable answer.");
    private static readonly IResult Models = Results.Text(
        """{"object":"list","data":[{"id":"demo-model","object":"model","owned_by":"demo"}]}""",
        MediaTypeNames.Application.Json
    );
    private static readonly IResult Backend = Results.Text("""{"backend":"ok"}""", MediaTypeNames.Application.Json);

    private readonly HttpClient _client;
    private readonly string? _key;
    private readonly RequestDelegate _backend;
    private readonly WebApplication _app;
    private long _slowest;

    private StandInGateway(Uri guard, string? key, RequestDelegate backend)
    {
        // Straight to the guard: no proxy of this machine's, no cookies, nothing followed.
        _client = new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                ConnectTimeout = Patience,
            }
        )
        {
            BaseAddress = guard,
            Timeout = Patience,
            MaxResponseContentBufferSize = MaxAnswerLength,
        };
        _key = key;
        _backend = backend;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0);
                kestrel.AddServerHeader = false;
            });
        builder.Services.AddSingleton<IHostLifetime, UntilDisposed>();
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    public Uri Address => _app.GetBoundAddress();

    /// <summary>The longest that the guard took for an answer, or for none, since the last <see cref="ForgetSlowest"/>.</summary>
    public TimeSpan SlowestGuardAnswer => TimeSpan.FromTicks(Interlocked.Read(ref _slowest));

    /// <param name="guard">Where HxFunctions answers.</param>
    /// <param name="key">Its function-level key; null: none needed.</param>
    /// <param name="backend">What gets the requests that may pass; null: one that always answers, with a model.</param>
    public static async Task<StandInGateway> StartAsync(Uri guard, string? key, RequestDelegate? backend = null)
    {
        StandInGateway gateway = new StandInGateway(guard, key, backend ?? AnswerAlways);
        await gateway._app.StartAsync();
        return gateway;
    }

    public void ForgetSlowest() => Interlocked.Exchange(ref _slowest, 0);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        if (await AskAsync(context) is { } refusal)
        {
            await refusal.ExecuteAsync(context);
        }
        else
        {
            await _backend(context);
        }
    }

    private static Task AnswerAlways(HttpContext context) =>
        (context.Request.Path == "/v1/models" ? Models : Backend).ExecuteAsync(context);

    /// <summary>Asks the guard about this request.</summary>
    /// <returns>How to refuse it; null when it may pass.</returns>
    private async Task<IResult?> AskAsync(HttpContext context)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            using HttpRequestMessage question = Question(context);
            using HttpResponseMessage response = await _client.SendAsync(question, context.RequestAborted);
            byte[] body = await response.Content.ReadAsByteArrayAsync(context.RequestAborted);
            return response.StatusCode switch
            {
                HttpStatusCode.OK when SaysOpen(body) => null,
                HttpStatusCode.ServiceUnavailable
                    when response.Content.Headers.ContentType?.MediaType == MediaTypeNames.Application.ProblemJson => new Relayed(
                    body,
                    response.Headers.RetryAfter?.ToString()
                ),
                _ => NoUsableAnswer,
            };
        }
        catch (Exception)
        {
            // Refused, reset, late, too long, no JSON, a target that no header can carry: whatever it is, it is not "open".
            return NoUsableAnswer;
        }
        finally
        {
            Note(Stopwatch.GetElapsedTime(started).Ticks);
        }
    }

    /// <summary>The path as received, without its query, and the method, in the header family of the policy.</summary>
    private HttpRequestMessage Question(HttpContext context)
    {
        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        HttpRequestMessage question = new HttpRequestMessage(HttpMethod.Get, "guard");
        question.Headers.TryAddWithoutValidation("X-Original-URI", target.Split('?', 2)[0]);
        question.Headers.TryAddWithoutValidation("X-Original-Method", context.Request.Method);
        if (_key is not null)
        {
            question.Headers.TryAddWithoutValidation(HostKeys.Header, _key);
        }

        return question;
    }

    private static bool SaysOpen(byte[] body)
    {
        using JsonDocument answer = JsonDocument.Parse(body);
        return answer.RootElement.TryGetProperty("verdict", out JsonElement verdict) && verdict.ValueEquals("open");
    }

    private void Note(long ticks)
    {
        long slowest = Interlocked.Read(ref _slowest);
        while (ticks > slowest)
        {
            long seen = Interlocked.CompareExchange(ref _slowest, ticks, slowest);
            if (seen == slowest)
            {
                return;
            }

            slowest = seen;
        }
    }

    /// <summary>The guard's refusal, for the caller.</summary>
    private sealed class Relayed(byte[] problem, string? retryAfter) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            HttpResponse response = httpContext.Response;
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            response.ContentType = MediaTypeNames.Application.ProblemJson;
            response.Headers.CacheControl = "no-store";
            if (retryAfter is not null)
            {
                response.Headers.RetryAfter = retryAfter;
            }

            await response.Body.WriteAsync(problem, httpContext.RequestAborted);
        }
    }
}
