using HxFunctions.Bench.Report;
using HxFunctions.Servers;

namespace HxFunctions.Bench.Runs;

/// <summary>What must be on the machine, by Debian's names.</summary>
internal static class Programs
{
    private static readonly string[] WithServers = [Parts.Compared, Parts.Request, Parts.Start, Parts.Memory, Parts.Load, Parts.Worker];

    private static readonly (string Program, string Package, string[] Parts)[] Files =
    [
        ("wrk", "wrk", [Parts.Compared, Parts.Gateways]),
        ("redis-server", "redis-server", [.. WithServers, Parts.Fleet]),
        ("nginx", "nginx-light", [Parts.Gateways]),
        ("caddy", "caddy", [Parts.Gateways]),
        ("haproxy", "haproxy", [Parts.Gateways]),
    ];

    private static readonly (string Module, string Package, string[] Parts)[] Modules =
    [
        ("fastapi", "python3-fastapi", [Parts.Compared]),
        ("asyncpg", "python3-asyncpg", [Parts.Compared]),
        ("redis", "python3-redis", [Parts.Compared]),
        ("uvloop", "python3-uvloop", [Parts.Compared]),
        ("starlette", "python3-starlette", [Parts.Gateways]),
        ("uvicorn", "python3-uvicorn", [Parts.Compared, Parts.Gateways]),
        ("httptools", "python3-httptools", [Parts.Compared, Parts.Gateways]),
    ];

    /// <summary>Native programs are linked by one of them.</summary>
    private static readonly string[] Linkers = ["clang", "gcc"];

    /// <returns>The packages that these parts need and the machine lacks.</returns>
    public static IReadOnlyList<string> Missing(IReadOnlyList<string> parts) =>
        [
            .. Files.Where(file => file.Parts.Intersect(parts).Any() && Find(file.Program) is null).Select(file => file.Package),
            .. parts.Intersect(WithServers).Any() && PostgresBinaries.Find() is null ? ["postgresql"] : Array.Empty<string>(),
            .. Linkers.Any(linker => Find(linker) is not null) ? Array.Empty<string>() : ["clang", "zlib1g-dev"],
            .. Modules
                .Where(module =>
                    module.Parts.Intersect(parts).Any() && !File.Exists($"/usr/lib/python3/dist-packages/{module.Module}/__init__.py")
                )
                .Select(module => module.Package),
        ];

    /// <summary>Debian keeps some where only root's PATH looks.</summary>
    public static string? Find(string program) =>
        ExternalProgram.FindInPath(program) ?? (File.Exists($"/usr/sbin/{program}") ? $"/usr/sbin/{program}" : null);
}
