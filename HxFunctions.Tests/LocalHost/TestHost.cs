using HxFunctions.Cli.LocalHost;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace HxFunctions.Tests.LocalHost;

/// <summary>A started LocalHost on a free loopback port, with an empty route prefix and its log at hand.</summary>
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

    public static async Task<TestHost> StartAsync(
        IEnumerable<Type> functions,
        Func<LocalHostOptions, LocalHostOptions>? configure = null,
        string? hostJson = """{ "version": "2.0", "extensions": { "http": { "routePrefix": "" } } }""",
        Action<IServiceCollection>? services = null
    )
    {
        DirectoryInfo contentRoot = Directory.CreateTempSubdirectory("hx-test-");
        if (hostJson is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(contentRoot.FullName, HostJson.FileName), hostJson);
        }

        FakeLoggerProvider log = new FakeLoggerProvider();
        LocalHostOptions options = new LocalHostOptions
        {
            Configuration = new ConfigurationBuilder().Build(),
            ContentRoot = contentRoot.FullName,
            Functions = FunctionCatalog.FromTypes(functions),
            ConfigureServices = collection =>
            {
                collection.AddLogging(logging => logging.ClearProviders().AddProvider(log));
                services?.Invoke(collection);
            },
        };
        WebApplication app = LocalFunctionHost.Build(configure?.Invoke(options) ?? options);
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
