using Microsoft.AspNetCore.Http;

namespace HxFunctions.Cli.Serving;

/// <summary>An answer of the host's own: a status with no body, as the Functions host gives it.</summary>
internal static class BareAnswer
{
    /// <summary>It must not be stored, as no answer here may: a 404 or 401 of now says nothing of later.</summary>
    public static void Write(HttpResponse response, int status)
    {
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
    }
}
