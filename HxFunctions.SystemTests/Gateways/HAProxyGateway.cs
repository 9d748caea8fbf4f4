using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The machine's HAProxy with the files of infra/gateways/haproxy, in which only addresses, key and patience are changed. One
/// process, in a directory of its own.</summary>
internal sealed class HAProxyGateway : FrontServer, IGateway
{
    private readonly string _program = ExternalProgram.FindServer("haproxy", package: "haproxy");

    private HAProxyGateway(GatewaySetup setup)
        : base("HAProxy", new ThrowAwayDirectory("hx-haproxy-"))
    {
        GatewayFile file = new(Path.Combine(Repository.Root, "infra", "gateways", "haproxy"), Folder.Path);
        // The name of an abstract socket is the machine's.
        string socket = $"abns@hx-guard-{Port}";
        file.Copy("hx-allowlist.txt");
        file.Copy("hx-guard.lua", [("abns@hx-guard", socket), .. setup.IsPatient ? [("timeout = 2000", "timeout = 20000")] : Nothing]);
        file.Copy(
            "haproxy.cfg",
            [
                ("lua-load hx-guard.lua", $"lua-load {Path.Combine(Folder.Path, "hx-guard.lua")}"),
                ("127.0.0.1:8001", $"127.0.0.1:{setup.GuardPort}"),
                ("127.0.0.1:4000", $"127.0.0.1:{setup.BackendPort}"),
                ("bind :8080", $"bind 127.0.0.1:{Port}\n    bind 127.0.0.1:{Http2Port} proto h2"),
                ("abns@hx-guard", socket),
                ("replace-me", setup.Key),
                .. setup.IsPatient ? [(" 2s\n", " 20s\n"), ("timeout client 10s", "timeout client 30s")] : Nothing,
                .. setup.Mistakes,
                .. setup.HasAllowlist
                    ?
                    [
                        ("# http-request set-var(txn.hx_verdict)", "http-request set-var(txn.hx_verdict)"),
                        ("hx-allowlist.txt", Path.Combine(Folder.Path, "hx-allowlist.txt")),
                    ]
                    : Nothing,
            ]
        );
    }

    public int? Http2Port { get; } = FreePort.Next();

    protected override IReadOnlyList<int> Ports => [Port, Http2Port!.Value];

    private static (string From, string To)[] Nothing => [];

    private string SettingsFile => Path.Combine(Folder.Path, "haproxy.cfg");

    public static Task<HAProxyGateway> StartAsync(GatewaySetup setup) => StartedAsync(new HAProxyGateway(setup));

    protected override ChildProcess Launch() => ChildProcess.Start(_program, ["-db", "-f", SettingsFile], Folder);
}
