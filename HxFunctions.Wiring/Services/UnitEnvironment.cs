namespace HxFunctions.Wiring.Services;

/// <summary>
/// The variables that a service is started with, and where each comes from. In the order of systemd.exec(5), the later wins:
/// <c>PassEnvironment=</c>, <c>Environment=</c>, the files of <c>EnvironmentFile=</c> one after the other; at last <c>UnsetEnvironment=</c>
/// takes away.
/// </summary>
internal sealed class UnitEnvironment
{
    /// <summary>The source of a variable that is taken away.</summary>
    public const string Taken = "UnsetEnvironment=";

    private const int MaxFileLength = 1024 * 1024;

    /// <summary>Values may be secrets. <see langword="null"/>: unknown here.</summary>
    private readonly Dictionary<string, (string? Value, string Source)> _variables = new(StringComparer.Ordinal);

    private readonly List<string> _unset = [];

    private UnitEnvironment() { }

    public IEnumerable<string> Names => _variables.Keys;

    /// <summary>The file, or the setting, that a variable comes from or is taken away by; null: nothing sets it.</summary>
    public string? SourceOf(string name) =>
        _unset.Contains(name) ? Taken
        : _variables.TryGetValue(name, out (string? Value, string Source) variable) ? variable.Source
        : null;

    /// <returns><see langword="null"/>: it isn't set, or its value can't be known.</returns>
    public string? ValueOf(string name) =>
        !_unset.Contains(name) && _variables.TryGetValue(name, out (string? Value, string Source) variable) ? variable.Value : null;

    /// <param name="read">The text of a file; <see langword="null"/>: it can't be read.</param>
    /// <param name="coming">A file that counts although it may not be there yet.</param>
    public static UnitEnvironment Of(UnitSettings settings, Func<string, string?> read, string? coming = null)
    {
        UnitEnvironment environment = new();
        foreach (string name in settings.Passed)
        {
            environment._variables[name] = (null, "PassEnvironment=");
        }

        foreach ((string name, string value) in settings.Environment)
        {
            environment._variables[name] = (value, "Environment=");
        }

        string? pattern = coming is null ? null : GlobPattern.Literal(coming);
        foreach (string path in settings.EnvironmentFiles.SelectMany(f => f.Pattern == pattern ? [coming!] : GlobPattern.Files(f.Pattern)))
        {
            foreach ((string name, string value) in EnvFile.Parse(read(path) ?? "").Values)
            {
                environment._variables[name] = (value, path);
            }
        }

        foreach (string entry in settings.Unset)
        {
            string name = entry.Split('=')[0];
            if (entry.Length == name.Length || environment.ValueOf(name) == entry[(name.Length + 1)..])
            {
                environment._unset.Add(name);
                environment._variables.Remove(name);
            }
        }

        return environment;
    }

    /// <summary>A file as it is now; what is too long for an environment, or can't be read, has no text.</summary>
    public static string? ReadFile(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= MaxFileLength } ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
