using HxFunctions.Core.Probing;

namespace HxFunctions.Tests.Soak;

/// <summary>A route that the load asks for, and what it needs.</summary>
internal sealed record SoakRoute(string Path, string Method, IReadOnlyList<string> Needs)
{
    private static readonly string[] Both = [Dependency.Postgres, Dependency.Redis];

    public const string Rules = "/v1/keys=postgres,redis; /v1/teams=postgres; /v1/cache=redis; /v1/vectors=qdrant";

    public static IReadOnlyList<SoakRoute> All { get; } =
    [
        new("/v1/keys", "POST", Both),
        new("/v1/keys/info", "GET", Both),
        new("/v1/teams/a", "DELETE", [Dependency.Postgres]),
        new("/v1/teams", "GET", [Dependency.Postgres]),
        new("/v1/cache", "POST", [Dependency.Redis]),
        new("/v1/vectors/b", "GET", [Dependency.Qdrant]),
        new("/v1/vectors", "POST", [Dependency.Qdrant]),
        new("/v1/chat/completions", "POST", []),
    ];

    public bool IsRead => Method == "GET";
}
