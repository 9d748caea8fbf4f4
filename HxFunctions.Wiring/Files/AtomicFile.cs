namespace HxFunctions.Wiring.Files;

/// <summary>
/// Single files, replaced so that a reader, and a machine that loses power, has the old one or the new one whole. No backup, no mark:
/// <see cref="FileTransaction"/> has those.
/// </summary>
internal static class AtomicFile
{
    /// <summary>Writes a file; owner, extended attributes and symlinks stay. Nothing is written when it holds all that already.</summary>
    /// <param name="mode"><see langword="null"/>: the one it has, 0644 for a new file.</param>
    /// <exception cref="WireFileException">It can't be written; it is as it was.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode? mode) => Apply(new(path, content.ToArray(), mode));

    /// <summary>Removes a file or symlink; no error when it isn't there.</summary>
    /// <exception cref="WireFileException">It can't be removed.</exception>
    public static void Remove(string path) => Apply(new(path, null));

    private static void Apply(FileTarget target)
    {
        using FileChange change = FileChange.Of(target);
        if (!change.IsNeeded)
        {
            return;
        }

        change.Stage();
        change.Commit();
    }
}
