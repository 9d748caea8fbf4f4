namespace HxFunctions.SystemTests.Servers;

/// <summary>The versions that LiteLLM's <c>/health/readiness</c> differs by (<c>proxy/health_endpoints/_health_endpoints.py</c>).</summary>
internal enum LiteLlmReadinessShape
{
    /// <summary>1.81.9: the cache is there, and what the check of the database found is the status.</summary>
    Full,

    /// <summary>Since 1.84 (BerriAI/litellm #26912, #27866): what a caller without a key gets is the status and <c>db</c>.</summary>
    StatusAndDatabase,

    /// <summary>A release candidate of 1.84 (#26912 without #27866): the status alone.</summary>
    StatusAlone,
}

/// <summary>What <c>/health/readiness</c> answers with a database.</summary>
internal static class LiteLlmReadiness
{
    /// <summary>The route's own path.</summary>
    public const string Path = "/health/readiness";

    /// <param name="reachable">Whether the database answers. Since #27003, 503 says that it doesn't.</param>
    public static (int Status, string Body) Answer(LiteLlmReadinessShape shape, bool reachable) =>
        (shape, reachable) switch
        {
            (LiteLlmReadinessShape.Full, true) => (
                200,
                """{"status":"connected","db":"connected","cache":"redis","litellm_version":"1.81.9","success_callbacks":[],"use_aiohttp_transport":true,"last_updated":"2026-11-27T02:00:00.000000"}"""
            ),
            (LiteLlmReadinessShape.Full, false) => (503, """{"detail":"Service Unhealthy (All connection attempts failed)"}"""),
            (LiteLlmReadinessShape.StatusAndDatabase, true) => (200, """{"status":"healthy","db":"connected"}"""),
            (LiteLlmReadinessShape.StatusAndDatabase, false) => (503, """{"status":"healthy","db":"disconnected"}"""),
            (_, _) => (reachable ? 200 : 503, """{"status":"healthy"}"""),
        };
}
