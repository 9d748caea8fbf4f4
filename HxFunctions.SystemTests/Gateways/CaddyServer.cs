using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The machine's Caddy with the Caddyfile of infra/gateways/caddy, in which only addresses and patience are changed. One process,
/// in a directory of its own.</summary>
internal sealed class CaddyServer : FrontServer, IGateway
{
    private readonly string _program = ExternalProgram.FindServer("caddy", package: "caddy");
    private readonly string _key;

    /// <summary>Of the site that asks the guard.</summary>
    private readonly int _askPort = FreePort.Next();

    private CaddyServer(GatewaySetup setup)
        : base("Caddy", new ThrowAwayDirectory("hx-caddy-"))
    {
        _key = setup.Key;
        GatewayFile file = new(Path.Combine(Repository.Root, "infra", "gateways", "caddy"), Folder.Path);
        file.Copy("hx-allowlist.caddy");
        file.Copy(
            "Caddyfile",
            [
                ("127.0.0.1:8001", $"127.0.0.1:{setup.GuardPort}"),
                ("127.0.0.1:4000", $"127.0.0.1:{setup.BackendPort}"),
                ("{\n\t# By HTTP/2", Globals + "\n\t# By HTTP/2"),
                ("127.0.0.1:2018", $"127.0.0.1:{_askPort}"),
                (":2018", $":{_askPort}"),
                (":8080 {", $"http://:{Port}, http://:{Http2Port} {{"),
                .. setup.IsPatient ? [(" 2s\n", " 20s\n")] : Array.Empty<(string, string)>(),
                .. setup.Mistakes,
                .. setup.HasAllowlist ? [("# import hx-allowlist.caddy", "import hx-allowlist.caddy")] : Array.Empty<(string, string)>(),
            ]
        );
    }

    public int? Http2Port { get; } = FreePort.Next();

    protected override IReadOnlyList<int> Ports => [Port, Http2Port!.Value, _askPort];

    /// <summary>The admin endpoint in a file of its own, no certificate store, and HTTP/2 without TLS on a port of its own: there Caddy
    /// would itself take an "Upgrade: h2c".</summary>
    private string Globals =>
        $"{{\n\tadmin {Admin}\n\tauto_https off\n\tdefault_bind 127.0.0.1\n\tservers 127.0.0.1:{Http2Port} {{\n\t\tprotocols h1 h2c\n\t}}";

    private string Admin => $"unix/{Path.Combine(Folder.Path, "admin.sock")}";

    private string[] Settings => ["--config", Path.Combine(Folder.Path, "Caddyfile"), "--adapter", "caddyfile"];

    public static Task<CaddyServer> StartAsync(GatewaySetup setup) => StartedAsync(new CaddyServer(setup));

    /// <summary>What an operator does after a change; here without one. Returns when the new configuration serves.</summary>
    public Task ReloadAsync() => ExternalProgram.RunAsync(_program, ["reload", "--force", "--address", Admin, .. Settings]);

    protected override ChildProcess Launch() =>
        ChildProcess.Start(
            "/usr/bin/env",
            [$"HX_GUARD_KEY={_key}", $"XDG_DATA_HOME={Folder.Path}", $"XDG_CONFIG_HOME={Folder.Path}", _program, "run", .. Settings],
            Folder
        );
}
