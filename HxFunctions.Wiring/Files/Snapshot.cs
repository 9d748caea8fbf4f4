namespace HxFunctions.Wiring.Files;

/// <summary>What all files that backups know of were when one of them was made.</summary>
/// <param name="Entries">What shall be at each path to have it so again.</param>
/// <param name="AbsentDirectories">Directories that were not there, the highest first.</param>
internal sealed record Snapshot(IReadOnlyList<FileEntry> Entries, IReadOnlyList<string> AbsentDirectories)
{
    /// <summary>Reads the copies that are needed and checks them.</summary>
    /// <param name="backup">The one that tells of the time.</param>
    /// <param name="later">Those made after it, the oldest first.</param>
    /// <exception cref="WireFileException">A backup that is needed is damaged or can't be read.</exception>
    public static Snapshot At(Backup backup, IReadOnlyList<Backup> later)
    {
        backup.RefuseDamage();
        if (later.FirstOrDefault(other => other.Damage is not null) is { } damaged)
        {
            // What it held of other files is not known: without it, old and new could be mixed.
            throw new WireFileException(
                damaged.Directory,
                $"this backup, made after {backup.Stamp}, is damaged: {damaged.Damage}",
                $"Nothing was changed. Files that only the run of {damaged.Stamp} changed can't be restored from it. To roll "
                    + $"back without them, move this backup away."
            );
        }

        return new([.. FilesAt(backup, later).Select(found => found.Source.Load(found.File))], AbsentDirectoriesAt(backup, later));
    }

    /// <summary>
    /// Which backup tells what a file was at the time of another. An apply backs up only what it changes: a file that the first lacks was
    /// still the same when the oldest later apply that has it began. Backups made before a rollback don't count, as a rollback touches only
    /// what applies have touched.
    /// </summary>
    public static IReadOnlyList<(Backup Source, BackedUpFile File)> FilesAt(Backup backup, IEnumerable<Backup> later)
    {
        HashSet<string> known = new(StringComparer.Ordinal);
        return
        [
            .. later
                .Where(other => other.Reason == BackupReason.Apply)
                .Prepend(backup)
                .SelectMany(source => source.Files.Select(file => (source, file)))
                .Where(found => known.Add(found.file.Path)),
        ];
    }

    /// <summary>The same for directories: of a later backup only those above a file that is taken from it.</summary>
    public static IReadOnlyList<string> AbsentDirectoriesAt(Backup backup, IEnumerable<Backup> later) =>
        [
            .. FilesAt(backup, later)
                .SelectMany(found =>
                    found.Source.AbsentDirectories.Where(directory => found.File.Path.StartsWith(directory + "/", StringComparison.Ordinal))
                )
                .Concat(backup.AbsentDirectories)
                .Distinct()
                .OrderBy(directory => directory.Length),
        ];
}
