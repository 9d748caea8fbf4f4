namespace HxFunctions.Wiring.Files;

internal enum FileKind
{
    File,
    Directory,
    Link,

    /// <summary>A device, a pipe or a socket.</summary>
    Special,
}

/// <summary>What statx(2) tells of a file.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Mode">The permission bits.</param>
/// <param name="Uid">Its owner.</param>
/// <param name="Gid">Its group.</param>
/// <param name="Links">How many names it has.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Identity">Changes when another file takes the name (device, inode), and when the content or anything else of this one
/// changes (size, mtime, ctime).</param>
internal sealed record FileStatus(FileKind Kind, UnixFileMode Mode, uint Uid, uint Gid, uint Links, long Size, FileIdentity Identity)
{
    /// <summary>May anyone who is neither the owner nor in the group do one of these?</summary>
    public bool OthersMay(UnixFileMode bits) => (Mode & bits) != 0;
}

/// <summary>Times are seconds since 1970 and nanoseconds.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, long Size, (long, uint) Modified, (long, uint) Changed);
