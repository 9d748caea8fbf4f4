using HxFunctions.Core.Routing;

namespace HxFunctions.SystemTests.Soak;

/// <summary>A route that the load asks for, and what it needs.</summary>
internal sealed record SoakRoute(string Path, string Method, IReadOnlyList<string> Needs)
{
    private static readonly string[] Both = [DependencyName.Postgres, DependencyName.Redis];

    public const string Rules = "/v1/keys=postgres,redis; /v1/teams=postgres; /v1/cache=redis; /v1/vectors=qdrant";

    public static IReadOnlyList<SoakRoute> All { get; } =
    [
        new("/v1/keys", "POST", Both),
        new("/v1/keys/info", "GET", Both),
        new("/v1/teams/a", "DELETE", [DependencyName.Postgres]),
        new("/v1/teams", "GET", [DependencyName.Postgres]),
        new("/v1/cache", "POST", [DependencyName.Redis]),
        new("/v1/vectors/b", "GET", [DependencyName.Qdrant]),
        new("/v1/vectors", "POST", [DependencyName.Qdrant]),
        new("/v1/chat/completions", "POST", []),
    ];

    public bool IsRead => Method == "GET";
}
