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
internal sealed partial class QdrantCheck(HxSettings settings, Redactor redactor, ILogger<QdrantCheck> logger) : IHealthCheck
{
    /// <summary>The most that is read of an answer, in bytes: some ten thousand collections.</summary>
    private const int MaxAnswerLength = 1024 * 1024;

    private readonly HttpClient _client = ProbeHttpClient.Create(settings.QdrantTimeout, settings.Qdrant!.BaseUrl, settings.QdrantApiKey);
    private readonly string? _collection = settings.QdrantCollection;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            string reason = await AskAsync("collections", Reasons.UnexpectedResponse, IsListOfCollections, cancellationToken);
            if (reason == Reasons.Ok && _collection is not null)
            {
                string path = $"collections/{Uri.EscapeDataString(_collection)}";
                reason = await AskAsync(path, Reasons.CollectionMissing, CollectionStatus, cancellationToken);
            }

            return reason == Reasons.Ok ? CheckResults.Healthy() : CheckResults.Unhealthy(reason);
        }
        catch (Exception exception)
        {
            string reason = HttpFailures.Classify(exception);
            LogFailed(reason, exception.GetType().Name, redactor.Redact(exception.Message));
            return CheckResults.Unhealthy(reason);
        }
    }

    private async Task<string> AskAsync(string path, string notFound, Func<JsonElement, string> judge, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return notFound;
        }

        if (HttpFailures.Classify(response.StatusCode) is { } failure)
        {
            return failure;
        }

        await using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
        byte[] bytes = await ReadAtMostAsync(body, cancellationToken);
        if (bytes.Length > MaxAnswerLength)
        {
            return Reasons.UnexpectedResponse;
        }

        using JsonDocument answer = JsonDocument.Parse(bytes);
        return judge(answer.RootElement);
    }

    private static async Task<byte[]> ReadAtMostAsync(Stream body, CancellationToken cancellationToken)
    {
        using MemoryStream read = new();
        byte[] buffer = new byte[8192];
        while (read.Length <= MaxAnswerLength && await body.ReadAsync(buffer, cancellationToken) is int count and > 0)
        {
            read.Write(buffer, 0, count);
        }

        return read.ToArray();
    }

    private static string IsListOfCollections(JsonElement answer) =>
        Member(answer, "result") is { } result && Member(result, "collections") is { ValueKind: JsonValueKind.Array }
            ? Reasons.Ok
            : Reasons.UnexpectedResponse;

    /// <summary>Green, yellow (optimising) and grey (optimisation pending) work; red has failed operations that were not
    /// recovered.</summary>
    private static string CollectionStatus(JsonElement answer) =>
        (
            Member(answer, "result") is { } result && Member(result, "status") is { ValueKind: JsonValueKind.String } status
                ? status.GetString()
                : null
        ) switch
        {
            "green" or "yellow" or "grey" => Reasons.Ok,
            "red" => Reasons.CollectionRed,
            _ => Reasons.UnexpectedResponse,
        };

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member) ? member : null;

    [LoggerMessage(1031, LogLevel.Debug, "Qdrant probe failed with {Reason}: {ExceptionType}: {Message}")]
    private partial void LogFailed(string reason, string exceptionType, string message);
}
