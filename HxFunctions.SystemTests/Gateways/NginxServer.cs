using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The machine's nginx with the files of infra/gateways/nginx, in which only addresses, key, patience and clock are changed. One
/// process, in a directory of its own.</summary>
internal sealed class NginxServer : FrontServer, IGateway
{
    /// <summary>A request's header that says the time as nginx's $time_iso8601 does.</summary>
    public const string ClockHeader = "X-Clock";

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

    private NginxServer(GatewaySetup setup)
        : base("nginx", new ThrowAwayDirectory("hx-nginx-"))
    {
        File.WriteAllText(Path.Combine(Folder.Path, "nginx.conf"), Main);
        GatewayFile file = new(Path.Combine(Repository.Root, "infra", "gateways", "nginx"), Folder.Path);
        file.Copy("hx-allowlist.conf");
        file.Copy("hx-guard-key.conf", ("replace-me", setup.Key));
        file.Copy("hx-guard-ask.conf", setup.IsPatient ? [(" 2s;", " 20s;")] : []);
        file.Copy(
            "hx-guard.conf",
            [
                ("127.0.0.1:8001", $"127.0.0.1:{setup.GuardPort}"),
                ("127.0.0.1:4000", $"127.0.0.1:{setup.BackendPort}"),
                ("listen 8080;", $"listen 127.0.0.1:{Port}; listen 127.0.0.1:{Http2Port} http2;"),
                ("/run/hx-guard ", Path.Combine(Folder.Path, "kept") + " "),
                // A test says what time it is, if it matters: none may fail because an hour ends.
                ("map $time_iso8601 $hx_hour", $"map $http_{ClockHeader.Replace('-', '_').ToLowerInvariant()} $hx_hour"),
                .. setup.Mistakes,
                .. setup.HasAllowlist ? [("# include hx-allowlist.conf;", "include hx-allowlist.conf;")] : Array.Empty<(string, string)>(),
            ]
        );
    }

    public int? Http2Port { get; } = FreePort.Next();

    protected override IReadOnlyList<int> Ports => [Port, Http2Port!.Value];

    public static Task<NginxServer> StartAsync(GatewaySetup setup) => StartedAsync(new NginxServer(setup));

    protected override ChildProcess Launch() =>
        ChildProcess.Start(_program, ["-p", Folder.Path, "-c", Path.Combine(Folder.Path, "nginx.conf")], Folder);
}
