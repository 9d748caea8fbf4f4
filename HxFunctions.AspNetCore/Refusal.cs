using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.AspNetCore;

/// <summary>What a caller gets whose request doesn't pass: 503 and a problem (RFC 9457).</summary>
internal static class Refusal
{
    public const string ContentType = "application/problem+json";

    /// <summary>In seconds, where the guard hasn't said it.</summary>
    public const int RetryAfter = 5;

    /// <summary>The same in every gateway's ready files.</summary>
    private static readonly byte[] Unreachable =
        """{"type":"urn:hxfunctions:problem:guard-unreachable","title":"Service Unavailable","status":503,"detail":"The guard gave no usable answer.","verdict":"closed","retryAfterSeconds":5}"""u8.ToArray();

    /// <summary>The guard's own words.</summary>
    /// <param name="words">Empty for an answer to HEAD.</param>
    public static Task WriteClosedAsync(HttpContext context, int retryAfter, byte[] words)
    {
        context.Response.Headers[GuardClient.VerdictHeader] = "closed";
        return WriteAsync(context, retryAfter, words);
    }

    /// <summary>Ours, when the guard's can't be had.</summary>
    public static Task WriteUnreachableAsync(HttpContext context) => WriteAsync(context, RetryAfter, Unreachable);

    private static Task WriteAsync(HttpContext context, int retryAfter, byte[] problem)
    {
        HttpResponse response = context.Response;
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.ContentType = ContentType;
        response.Headers.RetryAfter = retryAfter.ToString(CultureInfo.InvariantCulture);
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        // An answer to HEAD has the headers alone, and needn't know the length (RFC 9110 sections 9.3.2 and 8.6).
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return Task.CompletedTask;
        }

        response.ContentLength = problem.Length;
        return response.Body.WriteAsync(problem, context.RequestAborted).AsTask();
    }
}
