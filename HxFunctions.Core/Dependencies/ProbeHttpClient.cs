namespace HxFunctions.Core.Dependencies;

/// <summary>HTTP clients for probes: no redirects, no cookies, no proxy, and no timeout but the probe's own deadline.</summary>
internal static class ProbeHttpClient
{
    /// <param name="connectTimeout">The probe's deadline.</param>
    /// <param name="baseAddress">Ends with a slash.</param>
    /// <param name="apiKey">Sent as <c>api-key</c>, if given.</param>
    public static HttpClient Create(TimeSpan connectTimeout, Uri? baseAddress = null, string? apiKey = null)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            // Bounds how long a moved DNS name goes unnoticed.
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            // Qdrant closes idle connections after 5 s.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4),
            ConnectTimeout = connectTimeout,
            MaxResponseHeadersLength = 16,
        };
        HttpClient client = new(handler) { Timeout = Timeout.InfiniteTimeSpan, BaseAddress = baseAddress };
        if (apiKey is not null)
        {
            client.DefaultRequestHeaders.Add("api-key", apiKey);
        }

        return client;
    }
}
