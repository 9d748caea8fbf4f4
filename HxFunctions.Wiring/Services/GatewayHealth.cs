using System.Globalization;
using System.Text.Json;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Wiring.Services;

/// <summary>What LiteLLM says of itself.</summary>
/// <param name="options">Where, and for how long.</param>
/// <param name="http">See <see cref="ServiceRestart.CreateClient"/>.</param>
/// <param name="time">For deadlines.</param>
internal sealed class GatewayHealth(ServiceOptions options, HttpClient http, TimeProvider time)
{
    private const int MaxBodyLength = 256 * 1024;
    private const string NotLiteLlm = "Is --gateway LiteLLM's own address?";

    /// <summary>One GET. That nobody listens is normal while LiteLLM starts.</summary>
    /// <returns>Whether it was 200, and the status or why there was none.</returns>
    public async Task<(bool Alive, string Answer)> TryLivelinessAsync(CancellationToken cancellationToken)
    {
        (int status, string answer, _) = await GetAsync(options.Liveliness, cancellationToken);
        return (status == 200, answer);
    }

    /// <summary>
    /// One GET of <c>/health/readiness</c>. In 1.74.4 and 1.81.9 (<c>proxy/health_endpoints/_health_endpoints.py</c>) the answer is 200
    /// with <c>db</c> "connected", or "Not connected" when it runs without a database, for good. With one, <c>status</c> is what the last
    /// check of it found: "connected", or 503 when it fails. Where <c>allow_requests_on_db_unavailable</c> lets failures pass, it is what
    /// the last good check of this process found: "unknown" until there was one, so that a process that has just been started tells the
    /// truth, and "connected" ever after. <c>cache</c> is the type, an object with the <c>type</c> for a semantic one, or null. Since 1.84
    /// a caller without a key gets <c>status</c> and <c>db</c> only, from a release candidate <c>status</c> alone (BerriAI/litellm #26912,
    /// #27866): what the answer doesn't have is unknown, and no sign of a failure.
    /// </summary>
    /// <param name="cacheType">The cache that it should have; <see langword="null"/>: whatever it has.</param>
    /// <returns><see langword="null"/>: neither yes nor no yet, ask again. The answer holds nothing secret.</returns>
    public async Task<(SystemctlResult? Result, string Answer)> TryReadinessAsync(string? cacheType, CancellationToken cancellationToken)
    {
        (int status, string answer, string body) = await GetAsync(options.Readiness, cancellationToken);
        if (status is 401 or 403 or 404)
        {
            string why = $"unknown: /health/readiness answers {answer}, which does not include the database and the cache";
            return (new(true, why, null) { IsUnknown = true }, answer);
        }

        return status == 200 ? Judge(body, cacheType) : (null, answer);
    }

    private (SystemctlResult? Result, string Answer) Judge(string body, string? cacheType)
    {
        JsonElement answer;
        try
        {
            answer = JsonElement.Parse(body);
        }
        catch (JsonException)
        {
            return (new(false, "/health/readiness is not JSON: another program answers", NotLiteLlm), "");
        }

        if (answer.ValueKind != JsonValueKind.Object)
        {
            return (new(false, "/health/readiness is not a JSON object: another program answers", NotLiteLlm), "");
        }

        (bool tellsDatabase, string? database) = Member(answer, "db");
        (bool tellsCache, string? cache) = Member(answer, "cache");
        if (tellsDatabase && (database is "Not connected" or null))
        {
            return (
                new(
                    false,
                    $"LiteLLM runs without its database: db is {(database is null ? "null" : $"\"{database}\"")}",
                    $"{Systemctl.SeeJournal(options.Service)} Usual causes: the prisma command is not installed with LiteLLM, or its "
                        + "migration failed."
                ),
                ""
            );
        }

        if ((tellsDatabase && database != "connected") || Member(answer, "status").Text is "unknown" or "disconnected")
        {
            return (null, "200, but its database is not connected yet");
        }

        if (tellsCache && cacheType is not null && cache != cacheType)
        {
            return (
                new(
                    false,
                    $"LiteLLM's cache is {(cache is null or { Length: > 40 } ? "missing" : $"\"{cache}\"")} instead of {cacheType}",
                    $"{Systemctl.SeeJournal(options.Service)} Does LiteLLM read this configuration?"
                ),
                ""
            );
        }

        string found = tellsDatabase ? "database connected" : "database unknown";
        if (cacheType is not null)
        {
            found += tellsCache ? $", cache {cacheType}" : ", cache unknown";
        }

        return tellsDatabase && (tellsCache || cacheType is null)
            ? (new(true, found, null), "")
            : (new(true, $"{found}: /health/readiness does not say more without a key", null) { IsUnknown = true }, "");
    }

    /// <returns>Whether the answer has it; its text, which for a semantic cache is its type.</returns>
    private static (bool IsThere, string? Text) Member(JsonElement answer, string name) =>
        !answer.TryGetProperty(name, out JsonElement value) ? (false, null)
        : value.ValueKind == JsonValueKind.String ? (true, value.GetString())
        : value.ValueKind == JsonValueKind.Object ? (true, Member(value, "type").Text)
        : (true, null);

    /// <returns>The status, 0 when there was none; the same in words, or why there was none; the body.</returns>
    private async Task<(int Status, string Answer, string Body)> GetAsync(Uri address, CancellationToken cancellationToken)
    {
        using CancellationTokenSource tryOver = new(options.TryTimeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(tryOver.Token, cancellationToken);
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, either.Token);
            int status = (int)answer.StatusCode;
            string body = "";
            if (status == 200 && address == options.Readiness)
            {
                await answer.Content.LoadIntoBufferAsync(MaxBodyLength, either.Token);
                body = await answer.Content.ReadAsStringAsync(either.Token);
            }

            return (status, status.ToString(CultureInfo.InvariantCulture), body);
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException
                || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            return (0, e is OperationCanceledException ? "timeout" : NetworkFailures.Classify(e) ?? Reasons.Error, "");
        }
    }
}
