using System.Security.Cryptography;
using System.Text;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Snapshots;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http.Status;

/// <summary>What <c>/status</c> and <c>/status/history</c> answer: from memory, with the history, which is read for all requests together
/// and has <see cref="HistoryReader.Deadline"/>.</summary>
/// <remarks>Looking is not using: it starts no check, and doesn't keep the guard's pace up.</remarks>
internal sealed class StatusHandler(
    HxSettings settings,
    DependencySet dependencies,
    SnapshotBoard board,
    Guard guard,
    TimeProvider time,
    StoreKeys keys,
    HistoryReader? history = null
)
{
    /// <summary><c>/status</c>: a page for people; with <c>?view=wall</c> for a screen on the wall.</summary>
    public async Task<IResult> PageAsync(HttpRequest request) =>
        new StatusPageAnswer(await ModelAsync(), wall: request.Query["view"] == "wall");

    /// <summary><c>/status/feed</c>: the incidents, for feed readers. Without the history there is no feed: an empty one would say that
    /// nothing ever happened.</summary>
    public async Task<IResult> FeedAsync()
    {
        if (settings.Redis is null || history is null)
        {
            return ProblemAnswer.NotFound("There is no feed without REDIS_URL, because there is no history.");
        }

        if (settings.Problems.Count > 0)
        {
            return new ProblemAnswer(503, "misconfigured", "The configuration is wrong: nothing is checked until it is fixed.");
        }

        return await history.ReadAsync() is { } read
            ? new RevalidatedAnswer(
                IncidentFeed.ContentType,
                IncidentFeed.Write(read, [.. dependencies.Select(d => d.Name)], settings.StatusPage, keys.Snapshot)
            )
            : new ProblemAnswer(503, "store-unavailable", "The history can't be read at the moment.");
    }

    /// <summary><c>/badge/{dependency}.svg</c>: an image with a dependency's state, or with all of them.</summary>
    public Task<IResult> BadgeAsync(HttpRequest request)
    {
        HealthSnapshot snapshot = board.Current;
        string name = request.RouteValues["dependency"] as string ?? "";
        long now = time.GetTimestamp();
        if (name.Equals(HealthHandler.AllName, StringComparison.OrdinalIgnoreCase))
        {
            DependencyStatus[] all = [.. dependencies.Select(d => snapshot.StatusAt(d.Index, now))];
            return Task.FromResult<IResult>(new RevalidatedAnswer(StatusBadge.ContentType, StatusBadge.OfAll(all)));
        }

        return Task.FromResult<IResult>(
            dependencies.FindByNameOrAlias(name) is { } dependency
                ? new RevalidatedAnswer(
                    StatusBadge.ContentType,
                    StatusBadge.Of(DependencyKind.DisplayNameOf(dependency.Name), snapshot.StatusAt(dependency.Index, now))
                )
                : ProblemAnswer.NotFound("No such dependency is configured.")
        );
    }

    /// <summary><c>/status/history</c>: the same for machines.</summary>
    public async Task<IResult> HistoryAsync() => new StatusJson(await ModelAsync());

    private async Task<StatusModel> ModelAsync()
    {
        HistoryReading? read = history is null || settings.Problems.Count > 0 ? null : await history.ReadAsync();
        HealthSnapshot snapshot = board.Current;
        return StatusModel.From(
            settings,
            dependencies,
            snapshot,
            (rule, isRead) => guard.Preview(snapshot, rule, isRead),
            read,
            time.GetUtcNow(),
            time.GetTimestamp()
        );
    }
}

/// <summary>The page with the policy that it needs: nothing but its own style and script may run, and it may ask nobody but where it came
/// from.</summary>
internal sealed class StatusPageAnswer(StatusModel model, bool wall) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        // CSP level 3 asks for 128 bits or more (https://www.w3.org/TR/CSP3/#security-nonces).
        string nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        byte[] body = Encoding.UTF8.GetBytes(StatusPage.Render(model, nonce, wall));
        HttpResponse response = httpContext.Response;
        response.StatusCode = 200;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; "
            + $"base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        if (!HttpMethods.IsHead(httpContext.Request.Method))
        {
            await response.Body.WriteAsync(body, httpContext.RequestAborted);
        }
    }
}
