using System.Security.Cryptography;
using System.Text;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// The keys of one schema version and one set of watched endpoints. The braces make them share a cluster slot
/// (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags).
/// </summary>
internal sealed class StoreKeys
{
    private const int HashLength = 12;

    /// <summary>The keys of these settings and what is watched.</summary>
    public StoreKeys(HxSettings settings, DependencySet dependencies)
        : this(settings.Namespace, HashOf(settings, dependencies)) { }

    internal StoreKeys(string @namespace, string endpoints)
    {
        Snapshot = $"{{{@namespace}}}:v{RecordCodec.SchemaVersion}:{endpoints}";
    }

    public string Snapshot { get; }
    public string Lease => Snapshot + ":lease";

    /// <summary>Who would take the lease.</summary>
    public string Contender => Snapshot + ":contender";
    public string Override => Snapshot + ":override";

    /// <summary>The instances that run.</summary>
    public string Instances => Snapshot + ":instances";

    /// <summary>Those of them that know the override that is stored.</summary>
    public string Reached => Snapshot + ":override:instances";
    public string Probe => Snapshot + ":probe";
    public string Transitions => Snapshot + ":transitions";

    public string Checks(string dependency) => $"{Snapshot}:history:{dependency}:checks";

    public string Minutes(string dependency) => $"{Snapshot}:history:{dependency}:minutes";

    public string Quarters(string dependency) => $"{Snapshot}:history:{dependency}:quarters";

    /// <summary>
    /// Tells apart deployments that watch different things: hosts, ports, databases, users, collection, foreign checks; and those that ask
    /// different things of them, for whom the same server may be up and down. Passwords are left out, so that instances share their
    /// knowledge while one is rotated.
    /// </summary>
    private static string HashOf(HxSettings settings, DependencySet dependencies)
    {
        StringBuilder watched = new();
        foreach (string name in dependencies.Select(d => d.Name).Order(StringComparer.Ordinal))
        {
            IEnumerable<string?> endpoint =
                DependencyKind.Find(name)?.Endpoint(settings)
                ?? settings.HttpDependencies.Where(d => d.Name == name).SelectMany(d => d.Endpoint);
            watched.Append(name).Append('\n').AppendJoin('\n', endpoint).Append('\0');
        }

        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(watched.ToString()));
        return Convert.ToHexStringLower(hash)[..HashLength];
    }
}
