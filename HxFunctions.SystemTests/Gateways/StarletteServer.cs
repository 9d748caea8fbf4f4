using System.Globalization;
using System.Net.Sockets;
using System.Text;
using HxFunctions.Servers;
using HxFunctions.Tests;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>Debian's uvicorn with starlette_app.py: the framework and the server that LiteLLM runs on. One process, in a directory of its
/// own. Requests are sent as they are, one after the other over one connection.</summary>
internal sealed class StarletteServer : IAsyncDisposable
{
    /// <summary>The status of a route's answer.</summary>
    public const int Routed = 299;

    /// <summary>Debian's packages are for Debian's Python alone, which need not be the first one in PATH.</summary>
    private const string Python = "/usr/bin/python3";

    private readonly ThrowAwayDirectory _directory = new("hx-starlette-");
    private readonly ChildProcess _process;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private TcpClient? _client;

    private StarletteServer(IEnumerable<string> routes, string parser)
    {
        if (!File.Exists("/usr/lib/python3/dist-packages/uvicorn/__init__.py"))
        {
            throw new InvalidOperationException(
                "uvicorn is not on this machine. On Debian: apt-get install python3-starlette python3-uvicorn python3-httptools "
                    + "(eng/test does it)."
            );
        }

        File.WriteAllLines(Path.Combine(_directory.Path, "routes.tsv"), routes);
        string folder = Path.Combine(Repository.Root, "HxFunctions.SystemTests", "Gateways");
        string port = Port.ToString(CultureInfo.InvariantCulture);
        _process = ChildProcess.Start(
            Python,
            // Isolated, and without writing compiled files next to ours.
            [
                "-IB",
                "-m",
                "uvicorn",
                "--host",
                "127.0.0.1",
                "--port",
                port,
                "--http",
                parser,
                .. Quiet,
                "--app-dir",
                folder,
                "starlette_app:app",
            ],
            _directory
        );
    }

    public int Port { get; } = FreePort.Next();

    private static string[] Quiet => ["--no-access-log", "--log-level", "critical", "--lifespan", "off", "--timeout-keep-alive", "600"];

    /// <param name="routes">Methods, a tab and a template each, in the order in which they are tried.</param>
    /// <param name="parser">uvicorn's <c>--http</c>: <c>h11</c> or <c>httptools</c>.</param>
    public static async Task<StarletteServer> StartAsync(IEnumerable<string> routes, string parser)
    {
        StarletteServer server = new(routes, parser);
        try
        {
            await Eventually.TrueAsync(() => server._process.HasExited || server.Listens());
            Assert.False(server._process.HasExited, server._process.Output);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <returns>The status, and the number of the route that answered, or -1.</returns>
    public async Task<(int Status, int Route)> SendAsync(string method, string target)
    {
        byte[] request = Encoding.UTF8.GetBytes($"{method} {target} HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n");
        string answer = "";
        // uvicorn closes the connection behind what it can't read; it may do so when the next request is on its way.
        for (int attempt = 0; attempt < 3 && answer.Length == 0; attempt++)
        {
            answer = await TrySendAsync(request);
        }

        Assert.True(
            answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal),
            $"No answer to {method} {target}: '{answer}' {_process.Output}"
        );
        const string Header = "x-route: ";
        int at = answer.IndexOf(Header, StringComparison.OrdinalIgnoreCase);
        int route = at < 0 ? -1 : int.Parse(answer.AsSpan(at + Header.Length).ToString().Split('\r')[0], CultureInfo.InvariantCulture);
        return (int.Parse(answer.AsSpan(9, 3), CultureInfo.InvariantCulture), route);
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await _process.KillAsync();
        _process.Dispose();
        _directory.Dispose();
    }

    private async Task<string> TrySendAsync(byte[] request)
    {
        try
        {
            _client ??= new TcpClient("127.0.0.1", Port) { NoDelay = true };
            NetworkStream stream = _client.GetStream();
            await stream.WriteAsync(request);
            StringBuilder answer = new();
            while (!answer.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                int read = await stream.ReadAsync(_buffer);
                if (read == 0)
                {
                    Close();
                    return answer.ToString();
                }

                answer.Append(Encoding.Latin1.GetString(_buffer, 0, read));
            }

            // The only answers with a body are those behind which uvicorn closes.
            if (answer.ToString().Contains("connection: close", StringComparison.OrdinalIgnoreCase))
            {
                Close();
            }

            return answer.ToString();
        }
        catch (IOException)
        {
            Close();
            return "";
        }
    }

    private void Close()
    {
        _client?.Dispose();
        _client = null;
    }

    private bool Listens()
    {
        try
        {
            using TcpClient client = new("127.0.0.1", Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
