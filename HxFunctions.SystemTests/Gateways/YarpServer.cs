using System.Reflection;
using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>samples/YarpGateway as the solution's build has made it, with its own settings, in which only addresses, key and patience are
/// changed. One process, in a directory of its own.</summary>
internal sealed class YarpServer : FrontServer, IGateway
{
    private readonly string[] _settings;

    private YarpServer(GatewaySetup setup)
        : base("the YARP gateway", new ThrowAwayDirectory("hx-yarp-"))
    {
        new GatewayFile(Path.Combine(Repository.Root, "samples", "YarpGateway"), Folder.Path).Copy(
            "appsettings.json",
            ("http://127.0.0.1:8080", $"http://127.0.0.1:{Port}"),
            ("http://127.0.0.1:8001", $"http://127.0.0.1:{setup.GuardPort}"),
            ("http://127.0.0.1:4000", $"http://127.0.0.1:{setup.BackendPort}")
        );
        _settings =
        [
            $"HxGuard__Key={setup.Key}",
            // HTTP/2 without TLS needs a port of its own.
            $"Kestrel__Endpoints__Http2__Url=http://127.0.0.1:{Http2Port}",
            "Kestrel__Endpoints__Http2__Protocols=Http2",
            .. setup.IsPatient ? ["HxGuard__Timeout=00:00:20"] : Array.Empty<string>(),
            .. setup.HasAllowlist
                ? [$"HxGuard__AllowlistFile={Path.Combine(Repository.Root, "infra", "gateways", "allowlist.txt")}"]
                : Array.Empty<string>(),
        ];
    }

    public int? Http2Port { get; } = FreePort.Next();

    protected override IReadOnlyList<int> Ports => [Port, Http2Port!.Value];

    private static string Program { get; } = FindProgram();

    public static Task<YarpServer> StartAsync(GatewaySetup setup) => StartedAsync(new YarpServer(setup));

    /// <summary>The content root, where the settings are read, is the working directory.</summary>
    protected override ChildProcess Launch() =>
        ChildProcess.Start("/usr/bin/env", ["DOTNET_ENVIRONMENT=Production", .. _settings, "dotnet", Program], Folder);

    private static string FindProgram()
    {
        string folder = Path.GetFullPath(
            typeof(YarpServer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "YarpGatewayFolder").Value!
        );
        string program = Path.Combine(folder, "YarpGateway.dll");
        const string Package = "HxFunctions.AspNetCore.dll";
        // The tests don't refer to the sample, so a build of the tests alone leaves it behind.
        return
            File.Exists(program)
            && File.ReadAllBytes(Path.Combine(folder, Package))
                .AsSpan()
                .SequenceEqual(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, Package)))
            && !Repository.IsOlderThanItsSources(program, Path.Combine(Repository.Root, "samples", "YarpGateway"))
            ? program
            : throw new InvalidOperationException(
                $"The YARP gateway was not built from the code of these tests: dotnet build HxFunctions.sln. It is in {folder}."
            );
    }
}
