using System.Globalization;
using System.Net.Sockets;
using System.Text;
using HxFunctions.Servers;
using HxFunctions.Tests;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The machine's nginx with the files of infra/gateways/nginx, in which only addresses, key and patience are changed. One process,
/// in a directory of its own.</summary>
internal sealed class NginxServer : FrontServer
{
    public const string Key = "made-up-function-key";

    private const string Main = """
        daemon off; master_process off; pid nginx.pid; error_log stderr;
        events { }
        http {
            access_log off;
            client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
            include hx-guard.conf;
        }
        """;

    private readonly string _program = ExternalProgram.FindServer("nginx", package: "nginx-light");

    private NginxServer(int guardPort, int backendPort, string key, bool patient)
        : base("nginx", new ThrowAwayDirectory("hx-nginx-"))
    {
        Write("nginx.conf", Main);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "infra", "gateways", "nginx"), "*.conf"))
        {
            string text = File.ReadAllText(file);
            text = Replace(text, "127.0.0.1:8001", $"127.0.0.1:{guardPort}");
            text = Replace(text, "127.0.0.1:4000", $"127.0.0.1:{backendPort}");
            text = Replace(text, "listen 8080", $"listen 127.0.0.1:{Port}");
            if (patient)
            {
                text = Replace(text, " 2s;", " 20s;");
            }

            Write(Path.GetFileName(file), Replace(text, "replace-me", key));
        }
    }

    /// <param name="guardPort">Where the guard answers on 127.0.0.1.</param>
    /// <param name="backendPort">Where the backend does.</param>
    /// <param name="key">The function key.</param>
    /// <param name="patient">Waits ten times as long for the guard: on a busy machine an answer that comes must not be missed.</param>
    public static async Task<NginxServer> StartAsync(int guardPort, int backendPort, string key = Key, bool patient = true)
    {
        NginxServer server = new(guardPort, backendPort, key, patient);
        try
        {
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a target and headers byte for byte, as UTF-8.</summary>
    /// <returns>Null: no answer, or one without a head, to what was no line of HTTP/1.1.</returns>
    public async Task<RawResponse?> SendAsync(string method, string target, string body = "", params string[] headers)
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", Port);
        await using NetworkStream stream = client.GetStream();
        string length = string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        string head = string.Concat(headers.Select(header => header + "\r\n"));
        await stream.WriteAsync(
            Encoding.UTF8.GetBytes($"{method} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{length}{head}\r\n{body}")
        );
        using StreamReader reader = new(stream, Encoding.UTF8);
        string text = await reader.ReadToEndAsync();
        return text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? RawResponse.Parse(text) : null;
    }

    protected override ChildProcess Launch() =>
        ChildProcess.Start(_program, ["-p", Folder.Path, "-c", Path.Combine(Folder.Path, "nginx.conf")], Folder);

    private static string Replace(string text, string from, string to) => text.Replace(from, to, StringComparison.Ordinal);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(Folder.Path, name), text);
}
