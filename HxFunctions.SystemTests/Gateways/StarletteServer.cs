using System.Globalization;
using HxFunctions.Tests.Bypass;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>uvicorn with starlette_app.py, which has the routes that a test gives it.</summary>
internal sealed class StarletteServer : UvicornServer
{
    /// <summary>The status of a route's answer.</summary>
    public const int Routed = 299;

    private readonly KeptAliveHttp _http;

    private StarletteServer(IEnumerable<string> routes, string parser)
        : base("starlette_app", parser)
    {
        File.WriteAllLines(Path.Combine(Folder.Path, "routes.tsv"), routes);
        _http = new(new Uri($"http://127.0.0.1:{Port}"));
    }

    /// <param name="routes">Methods, a tab and a template each, in the order in which they are tried.</param>
    /// <param name="parser">uvicorn's <c>--http</c>: <c>h11</c> or <c>httptools</c>.</param>
    /// <exception cref="InvalidOperationException">uvicorn isn't installed, or doesn't start; the message has the end of its
    /// log.</exception>
    public static Task<StarletteServer> StartAsync(IEnumerable<string> routes, string parser) =>
        StartedAsync(new StarletteServer(routes, parser));

    /// <returns>The status, and the number of the route that answered, or -1.</returns>
    public async Task<(int Status, int Route)> SendAsync(string method, string target)
    {
        // uvicorn closes the connection behind what it can't read; it may do so when the next request is on its way.
        string answer = "";
        for (int attempt = 0; attempt < 2 && answer.Length == 0; attempt++)
        {
            answer = await _http.SendAsync(method, target, "Content-Length: 0");
        }

        Assert.True(answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal), $"No answer to {method} {target}: '{answer}' {Log}");
        const string Header = "x-route: ";
        int at = answer.IndexOf(Header, StringComparison.OrdinalIgnoreCase);
        int route = at < 0 ? -1 : int.Parse(answer[(at + Header.Length)..].Split('\r')[0], CultureInfo.InvariantCulture);
        return (KeptAliveHttp.StatusOf(answer), route);
    }

    /// <summary>Closes the connection, which uvicorn would wait for, and ends it.</summary>
    public override ValueTask DisposeAsync()
    {
        _http.Dispose();
        return base.DisposeAsync();
    }
}
