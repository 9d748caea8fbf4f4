using System.Security.Cryptography;
using System.Text;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Probing;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// The keys of one schema version and one set of watched endpoints. The braces make them share a cluster slot
/// (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags).
/// </summary>
internal sealed class StoreKeys(string @namespace, string endpoints)
{
    private const int HashLength = 12;

    public string Snapshot { get; } = $"{{{@namespace}}}:v{RecordCodec.SchemaVersion}:{endpoints}";
    public string Lease => Snapshot + ":lease";
    public string Override => Snapshot + ":override";
    public string Probe => Snapshot + ":probe";
    public string Transitions => Snapshot + ":transitions";

    public string Checks(string dependency) => $"{Snapshot}:history:{dependency}:checks";

    public string Minutes(string dependency) => $"{Snapshot}:history:{dependency}:minutes";

    public string Quarters(string dependency) => $"{Snapshot}:history:{dependency}:quarters";

    public static StoreKeys From(HxSettings settings, DependencySet dependencies) =>
        new(settings.Namespace, HashOf(settings, dependencies));

    /// <summary>
    /// Tells apart deployments that watch different things: hosts, ports, databases, users, collection, foreign checks. Passwords are left
    /// out, so that instances share their knowledge while one is rotated.
    /// </summary>
    private static string HashOf(HxSettings settings, DependencySet dependencies)
    {
        StringBuilder watched = new();
        foreach (string name in dependencies.Select(d => d.Name).Order(StringComparer.Ordinal))
        {
            watched.Append(name).Append('\n');
            watched
                .AppendJoin(
                    '\n',
                    name switch
                    {
                        Dependency.Postgres when settings.Postgres is { } p =>
                        [
                            .. p.Hosts.Select(h => $"{h.Host}:{h.Port}"),
                            p.Database,
                            p.Username,
                        ],
                        Dependency.Redis when settings.Redis is { } r =>
                        [
                            .. r.Endpoints.Select(h => $"{h.Host}:{h.Port}"),
                            r.UnixSocket,
                            $"{r.Database}",
                            r.Username,
                        ],
                        Dependency.Qdrant when settings.Qdrant is { } q => [q.BaseUrl.AbsoluteUri, settings.QdrantCollection],
                        _ => settings.HttpDependencies.Where(d => d.Name == name).Select(d => (string?)d.Url.GetLeftPart(UriPartial.Path)),
                    }
                )
                .Append('\0');
        }

        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(watched.ToString()));
        return Convert.ToHexStringLower(hash)[..HashLength];
    }
}
