using System.Net;
using System.Text.Json;
using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// An authenticated read: <c>GET /collections</c>, and the collection's own status if one is configured. <c>/readyz</c> would not do:
/// it needs no key, is always 200 on a single node, and never goes back to 503 (qdrant PR #2409).
/// </summary>
internal sealed partial class QdrantCheck(HxSettings settings, TimeProvider time, Redactor redactor, ILogger<QdrantCheck> logger)
    : IProbeCheck
{
    private readonly ProbeHttpClient _client = new(settings.Interval, time, redactor);
    private readonly Uri _baseUrl = settings.Qdrant!.BaseUrl;
    private readonly string? _collection = settings.QdrantCollection;

    public async Task<HealthCheckResult> CheckAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        try
        {
            HttpFinding found = await AskAsync("list the collections", "collections", JudgeListAsync, run, cancellationToken);
            if (found.IsOk && _collection is not null)
            {
                string path = $"collections/{Uri.EscapeDataString(_collection)}";
                found = await AskAsync("look at the collection", path, JudgeCollectionAsync, run, cancellationToken);
            }

            return found.IsOk ? CheckResults.Healthy() : CheckResults.Unhealthy(found.Reason, found.Detail);
        }
        catch (Exception exception)
        {
            string reason = HttpFailures.Classify(exception);
            LogFailed(reason, exception.GetType().Name, redactor.Redact(exception.Message));
            return CheckResults.Unhealthy(reason);
        }
    }

    private Task<HttpFinding> AskAsync(
        string what,
        string path,
        Func<HttpResponseMessage, CancellationToken, Task<HttpFinding>> judge,
        ProbeRun run,
        CancellationToken cancellationToken
    ) => _client.AskAsync(what, () => Question(path), judge, run, cancellationToken);

    private HttpRequestMessage Question(string path)
    {
        HttpRequestMessage request = HttpCheck.Get(new Uri(_baseUrl, path));
        if (settings.QdrantApiKey is { } key)
        {
            request.Headers.Add("api-key", key);
        }

        return request;
    }

    private static async Task<HttpFinding> JudgeListAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        HttpFinding found = HttpFailures.Judge(response.StatusCode);
        if (!found.IsOk)
        {
            return found;
        }

        QdrantAnswer answer = await QdrantAnswer.ReadAsync(response.Content, "collections", cancellationToken);
        return answer.Kind == JsonTokenType.StartArray ? found : new(Reasons.UnexpectedResponse);
    }

    /// <summary>Green, yellow (optimising) and grey (optimisation pending) work; red has failed operations that were not recovered. The
    /// server and the key have just listed the collections, so that other answers are about this one: 403 to a key for other collections,
    /// and 500 if its shards weren't loaded, as in recovery mode (qdrant's lib/collection/src/shards/dummy_shard.rs).</summary>
    private static async Task<HttpFinding> JudgeCollectionAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        HttpFinding found = response.StatusCode switch
        {
            HttpStatusCode.NotFound => new(Reasons.CollectionMissing),
            HttpStatusCode.Forbidden => new(Reasons.PermissionDenied),
            HttpStatusCode.InternalServerError => HttpFailures.Unexpected(response.StatusCode) with { Reason = Reasons.NotReady },
            _ => HttpFailures.Judge(response.StatusCode),
        };
        if (!found.IsOk)
        {
            return found;
        }

        QdrantAnswer answer = await QdrantAnswer.ReadAsync(response.Content, "status", cancellationToken);
        return answer.Text switch
        {
            "green" or "yellow" or "grey" => found,
            "red" => new(Reasons.CollectionRed),
            _ => new(Reasons.UnexpectedResponse),
        };
    }

    [LoggerMessage(1031, LogLevel.Debug, "Qdrant probe failed with {Reason}: {ExceptionType}: {Message}")]
    private partial void LogFailed(string reason, string exceptionType, string message);
}
