using System.Net;
using HxFunctions.Core.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Cli.Serving;

/// <summary>What <see cref="ServeHost"/> serves, where, and to whom.</summary>
internal sealed record ServeOptions
{
    /// <summary>Where to listen; loopback by default. Must be loopback when <see cref="Keys"/> is empty.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0, the default, takes a free one: see <see cref="ServeHost.GetBoundAddress"/>.</summary>
    public int Port { get; init; }

    /// <summary>The keys that callers must send; none by default.</summary>
    public HostKeys Keys { get; init; } = HostKeys.None;

    /// <summary>What is served; the product's endpoints by default.</summary>
    public IReadOnlyList<HttpEndpoint> Endpoints { get; init; } = Core.Http.Endpoints.All;

    /// <summary>How many connections are taken at once; by default what the process can bear.</summary>
    public ConnectionLimit Connections { get; init; } = ConnectionLimit.OfThisProcess();

    /// <summary>The app settings.</summary>
    public required IConfiguration Configuration { get; init; }

    /// <summary>Registers what the endpoints need.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; init; }

    /// <summary>Whether every request gets a span.</summary>
    public bool Traces { get; init; }

    /// <summary>Whether log records are JSON objects, one per line, instead of lines for people.</summary>
    public bool LogsJson { get; init; }

    /// <summary>The folder of <c>host.json</c>; that of the program by default.</summary>
    public string ContentRoot { get; init; } = AppContext.BaseDirectory;

    /// <summary>The lowest level that is logged; information by default, and always warning for the framework's own.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>How an exception that an endpoint threw reads in the log: the place to take out secrets. All of it by default.</summary>
    public Func<IServiceProvider, Exception, string> DescribeException { get; init; } = (_, exception) => exception.ToString();
}
