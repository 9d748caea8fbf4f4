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
        string[] later = [.. After(now.DropInPaths, wired.DropIn).Select(path => read(path) ?? "")];
        string[] assigned = [.. later.SelectMany(text => Assignments(text, "EnvironmentFile"))];
        bool isReset = assigned.Any(value => value.Length == 0);
        List<EnvironmentFileSetting> files = [.. now.EnvironmentFiles];
        // Even where the unit itself lists the file: systemd reads it once more then, and the last one wins.
        if (wired.EnvironmentFile is { } file && !isReset && !HasOurs(now, wired, file, read))
        {
            files.Insert(Math.Max(0, files.Count - assigned.Length), new(GlobPattern.Literal(file), false));
        }

        Dictionary<string, string> environment = new(now.Environment, StringComparer.Ordinal);
        if (!later.Any(text => text.Contains("LITELLM_CONFIG=", StringComparison.Ordinal)))
        {
            environment["LITELLM_CONFIG"] = wired.Config;
        }

        return now.With(files, environment);
    }

    /// <summary>Whether systemd has read our drop-in with the file in it.</summary>
    private static bool HasOurs(UnitSettings now, WiredUnit wired, string file, Func<string, string?> read) =>
        now.DropInPaths.Contains(wired.DropIn)
        && Assignments(read(wired.DropIn) ?? "", "EnvironmentFile").Contains(DropIn.EnvironmentFile(file));
}
