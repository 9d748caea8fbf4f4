namespace HxFunctions.Tests.Simulation.Redis;

/// <summary>A key's value and when it expires.</summary>
/// <param name="value">A string as bytes, a hash as a dictionary, a list as a list whose last element is the head, a sorted set as
/// scores.</param>
internal sealed class Entry(object value)
{
    public object Value { get; } = value;

    /// <summary>Milliseconds since 1970 on Redis's clock; null: never.</summary>
    public long? ExpiresAt { get; set; }

    /// <summary>As TYPE names it.</summary>
    public string Type =>
        Value switch
        {
            byte[] => "string",
            List<byte[]> => "list",
            Dictionary<string, double> => "zset",
            _ => "hash",
        };
}

/// <summary>All keys. Every change can be undone for as long as <see cref="UndoLog"/> reaches.</summary>
internal sealed class Keyspace(Func<long> trueMicroseconds)
{
    private readonly UndoLog _undo = new(trueMicroseconds);
    private Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Redis's clock in microseconds since 1970. It stands still while a command or a script runs.</summary>
    public long NowMicroseconds { get; set; }

    /// <summary>The same in milliseconds.</summary>
    public long Now => NowMicroseconds / 1000;

    /// <summary>The keys that live, in order.</summary>
    public IEnumerable<string> Keys => _entries.Keys.Order(StringComparer.Ordinal).ToArray().Where(key => Find(key) is not null);

    /// <summary>The key's entry. One that has expired is removed and not found.</summary>
    public Entry? Find(string key)
    {
        if (!_entries.TryGetValue(key, out Entry? entry))
        {
            return null;
        }

        // At the very millisecond it still lives, with 0 ms left.
        if (entry.ExpiresAt < Now)
        {
            Remove(key);
            return null;
        }

        return entry;
    }

    /// <summary>Adds or replaces.</summary>
    public void Put(string key, Entry entry)
    {
        _entries.TryGetValue(key, out Entry? before);
        _entries[key] = entry;
        _undo.Add(() => Restore(key, before));
    }

    /// <returns>Whether it was there.</returns>
    public bool Remove(string key)
    {
        if (!_entries.Remove(key, out Entry? before))
        {
            return false;
        }

        _undo.Add(() => Restore(key, before));
        return true;
    }

    public void SetExpiry(Entry entry, long? at)
    {
        long? before = entry.ExpiresAt;
        entry.ExpiresAt = at;
        _undo.Add(() => entry.ExpiresAt = before);
    }

    public void Clear()
    {
        Dictionary<string, Entry> before = _entries;
        _entries = new(StringComparer.Ordinal);
        _undo.Add(() => _entries = before);
    }

    /// <summary>Tells how a change within an entry, which has just been made, is undone.</summary>
    public void Changed(Action undo) => _undo.Add(undo);

    /// <inheritdoc cref="UndoLog.Undo"/>
    public void Undo(long lostMicroseconds) => _undo.Undo(lostMicroseconds);

    private void Restore(string key, Entry? before)
    {
        if (before is null)
        {
            _entries.Remove(key);
        }
        else
        {
            _entries[key] = before;
        }
    }
}
