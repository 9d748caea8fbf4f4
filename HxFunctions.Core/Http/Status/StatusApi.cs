using System.Security.Cryptography;
using System.Text;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Probing;
using HxFunctions.Core.Snapshots;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http.Status;

/// <summary>What <c>/status</c> and <c>/status/history</c> answer: from memory, with one read of the history, which has
/// <see cref="HistoryReader.Deadline"/>.</summary>
/// <remarks>Looking is not using: it starts no check, and doesn't keep the guard's pace up.</remarks>
public sealed class StatusApi
{
    private readonly HxSettings _settings;
    private readonly DependencySet _dependencies;
    private readonly SnapshotBoard _board;
    private readonly Guard _guard;
    private readonly HistoryReader? _history;
    private readonly TimeProvider _time;

    /// <param name="history"><see langword="null"/> when none is kept.</param>
    internal StatusApi(
        HxSettings settings,
        DependencySet dependencies,
        SnapshotBoard board,
        Guard guard,
        HistoryReader? history,
        TimeProvider time
    )
    {
        _settings = settings;
        _dependencies = dependencies;
        _board = board;
        _guard = guard;
        _history = history;
        _time = time;
    }

    /// <summary><c>/status</c>: a page for people.</summary>
    public async Task<IResult> PageAsync() => new StatusPageAnswer(await ModelAsync());

    /// <summary><c>/status/history</c>: the same for machines.</summary>
    public async Task<IResult> HistoryAsync() => new StatusJson(await ModelAsync());

    private async Task<StatusModel> ModelAsync()
    {
        HistoryReading? history = _history is null ? null : await _history.ReadAsync();
        HealthSnapshot snapshot = _board.Current;
        return StatusModel.From(
            _settings,
            _dependencies,
            snapshot,
            (rule, isRead) => _guard.Preview(snapshot, rule, isRead),
            history,
            _time.GetUtcNow(),
            _time.GetTimestamp()
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
            $"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        if (!HttpMethods.IsHead(httpContext.Request.Method))
        {
            await response.Body.WriteAsync(body, httpContext.RequestAborted);
        }
    }
}
