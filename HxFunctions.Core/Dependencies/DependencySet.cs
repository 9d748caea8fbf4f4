using System.Collections;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace HxFunctions.Core.Dependencies;

/// <summary>All dependencies in a fixed order: ours first, then others as registered. At most 64, for masks are 64 bits wide.</summary>
internal sealed class DependencySet : IReadOnlyList<Dependency>
{
    private readonly Dependency[] _all;
    private readonly Dictionary<string, Dependency> _byName;

    /// <summary>The checks that are registered, each once, ours first.</summary>
    public DependencySet(HxSettings settings, IOptions<HealthCheckServiceOptions> checks)
        : this(
            checks
                .Value.Registrations.DistinctBy(registration => DependencyName.Of(registration.Name))
                .OrderBy(registration => DependencyKind.OrderOf(DependencyName.Of(registration.Name)))
                .Take(DependencyName.MaxCount)
                .Select((registration, index) => new Dependency(index, registration, TimeoutOf(registration, settings)))
        ) { }

    internal DependencySet(IEnumerable<Dependency> dependencies)
    {
        _all = [.. dependencies];
        _byName = _all.ToDictionary(d => d.Name, StringComparer.OrdinalIgnoreCase);
    }

    public int Count => _all.Length;

    public Dependency this[int index] => _all[index];

    /// <summary>By its name, else by the other name that its kind has in addresses: <c>db</c>, <c>cache</c>, <c>vector</c>. In any
    /// case.</summary>
    public Dependency? FindByNameOrAlias(string name) =>
        Find(name)
        ?? (
            DependencyKind.All.FirstOrDefault(k => k.Alias.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } kind
                ? Find(kind.Name)
                : null
        );

    /// <summary>By its name, in any case.</summary>
    public Dependency? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>These dependencies as a mask. Names that aren't known have no bit; configuration with such names is invalid.</summary>
    public ulong MaskOf(IEnumerable<string> names)
    {
        ulong mask = 0;
        foreach (string name in names)
        {
            mask |= Find(name)?.Bit ?? 0;
        }

        return mask;
    }

    public IEnumerator<Dependency> GetEnumerator() => ((IEnumerable<Dependency>)_all).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _all.GetEnumerator();

    private static TimeSpan TimeoutOf(HealthCheckRegistration registration, HxSettings settings) =>
        DependencyKind.Find(DependencyName.Of(registration.Name))?.Timeout(settings)
        ?? (registration.Timeout > TimeSpan.Zero ? registration.Timeout : HxSettings.ForeignTimeout);
}
