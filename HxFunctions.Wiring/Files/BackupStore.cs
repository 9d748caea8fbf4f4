using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace HxFunctions.Wiring.Files;

/// <summary>The directory with the backups: one directory each, 0700, named by its time. To be changed only under the
/// <see cref="WireLock"/>.</summary>
/// <param name="directory">Created when missing, mode 0700.</param>
/// <param name="time">Where the stamps come from.</param>
/// <param name="keep">How many of the subject's stay; at least 1.</param>
/// <param name="subject">
/// The configuration that backups are made of, by its real path: several may share the directory, and going back to one's backup must not
/// bring the other's files. Backups of others are not seen; those without a subject, made by an older version, are everybody's.
/// <see langword="null"/>: all are seen. </param>
internal sealed class BackupStore(string directory, TimeProvider time, int keep = BackupStore.DefaultKeep, string? subject = null)
{
    public const int DefaultKeep = 10;
    private const string StampFormat = "yyyyMMdd'T'HHmmss'Z'";
    private const string Unfinished = ".hx-wire-";

    /// <summary>The configuration whose backups these are; <see langword="null"/>: anybody's.</summary>
    public string? Subject => subject;

    /// <summary>Where the lock of all that changes files belongs.</summary>
    public string LockPath => Path.Combine(directory, "lock");

    /// <summary>Where the <see cref="PendingMark"/> belongs.</summary>
    public string PendingPath => Path.Combine(directory, "pending.json");

    /// <summary>Backs up what is at some paths, and the symlinks that lead there. All of it is on disk when this returns.</summary>
    /// <param name="paths">Absent ones are recorded as such.</param>
    /// <param name="earlier">Taken over: what it has of a path wins over what is there now.</param>
    /// <param name="coming">What is about to be put there.</param>
    /// <param name="complete">Is told the backup's stamp when all of it is written, before it can be seen. What it throws undoes the
    /// backup.</param>
    /// <exception cref="WireFileException">A path can't be read or the backup can't be written; then there is none.</exception>
    public Backup Create(
        IEnumerable<string> paths,
        Snapshot? earlier = null,
        IEnumerable<FileEntry>? coming = null,
        Action<string>? complete = null
    ) => Create(paths.SelectMany(EntriesOf), BackupReason.Apply, earlier, coming, complete);

    /// <param name="now">What was read; what can't be read is left out.</param>
    /// <param name="reason">Why it is made.</param>
    /// <param name="earlier">Taken over: what it has of a path wins over what is there now.</param>
    /// <param name="coming">What is about to be put there.</param>
    /// <param name="complete">As above.</param>
    public Backup Create(
        IEnumerable<FileEntry> now,
        BackupReason reason,
        Snapshot? earlier = null,
        IEnumerable<FileEntry>? coming = null,
        Action<string>? complete = null
    )
    {
        Dictionary<string, string> written = (coming ?? [])
            .Where(entry => entry.Kind == EntryKind.File)
            .ToDictionary(entry => entry.Path, entry => entry.Hash);
        EnsureDirectory();
        RemoveUnfinished();
        Dictionary<string, FileEntry> entries = new(StringComparer.Ordinal);
        foreach (FileEntry entry in earlier?.Entries ?? [])
        {
            entries[entry.Path] = entry;
        }

        foreach (FileEntry entry in now.Where(entry => entry.Kind != EntryKind.Unreadable))
        {
            entries.TryAdd(entry.Path, entry);
        }

        string[] absentDirectories =
        [
            .. (earlier?.AbsentDirectories ?? [])
                .Concat(
                    entries
                        .Values.Where(entry => entry.Kind == EntryKind.Absent)
                        .SelectMany(entry => FileChange.MissingDirectories(Path.GetDirectoryName(entry.Path)!))
                )
                .Distinct()
                .OrderBy(path => path.Length),
        ];

        DateTimeOffset at = time.GetUtcNow();
        string temporary = Path.Combine(directory, Unfinished + RandomNumberGenerator.GetHexString(16, lowercase: true) + ".tmp");
        try
        {
            Posix.MakeDirectory(temporary, FileModes.PrivateDirectory);
            List<BackedUpFile> files = [];
            foreach (FileEntry entry in entries.Values.OrderBy(entry => entry.Path, StringComparer.Ordinal))
            {
                BackedUpFile stored = Store(entry, temporary, files.Count(file => file.Stored is not null) + 1);
                files.Add(stored with { Written = written.GetValueOrDefault(entry.Path) });
            }

            byte[] manifest = BackupManifest.Of(at, reason, files, absentDirectories, subject).ToJson();
            WriteFile(Path.Combine(temporary, BackupManifest.FileName), manifest);
            WriteFile(Path.Combine(temporary, BackupManifest.HashName), BackupManifest.HashOf(manifest));
            Posix.SyncDirectory(temporary);
            string stamp = FreeStamp(at);
            complete?.Invoke(stamp);
            Posix.Rename(temporary, Path.Combine(directory, stamp));
            Posix.SyncDirectory(directory);
            return Find(stamp)!;
        }
        catch
        {
            RemoveUnfinished();
            throw;
        }
    }

    /// <summary>What all files were when a backup was made, those that only later applies changed, too.</summary>
    /// <exception cref="WireFileException">It, or a later one that is needed, is damaged.</exception>
    public Snapshot At(Backup backup) => Snapshot.At(backup, [.. List().SkipWhile(other => other.Stamp != backup.Stamp).Skip(1)]);

    /// <summary>Is what has this subject this store's?</summary>
    public bool IsOurs(string? other) => subject is null || other is null || other == subject;

    /// <summary>Whether there is such a directory.</summary>
    /// <exception cref="WireFileException">It can't be seen.</exception>
    public bool Exists => Posix.StatusOf(directory) is not null;

    /// <summary>All backups of the subject, the oldest first.</summary>
    /// <exception cref="WireFileException">The directory can't be read.</exception>
    public IReadOnlyList<Backup> List() =>
        [
            .. Directories("*")
                .Select(path => (Path: path, Stamp: ParseStamp(Path.GetFileName(path))))
                .Where(found => found.Stamp is not null)
                .OrderBy(found => found.Stamp)
                .Select(found => BackupManifest.Open(found.Path, Path.GetFileName(found.Path), found.Stamp!.Value.At))
                .Where(backup => IsOurs(backup.Subject)),
        ];

    /// <summary>The subject's backup of that name; <see langword="null"/>: there is none.</summary>
    public Backup? Find(string stamp) =>
        ParseStamp(stamp) is { } parsed
        && Directory.Exists(Path.Combine(directory, stamp))
        && BackupManifest.Open(Path.Combine(directory, stamp), stamp, parsed.At) is { } backup
        && IsOurs(backup.Subject)
            ? backup
            : null;

    /// <summary>Of the subject's, removes the oldest beyond the number to keep; never the newest.</summary>
    /// <param name="stillNeeded">One that stays whatever its age: that of an unfinished run.</param>
    /// <exception cref="WireFileException">One can't be removed.</exception>
    public void Prune(string? stillNeeded = null)
    {
        RemoveUnfinished();
        foreach (Backup backup in List().SkipLast(Math.Max(keep, 1)).Where(backup => backup.Stamp != stillNeeded))
        {
            Delete(backup.Stamp);
        }
    }

    /// <summary>Removes a backup, whosever it is; no error when it isn't there.</summary>
    /// <exception cref="WireFileException">It can't be removed.</exception>
    public void Delete(string stamp)
    {
        string path = Path.Combine(directory, stamp);
        if (ParseStamp(stamp) is null || Posix.StatusOf(path) is null)
        {
            return;
        }

        // Under the name of an unfinished one: killed in the middle, it is never taken for a backup.
        RemoveUnfinished();
        string doomed = Path.Combine(directory, $"{Unfinished}{stamp}.tmp");
        Posix.Rename(path, doomed);
        RemoveTree(doomed);
    }

    /// <summary>Creates the directory, or sees that it is safe: whoever may write here could have his own files "restored" by
    /// root.</summary>
    /// <exception cref="WireFileException">Others may write to the directory.</exception>
    public void EnsureDirectory()
    {
        foreach (string missing in FileChange.MissingDirectories(Path.GetFullPath(directory)))
        {
            Posix.MakeDirectory(missing, FileModes.PrivateDirectory);
            Posix.SyncDirectory(Path.GetDirectoryName(missing)!);
        }

        FileStatus status = Posix.StatusOf(directory)!;
        if (
            status.Kind != FileKind.Directory
            || status.OthersMay(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)
            || (status.Uid != 0 && status.Uid != Posix.Self.Uid)
        )
        {
            throw new WireFileException(
                directory,
                "the backup directory is not a directory that only its owner can write to",
                "Check what is in it, then chmod 0700 it and chown it to the user that runs hx wire. Or use another one (--state-dir)."
            );
        }
    }

    private static BackedUpFile Store(FileEntry entry, string into, int number)
    {
        if (entry.Kind != EntryKind.File)
        {
            return new(entry.Path, entry.Kind, Uid: entry.Owner?.Uid, Gid: entry.Owner?.Gid, Link: entry.Target);
        }

        string name = number.ToString("000", CultureInfo.InvariantCulture);
        WriteFile(Path.Combine(into, name), entry.Content);
        return new(
            entry.Path,
            entry.Kind,
            FileModes.Text(entry.Mode),
            entry.Owner!.Value.Uid,
            entry.Owner.Value.Gid,
            entry.Hash,
            name,
            Attributes: entry.Attributes.Count > 0 ? entry.Attributes : null
        );
    }

    /// <summary>The files whose content is neither what the newest run with them wrote, nor what was there before it: somebody has edited
    /// them since.</summary>
    /// <param name="paths">Real paths, e.g. those of a backup.</param>
    public IReadOnlyList<string> EditedSince(IEnumerable<string> paths)
    {
        BackedUpFile[] newest =
        [
            .. List().SelectMany(backup => backup.Files).GroupBy(file => file.Path).Select(versions => versions.Last()),
        ];
        return
        [
            .. newest
                .Where(file => file.Written is not null && paths.Contains(file.Path))
                .Where(file =>
                    FileEntry.ReadAt(file.Path) is { Kind: EntryKind.File, Hash: string now } && now != file.Written && now != file.Sha256
                )
                .Select(file => file.Path),
        ];
    }

    private static IEnumerable<FileEntry> EntriesOf(string path)
    {
        RealPath real = RealPath.Of(path);
        return [.. real.Links.Select(link => FileEntry.ReadAt(link.Path)), FileEntry.ReadAt(real.Path)];
    }

    private static void WriteFile(string path, byte[] content)
    {
        using SafeFileHandle handle = Posix.Create(path, FileModes.Private);
        Posix.WriteAll(handle, content, path);
        Posix.Sync(handle, path);
    }

    private static (DateTimeOffset At, int Number)? ParseStamp(string text)
    {
        string[] parts = text.Split('-');
        int number = 1;
        return
            parts.Length <= 2
            && DateTimeOffset.TryParseExact(
                parts[0],
                StampFormat,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out DateTimeOffset at
            )
            && (parts.Length == 1 || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out number))
            ? (at, number)
            : null;
    }

    /// <summary>One above all of the same moment: a name that was pruned is free again, and would sort before those that are
    /// older.</summary>
    private string FreeStamp(DateTimeOffset at)
    {
        string stamp = at.UtcDateTime.ToString(StampFormat, CultureInfo.InvariantCulture);
        DateTimeOffset moment = ParseStamp(stamp)!.Value.At;
        int last =
            Directories("*")
                .Select(path => ParseStamp(Path.GetFileName(path)))
                .Where(found => found?.At == moment)
                .Max(found => found?.Number)
            ?? 0;
        return last == 0 ? stamp : $"{stamp}-{(last + 1).ToString(CultureInfo.InvariantCulture)}";
    }

    /// <summary>The directories in it; none if it isn't there.</summary>
    private string[] Directories(string pattern)
    {
        if (!Exists)
        {
            return [];
        }

        try
        {
            return Directory.GetDirectories(
                directory,
                pattern,
                new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false }
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WireFileException(
                directory,
                "the backup directory can't be read",
                "Run as root or as its owner, or use another one (--state-dir).",
                e
            );
        }
    }

    private void RemoveUnfinished()
    {
        foreach (string path in Directories(Unfinished + "*.tmp"))
        {
            RemoveTree(path);
        }

        FileChange.RemoveLeftOvers(directory);
    }

    private static void RemoveTree(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WireFileException(path, "can't be removed", "Remove it by hand: it may hold secrets.", e);
        }
    }
}
