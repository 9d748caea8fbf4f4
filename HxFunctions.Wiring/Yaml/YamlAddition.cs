namespace HxFunctions.Wiring.Yaml;

/// <summary>A key to be added, with a value or with keys of its own.</summary>
internal sealed class YamlAddition(string key)
{
    public string Key { get; } = key;

    public YamlScalar? Value { get; private set; }

    public List<YamlAddition> Children { get; } = [];

    /// <summary>Adds a path to a list. No path of the list may be the begin of another.</summary>
    public static void Add(List<YamlAddition> list, IEnumerable<string> keys, YamlScalar value)
    {
        YamlAddition? addition = null;
        foreach (string key in keys)
        {
            List<YamlAddition> level = addition?.Children ?? list;
            addition = level.Find(a => a.Key == key);
            if (addition is null)
            {
                level.Add(addition = new(key));
            }
        }

        addition!.Value = value;
    }
}
