using System.Collections;

namespace HxFunctions.Core.Probing;

/// <summary>All dependencies in a fixed order: ours first, then others as registered. At most 64, for masks are 64 bits wide.</summary>
public sealed class DependencySet : IReadOnlyList<Dependency>
{
    public const int Most = 64;

    private readonly Dependency[] _all;
    private readonly Dictionary<string, Dependency> _byName;

    internal DependencySet(IEnumerable<Dependency> dependencies)
    {
        _all = [.. dependencies];
        _byName = _all.ToDictionary(d => d.Name, StringComparer.Ordinal);
    }

    public int Count => _all.Length;

    public Dependency this[int index] => _all[index];

    public Dependency? Find(string name) => _byName.GetValueOrDefault(name);

    public IEnumerator<Dependency> GetEnumerator() => ((IEnumerable<Dependency>)_all).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _all.GetEnumerator();
}
