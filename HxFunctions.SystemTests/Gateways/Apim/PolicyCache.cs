namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>The internal cache: values with an end, on a clock that a test turns.</summary>
internal sealed class PolicyCache(TimeProvider time)
{
    private readonly Dictionary<string, (string Value, DateTimeOffset End)> _entries = new(StringComparer.Ordinal);

    /// <summary>Reads give null and writes vanish, without an error: so API Management documents it.</summary>
    public bool Fails { get; set; }

    public IReadOnlyCollection<string> Keys => _entries.Keys;

    /// <returns>False: a miss, which leaves the variable as it was.</returns>
    public bool TryGet(string key, out string? value)
    {
        value = null;
        if (Fails)
        {
            return true;
        }

        if (!_entries.TryGetValue(key, out (string Value, DateTimeOffset End) entry) || entry.End <= time.GetUtcNow())
        {
            return false;
        }

        value = entry.Value;
        return true;
    }

    public void Set(string key, string value, int seconds)
    {
        if (!Fails)
        {
            _entries[key] = (value, time.GetUtcNow().AddSeconds(seconds));
        }
    }
}
