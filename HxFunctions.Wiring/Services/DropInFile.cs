namespace HxFunctions.Wiring.Services;

/// <summary>
/// Drop-ins by their names: whatever folder they are in, systemd reads them in the order of their file names (systemd.unit(5)), so that
/// <c>override.conf</c> comes after <c>50-hx-wire.conf</c>.
/// </summary>
internal static class DropInFile
{
    /// <summary>Those that are read after ours.</summary>
    public static IEnumerable<string> After(IEnumerable<string> paths, string ours) =>
        paths.Where(path => string.CompareOrdinal(Path.GetFileName(path), Path.GetFileName(ours)) > 0);

    /// <summary>What the assignments of one setting say, in their order; an empty one takes back those before it.</summary>
    public static IEnumerable<string> Assignments(string text, string setting)
    {
        foreach (string line in text.Split('\n'))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line[..equals].Trim() == setting)
            {
                yield return line[(equals + 1)..].Trim();
            }
        }
    }

    /// <summary>What systemd would start the unit with if our drop-in were written now.</summary>
    public static UnitSettings WithOurs(UnitSettings now, WiredUnit wired, Func<string, string?> read)
    {
        string ours = wired.EnvironmentFile is { } file ? GlobPattern.Literal(file) : "";
        string[] later = [.. After(now.DropInPaths, wired.DropIn).Select(path => read(path) ?? "")];
        string[] assigned = [.. later.SelectMany(text => Assignments(text, "EnvironmentFile"))];
        int reset = Array.FindLastIndex(assigned, value => value.Length == 0);
        List<EnvironmentFileSetting> files = [.. now.EnvironmentFiles];
        if (ours.Length > 0 && reset < 0 && files.TrueForAll(f => f.Pattern != ours))
        {
            files.Insert(Math.Max(0, files.Count - assigned.Length), new(ours, false));
        }

        Dictionary<string, string> environment = new(now.Environment, StringComparer.Ordinal);
        if (!later.Any(text => text.Contains("LITELLM_CONFIG=", StringComparison.Ordinal)))
        {
            environment["LITELLM_CONFIG"] = wired.Config;
        }

        return now.With(files, environment);
    }
}
