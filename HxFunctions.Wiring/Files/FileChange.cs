using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace HxFunctions.Wiring.Files;

/// <summary>
/// One path on its way from what it is to what it shall be. <see cref="Stage"/> does all that may fail for want of space or permission,
/// beside the file; <see cref="Commit"/> is one rename(2), so that whoever reads sees the old file or the new one, whole.
/// </summary>
internal sealed class FileChange(FileEntry before, FileEntry after) : IDisposable
{
    private const string LeftOverPrefix = ".hx-wire-";
    private const string LeftOverSuffix = ".tmp";

    private readonly List<string> _createdDirectories = [];
    private string? _temporary;
    private SafeFileHandle? _handle;

    /// <summary>What is there now.</summary>
    public FileEntry Before => before;

    /// <summary>What shall be there.</summary>
    public FileEntry After => after;

    public bool IsCommitted { get; private set; }

    /// <summary>What a target asks for, beside what there is.</summary>
    /// <exception cref="WireFileException">The path can't be edited; see <see cref="FileEntry.Read"/>.</exception>
    public static FileChange Of(FileTarget target)
    {
        FileEntry before = target is { Content: not null, Link: null }
            ? FileEntry.Read(target.Path)
            : FileEntry.ReadAt(RealPath.Of(target.Path, followLast: false).Path);
        if (target.Seen is { } seen && (seen.Path != before.Path || !seen.IsUnchanged(before)))
        {
            throw FileEntry.Changed(target.Path);
        }

        return new(
            before,
            target switch
            {
                { Link: { } link } => new(before.Path, EntryKind.Link) { Target = link },
                { Content: { } content } when before.Kind == EntryKind.File => before with
                {
                    Content = content,
                    Mode = target.Mode ?? before.Mode,
                    Identity = null,
                },
                { Content: { } content, Like: { Kind: EntryKind.File } like } => like with
                {
                    Path = before.Path,
                    Content = content,
                    Mode = target.Mode ?? like.Mode,
                    Identity = null,
                },
                { Content: { } content } => new(before.Path, EntryKind.File)
                {
                    Content = content,
                    Mode = target.Mode ?? FileModes.Readable,
                },
                _ => new(before.Path, EntryKind.Absent),
            }
        );
    }

    public bool IsNeeded => !before.Holds(after);

    /// <summary>Writes the new file, with its owner, attributes and mode, under another name beside the old one, and has it on
    /// disk.</summary>
    /// <exception cref="WireFileException">It can't be written as it must be; the old file is as it was.</exception>
    public void Stage()
    {
        RefuseHardLinks();
        if (after.Kind == EntryKind.Absent)
        {
            return;
        }

        string directory = Path.GetDirectoryName(after.Path)!;
        CreateDirectories(directory);
        _temporary = Path.Combine(directory, LeftOverPrefix + RandomNumberGenerator.GetHexString(16, lowercase: true) + LeftOverSuffix);
        if (after.Kind == EntryKind.Link)
        {
            Posix.Link(_temporary, after.Target!);
            if (after.Owner is { } owner && owner != Posix.Self && !Posix.TryChangeLinkOwner(_temporary, owner.Uid, owner.Gid))
            {
                throw NotOurs(owner);
            }

            return;
        }

        // Never wider than the final mode, and nobody else's to read until it has its owner and its access list.
        _handle = Posix.Create(_temporary, after.Mode & FileModes.Private);
        Posix.TryLock(_handle, _temporary); // A run that cleans up tells by the lock that this one is in use.
        Posix.WriteAll(_handle, after.Content, after.Path);
        if (after.Owner is { } user)
        {
            FileStatus created = Posix.StatusOf(_handle, after.Path);
            if ((created.Uid, created.Gid) != user && !Posix.TryChangeOwner(_handle, user.Uid, user.Gid, after.Path))
            {
                throw NotOurs(user);
            }
        }

        // A new file takes the access list that its directory hands down; one that replaces another has that one's.
        if (after.Owner is not null)
        {
            Posix.SetAttributes(_handle, after.Attributes, after.Path);
        }

        Posix.ChangeMode(_handle, after.Mode, after.Path); // The last one: a change of owner may clear bits (chown(2)).

        // A mode changes an access list's mask (acl(5)), and a directory may hand one down: Undo has to know the file again.
        after = after with
        {
            Attributes = Posix.AttributesOf(_handle, after.Path),
        };
        Posix.Sync(_handle, after.Path);
    }

    /// <summary>Puts the new in the place of the old, if the old is still what it was.</summary>
    /// <exception cref="WireFileException">It was changed meanwhile, or can't be replaced; it is as it was.</exception>
    public void Commit()
    {
        if (!before.IsUnchanged(before.Kind == EntryKind.Unreadable ? FileEntry.ReadToReplace(before.Path) : FileEntry.ReadAt(before.Path)))
        {
            throw FileEntry.Changed(before.Path);
        }

        if (_temporary is null)
        {
            Posix.Remove(after.Path);
        }
        else
        {
            Posix.Rename(_temporary, after.Path);
        }

        IsCommitted = true;
        _temporary = null;
        Release();
        if (Path.GetDirectoryName(after.Path) is { } directory && Directory.Exists(directory))
        {
            Posix.SyncDirectory(directory);
        }
    }

    /// <summary>The way back from a <see cref="Commit"/>. <see langword="null"/>: someone else has changed the file since, which
    /// stays.</summary>
    public FileChange? Undo()
    {
        FileEntry now = FileEntry.ReadAt(after.Path);
        return now.Holds(after) ? new(now, before with { Identity = null }) : null;
    }

    /// <summary>Removes the directories that <see cref="Stage"/> created, those that hold nothing.</summary>
    public void RemoveCreatedDirectories()
    {
        foreach (string directory in Enumerable.Reverse(_createdDirectories))
        {
            Posix.RemoveEmptyDirectory(directory);
        }
    }

    /// <summary>Removes what was staged and not committed, and the directories created for it.</summary>
    public void Dispose()
    {
        Release();
        try
        {
            if (_temporary is not null)
            {
                Posix.Remove(_temporary);
            }

            if (!IsCommitted)
            {
                RemoveCreatedDirectories();
            }
        }
        catch (WireFileException)
        {
            // We come here from a failure, and that is what is told. The next run removes it.
        }
    }

    /// <summary>Unlocked before it is closed: a process that is just being started keeps the open file for a moment longer.</summary>
    private void Release()
    {
        if (_handle is { IsClosed: false })
        {
            Posix.Unlock(_handle);
            _handle.Dispose();
        }
    }

    /// <summary>Removes what killed runs left in a directory.</summary>
    /// <exception cref="WireFileException">One can't be removed: it may hold secrets.</exception>
    public static void RemoveLeftOvers(string directory)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        foreach (
            string path in Directory.EnumerateFileSystemEntries(
                directory,
                LeftOverPrefix + "*" + LeftOverSuffix,
                new EnumerationOptions { AttributesToSkip = 0 }
            )
        )
        {
            switch (Posix.StatusOf(path))
            {
                case { Kind: FileKind.Link }:
                    Posix.Remove(path);
                    break;
                case { Kind: FileKind.File }:
                    using (SafeFileHandle handle = Posix.OpenToRead(path))
                    {
                        if (Posix.TryLock(handle, path))
                        {
                            Posix.Remove(path);
                        }
                    }

                    break;
            }
        }
    }

    private void CreateDirectories(string directory)
    {
        foreach (string missing in MissingDirectories(directory))
        {
            if (Posix.MakeDirectory(missing, FileModes.ReadableDirectory))
            {
                _createdDirectories.Add(missing);
            }

            Posix.SyncDirectory(Path.GetDirectoryName(missing)!);
        }
    }

    /// <summary>Those of a directory and its parents that are not there, the highest first.</summary>
    public static IReadOnlyList<string> MissingDirectories(string directory)
    {
        List<string> missing = [];
        for (string? at = directory; at is not null && Posix.StatusOf(at) is null; at = Path.GetDirectoryName(at))
        {
            missing.Add(at);
        }

        missing.Reverse();
        return missing;
    }

    private void RefuseHardLinks()
    {
        if (before.Kind == EntryKind.File && Posix.StatusOf(before.Path) is { Links: > 1 and var names })
        {
            throw new WireFileException(
                before.Path,
                $"has {names} hard links: the others would keep the old content",
                $"Find them (find / -xdev -samefile {before.Path}), replace the others with symlinks, then run hx wire again."
            );
        }
    }

    private WireFileException NotOurs((uint Uid, uint Gid) owner) =>
        new(
            after.Path,
            $"{(before.Kind == EntryKind.Absent ? "must belong" : "belongs")} to user {owner.Uid}, group {owner.Gid}, but this "
                + $"user can't set that owner",
            "Run as root, or as the file's owner."
        );
}
