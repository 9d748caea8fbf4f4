using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Cli.LocalHost;

/// <summary>What <see cref="LocalFunctionHost"/> serves, where, and to whom.</summary>
internal sealed record LocalHostOptions
{
    /// <summary>Where to listen; loopback by default. Must be loopback when <see cref="Keys"/> is empty.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0, the default, takes a free one: see <see cref="LocalHostExtensions.GetBoundAddress"/>.</summary>
    public int Port { get; init; }

    /// <summary>The keys that callers must send; none by default.</summary>
    public HostKeys Keys { get; init; } = HostKeys.None;

    /// <summary>The functions; those compiled into hx by default.</summary>
    public FunctionCatalog? Functions { get; init; }

    /// <summary>The app settings.</summary>
    public required IConfiguration Configuration { get; init; }

    /// <summary>Registers what the functions need. A <see cref="TimeProvider"/> registered here turns the timers.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; init; }

    /// <summary>Begins what the functions will wait for, while the host is still being made.</summary>
    public Action<IServiceProvider>? Prepare { get; init; }

    /// <summary>Puts middleware before the functions.</summary>
    public Action<WebApplication>? ConfigureApp { get; init; }

    /// <summary>Puts something around whatever answers a function's requests: 401 and 404 as well as the function.</summary>
    public Func<HttpFunction, RequestDelegate, RequestDelegate>? ConfigureFunction { get; init; }

    /// <summary>Whether log records are JSON objects, one per line, instead of lines for people.</summary>
    public bool LogsJson { get; init; }

    /// <summary>The folder of <c>host.json</c>; that of the program by default.</summary>
    public string ContentRoot { get; init; } = AppContext.BaseDirectory;

    /// <summary>The lowest level that is logged; information by default, and always warning for the framework's own.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>How an exception that a function threw reads in the log: the place to take out secrets. All of it by default.</summary>
    public Func<Exception, string> DescribeException { get; init; } = exception => exception.ToString();
}
