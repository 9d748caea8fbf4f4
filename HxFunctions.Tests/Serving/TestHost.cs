using HxFunctions.Cli.Serving;
using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace HxFunctions.Tests.Serving;

/// <summary>A started <see cref="ServeHost"/> on a free loopback port, with an empty route prefix and its log at hand.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo _contentRoot;

    private TestHost(WebApplication app, DirectoryInfo contentRoot, FakeLoggerProvider log)
    {
        _app = app;
        _contentRoot = contentRoot;
        Log = log;
    }

    public FakeLoggerProvider Log { get; }

    public Uri Address => _app.GetBoundAddress();

    /// <param name="endpoints">What is served.</param>
    /// <param name="configure">Changes the options.</param>
    /// <param name="hostJson">The text of <c>host.json</c>; <see langword="null"/>: there is none.</param>
    public static async Task<TestHost> StartAsync(
        IReadOnlyList<HttpEndpoint> endpoints,
        Func<ServeOptions, ServeOptions>? configure = null,
        string? hostJson = """{ "version": "2.0", "extensions": { "http": { "routePrefix": "" } } }"""
    )
    {
        DirectoryInfo contentRoot = Directory.CreateTempSubdirectory("hx-test-");
        if (hostJson is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(contentRoot.FullName, HostJson.FileName), hostJson);
        }

        FakeLoggerProvider log = new();
        ServeOptions options = new()
        {
            Configuration = new ConfigurationBuilder().Build(),
            ContentRoot = contentRoot.FullName,
            Endpoints = endpoints,
            ConfigureServices = services => services.AddLogging(logging => logging.ClearProviders().AddProvider(log)),
        };
        WebApplication app = ServeHost.Build(configure?.Invoke(options) ?? options);
        await app.StartAsync();
        return new TestHost(app, contentRoot, log);
    }

    public Task<RawResponse> SendAsync(string requestLine, params string[] headers) => RawHttp.SendAsync(Address, requestLine, "", headers);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _contentRoot.Delete(recursive: true);
    }
}
