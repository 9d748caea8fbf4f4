using System.Security.Cryptography;
using System.Text;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Snapshots;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http.Status;

/// <summary>What <c>/status</c> and <c>/status/history</c> answer: from memory, with one read of the history, which has
/// <see cref="HistoryReader.Deadline"/>.</summary>
/// <remarks>Looking is not using: it starts no check, and doesn't keep the guard's pace up.</remarks>
internal sealed class StatusHandler(
    HxSettings settings,
    DependencySet dependencies,
    SnapshotBoard board,
    Guard guard,
    TimeProvider time,
    HistoryReader? history = null
)
{
    /// <summary><c>/status</c>: a page for people.</summary>
    public async Task<IResult> PageAsync() => new StatusPageAnswer(await ModelAsync());

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
internal sealed class StatusPageAnswer(StatusModel model) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        // CSP level 3 asks for 128 bits or more (https://www.w3.org/TR/CSP3/#security-nonces).
        string nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        byte[] body = Encoding.UTF8.GetBytes(StatusPage.Render(model, nonce));
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
