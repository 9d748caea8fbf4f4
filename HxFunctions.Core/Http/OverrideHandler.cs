using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Snapshots;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http;

/// <summary>What <c>/override</c> answers: show, set, clear.</summary>
internal sealed class OverrideHandler(OverrideControl control, SnapshotBoard board, HxSettings settings, TimeProvider time)
{
    /// <summary>Shows, sets or clears the override, by the request's method.</summary>
    public async Task<IResult> AnswerAsync(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            return Show(await control.ReadReachAsync());
        }
        // Browsers name the page that sends a request. No page has business here, and without keys any could close or open the guard.
        if (request.Headers.Origin.Count > 0)
        {
            return ProblemAnswer.BadRequest("Requests from web pages are refused.");
        }

        if (settings.Problems.Count > 0)
        {
            return new ProblemAnswer(
                503,
                "misconfigured",
                "The configuration is wrong, so an override would not be in effect everywhere. Nothing was changed."
            );
        }

        if (HttpMethods.IsPost(request.Method))
        {
            return await SetAsync(request);
        }

        if (!HttpMethods.IsDelete(request.Method))
        {
            return Show(reach: null);
        }

        string by = request.Query["by"].ToString();
        if (by.Length > GuardOverride.MaxByLength)
        {
            return ProblemAnswer.BadRequest("'by' is too long.");
        }

        return await AnswerAsync(await control.ClearAsync(by), GuardOverride.MaxDuration);
    }

    private async Task<IResult> SetAsync(HttpRequest request)
    {
        byte[]? json = await RequestBody.ReadAsync(request, request.HttpContext.RequestAborted);
        if (json is null)
        {
            return ProblemAnswer.TooLarge($"The body must have at most {RequestBody.MaxLength} bytes.");
        }

        OverrideRequest? body;
        try
        {
            // A stream, because only then may a byte order mark come first.
            body = JsonSerializer.Deserialize(new MemoryStream(json), HttpJsonContext.Default.OverrideRequest);
        }
        catch (JsonException)
        {
            body = null;
        }

        if (body is null)
        {
            return ProblemAnswer.BadRequest(
                "The body must be JSON: {\"verdict\":\"closed|open\",\"durationSeconds\":600,\"reason\":\"…\",\"by\":\"…\"}."
            );
        }

        if (body.Verdict is not ("closed" or "open"))
        {
            return ProblemAnswer.BadRequest("'verdict' must be closed or open.");
        }

        if (body.DurationSeconds is not (>= 1 and <= 86_400))
        {
            return ProblemAnswer.BadRequest("'durationSeconds' must be a number from 1 to 86400 (24 hours).");
        }

        if (string.IsNullOrWhiteSpace(body.Reason) || body.Reason.Length > GuardOverride.MaxReasonLength)
        {
            return ProblemAnswer.BadRequest($"'reason' must be a text of 1 to {GuardOverride.MaxReasonLength} characters.");
        }

        if (body.By?.Length > GuardOverride.MaxByLength)
        {
            return ProblemAnswer.BadRequest("'by' is too long.");
        }

        GuardOverride value = new(body.Verdict == "closed", body.Reason, body.By ?? "", time.GetUtcNow());
        TimeSpan lasts = TimeSpan.FromSeconds(body.DurationSeconds);
        return await AnswerAsync(await control.SetAsync(value, lasts), lasts);
    }

    private OverrideAnswer Show(OverrideReach? reach) => new(board.Current, time.GetTimestamp(), reach);

    private async Task<IResult> AnswerAsync(OverrideOutcome outcome, TimeSpan lasts) =>
        outcome switch
        {
            OverrideOutcome.Taken => Show(await control.WaitForReachAsync(lasts)),
            OverrideOutcome.NotTaken => new ProblemAnswer(
                503,
                "store-unavailable",
                "Redis did not take it, so it would not be in effect everywhere. Nothing was changed."
            ),
            _ => new ProblemAnswer(
                503,
                "outcome-unknown",
                "Redis did not say whether it stored it: it does not answer, or another server has taken over. It may be in effect: look "
                    + "again when Redis is back."
            ),
        };
}

internal sealed class OverrideAnswer(HealthSnapshot snapshot, long now, OverrideReach? reach) : JsonAnswer
{
    protected override int Status => 200;

    protected override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        if (snapshot.OverrideAt(now) is { } inEffect)
        {
            writer.WriteOverride(snapshot, inEffect, now);
        }
        else
        {
            writer.WriteNull("override");
        }

        if (reach is not null)
        {
            writer.WriteStartObject("instances");
            writer.WriteNumber("reached", reach.Reached);
            writer.WriteNumber("running", reach.Running);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
