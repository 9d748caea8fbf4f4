using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace HxFunctions.Wiring.Files;

internal enum EntryKind
{
    Absent,
    File,
    Link,

    /// <summary>Something that can't be read: a device, a pipe, a broken file. Never in a backup; only what the way back finds and
    /// replaces.</summary>
    Unreadable,
}

/// <summary>What is, or shall be, at a path whose directories hold no symlink.</summary>
/// <param name="Path">The path.</param>
/// <param name="Kind">A file, a symlink or nothing.</param>
internal sealed record FileEntry(string Path, EntryKind Kind)
{
    /// <summary>Far beyond any configuration; a device or a log that someone named by mistake must not fill the memory.</summary>
    public const int MaxFileSize = 64 * 1024 * 1024;

    /// <summary>A file's bytes; empty for the others.</summary>
    public byte[] Content { get; init; } = [];

    /// <summary>SHA-256 of the content, in hex.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Content));

    public UnixFileMode Mode { get; init; } = FileModes.Readable;

    /// <summary>User and group; <see langword="null"/>: those that a new file gets.</summary>
    public (uint Uid, uint Gid)? Owner { get; init; }

    /// <summary>A symlink's text.</summary>
    public string? Target { get; init; }

    /// <summary>A file's extended attributes.</summary>
    public IReadOnlyDictionary<string, byte[]> Attributes { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Of what was read; <see langword="null"/>: nothing was there, or this is what shall be.</summary>
    public FileIdentity? Identity { get; init; }

    /// <summary>Reads the file that a path leads to, through symlinks.</summary>
    /// <exception cref="WireFileException">It can't be read; it is neither a file nor absent; the symlinks lead nowhere or in a
    /// circle.</exception>
    public static FileEntry Read(string path)
    {
        RealPath real = RealPath.Of(path);
        if (!real.Exists && real.Links is [.., var last])
        {
            // Not created: a file behind a link that is missing is more often a mount that is missing.
            throw new WireFileException(
                last.Path,
                $"points to {last.Target}, which does not exist",
                "Create that file, mount its file system, or remove the symlink."
            );
        }

        return ReadAt(real.Path);
    }

    /// <summary>Reads what is at a path itself; a symlink is not followed.</summary>
    /// <exception cref="WireFileException">It can't be read, or it is a directory, a device, a pipe or a socket.</exception>
    public static FileEntry ReadAt(string path)
    {
        switch (Posix.StatusOf(path))
        {
            case null:
                return new(path, EntryKind.Absent);
            case { Kind: FileKind.Link } link:
                string target = new FileInfo(path).LinkTarget ?? throw Changed(path);
                return new(path, EntryKind.Link)
                {
                    Target = target,
                    Owner = (link.Uid, link.Gid),
                    Identity = link.Identity,
                };
            case { Kind: FileKind.File } file:
                return ReadFile(path, file);
            case { Kind: var kind }:
                throw new WireFileException(
                    path,
                    kind == FileKind.Directory ? "is a directory" : "is a device, a pipe or a socket",
                    "Use a regular file."
                );
        }
    }

    /// <summary>As <see cref="ReadAt"/>, for the way back: what can't be read must not keep the old file from its place.</summary>
    /// <exception cref="WireFileException">It is a directory, which no file can replace, or its directory can't be reached.</exception>
    public static FileEntry ReadToReplace(string path)
    {
        try
        {
            return ReadAt(path);
        }
        catch (WireFileException)
        {
            return Posix.StatusOf(path) switch
            {
                null => new(path, EntryKind.Absent),
                { Kind: FileKind.Directory } => throw new WireFileException(
                    path,
                    "is a directory, but must be a file",
                    "Move it away, then run the same command again."
                ),
                var status => new(path, EntryKind.Unreadable) { Identity = status.Identity },
            };
        }
    }

    /// <summary>Is this what shall be? Times and the inode don't count.</summary>
    public bool Holds(FileEntry wanted) =>
        Kind == wanted.Kind
        && Kind switch
        {
            EntryKind.File => Content.AsSpan().SequenceEqual(wanted.Content)
                && Mode == wanted.Mode
                && HasOwnerOf(wanted)
                && SameAttributes(wanted),
            EntryKind.Link => Target == wanted.Target && HasOwnerOf(wanted),
            _ => true,
        };

    /// <summary>Nothing of it changed, not even for a moment: the content, the inode, size and times.</summary>
    /// <param name="later">The same path, read again.</param>
    public bool IsUnchanged(FileEntry later) =>
        Kind == later.Kind && Identity == later.Identity && Content.AsSpan().SequenceEqual(later.Content) && Target == later.Target;

    public static WireFileException Changed(string path) =>
        new(
            path,
            "was changed by someone else at the same time, and was left as it is",
            "Find out what else changes it, then run hx wire again."
        );

    private static FileEntry ReadFile(string path, FileStatus before)
    {
        using SafeFileHandle handle = Posix.OpenToRead(path);
        FileStatus opened = Posix.StatusOf(handle, path);
        if (opened.Identity != before.Identity || opened.Kind != FileKind.File)
        {
            throw Changed(path);
        }

        FileEntry entry = new(path, EntryKind.File)
        {
            Content = Posix.ReadAll(handle, path, MaxFileSize),
            Mode = opened.Mode,
            Owner = (opened.Uid, opened.Gid),
            Attributes = Posix.AttributesOf(handle, path),
            Identity = opened.Identity,
        };
        return Posix.StatusOf(handle, path).Identity == opened.Identity ? entry : throw Changed(path);
    }

    private bool HasOwnerOf(FileEntry wanted) => wanted.Owner is null || Owner == wanted.Owner;

    private bool SameAttributes(FileEntry other) =>
        Attributes.Count == other.Attributes.Count
        && Attributes.All(pair => other.Attributes.TryGetValue(pair.Key, out byte[]? value) && value.AsSpan().SequenceEqual(pair.Value));
}
