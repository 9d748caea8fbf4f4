namespace HxFunctions.Wiring.Files;

/// <summary>Why a backup was made.</summary>
internal enum BackupReason
{
    /// <summary>Before an apply: what a rollback goes back to.</summary>
    Apply,

    /// <summary>Before a rollback, so that it can be taken back by name. A rollback without a name passes over it.</summary>
    Rollback,
}

/// <summary>What a backup holds of one path.</summary>
/// <param name="Path">The path; its directories hold no symlink.</param>
/// <param name="Kind">What was there.</param>
/// <param name="Mode">A file's mode in octal.</param>
/// <param name="Uid">Owner of a file or symlink.</param>
/// <param name="Gid">Group of a file or symlink.</param>
/// <param name="Sha256">Of a file's content, in hex.</param>
/// <param name="Stored">The name of the copy beside the manifest.</param>
/// <param name="Link">A symlink's text.</param>
/// <param name="Attributes">A file's extended attributes, Base64.</param>
/// <param name="Written">Of the content that was put in its place, in hex; <see langword="null"/>: it is no file now, or the backup is of
/// an older version.</param>
internal sealed record BackedUpFile(
    string Path,
    EntryKind Kind,
    string? Mode = null,
    uint? Uid = null,
    uint? Gid = null,
    string? Sha256 = null,
    string? Stored = null,
    string? Link = null,
    IReadOnlyDictionary<string, byte[]>? Attributes = null,
    string? Written = null
);

/// <summary>A backup on disk: a directory with a copy of each file and <c>manifest.json</c>.</summary>
/// <param name="Stamp">Its name: the UTC time of its making, <c>20261123T214500Z</c>, with <c>-2</c> and so on when there are several of
/// one second.</param>
/// <param name="At">The same as a time.</param>
/// <param name="Reason">Why it was made.</param>
/// <param name="Files">What it holds.</param>
/// <param name="AbsentDirectories">Directories that were not there, the highest first.</param>
/// <param name="Directory">Where it is.</param>
/// <param name="Subject">The configuration that it belongs to; <see langword="null"/>: not known, it is anybody's.</param>
/// <param name="Damage">Why it can't be used; <see langword="null"/>: nothing known against it (the copies are only read by
/// <see cref="Load"/>).</param>
internal sealed record Backup(
    string Stamp,
    DateTimeOffset At,
    BackupReason Reason,
    IReadOnlyList<BackedUpFile> Files,
    IReadOnlyList<string> AbsentDirectories,
    string Directory,
    string? Subject = null,
    string? Damage = null
)
{
    /// <exception cref="WireFileException">There is <see cref="Damage"/>.</exception>
    public void RefuseDamage()
    {
        if (Damage is not null)
        {
            throw Damaged(Damage);
        }
    }

    /// <summary>Reads the copy of one of <see cref="Files"/> and checks it.</summary>
    /// <exception cref="WireFileException">The copy is damaged or can't be read.</exception>
    public FileEntry Load(BackedUpFile file)
    {
        (uint, uint)? owner = file is { Uid: { } uid, Gid: { } gid } ? (uid, gid) : null;
        switch (file)
        {
            case { Kind: EntryKind.Absent }:
                return new(file.Path, EntryKind.Absent);
            case { Kind: EntryKind.Link, Link: { } link }:
                return new(file.Path, EntryKind.Link) { Target = link, Owner = owner };
            case { Kind: EntryKind.File, Mode: { } mode, Sha256: { } hash, Stored: { } stored }
                when owner is not null && Path.GetFileName(stored) == stored:
                FileEntry copy = FileEntry.ReadAt(Path.Combine(Directory, stored));
                if (copy.Kind != EntryKind.File)
                {
                    throw Damaged($"the copy {stored} is missing");
                }

                if (copy.Hash != hash)
                {
                    throw Damaged($"the copy {stored} has changed since the backup");
                }

                return new(file.Path, EntryKind.File)
                {
                    Content = copy.Content,
                    Mode = FileModes.Parse(mode),
                    Owner = owner,
                    Attributes = file.Attributes ?? new Dictionary<string, byte[]>(),
                };
            default:
                throw Damaged("its manifest is incomplete");
        }
    }

    private WireFileException Damaged(string what) =>
        new(
            Directory,
            $"this backup is damaged: {what}",
            "Nothing was changed. Choose another backup (hx wire backups), or restore the files by hand from what is left."
        );
}
