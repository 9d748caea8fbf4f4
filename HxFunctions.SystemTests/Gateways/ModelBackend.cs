using System.Text.Json;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>uvicorn with gateway_app.py: a model gateway's routes as they matter to who stands in front of it.</summary>
internal sealed class ModelBackend : UvicornServer
{
    private readonly HttpClient _http = new();

    private ModelBackend(string parser)
        : base("gateway_app", parser) { }

    /// <param name="parser">uvicorn's <c>--http</c>: <c>h11</c> or <c>httptools</c>.</param>
    public static Task<ModelBackend> StartAsync(string parser = "httptools") => StartedAsync(new ModelBackend(parser));

    /// <summary>The requests that an admin handler has seen, as method and path, and those that had the guard's key.</summary>
    public async Task<string[]> ReachedAdminAsync() =>
        JsonSerializer.Deserialize<string[]>(await _http.GetStringAsync(new Uri($"http://127.0.0.1:{Port}/reached")))!;

    public override ValueTask DisposeAsync()
    {
        _http.Dispose();
        return base.DisposeAsync();
    }
}
