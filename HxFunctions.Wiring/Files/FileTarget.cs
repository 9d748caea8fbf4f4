namespace HxFunctions.Wiring.Files;

/// <summary>What one path shall become: a file with this content, a symlink, or nothing.</summary>
/// <param name="Path">For a file, symlinks are followed and the file behind them is edited. A <see cref="Link"/> or a removal is about the
/// path itself.</param>
/// <param name="Content">The file's bytes. <see langword="null"/> without a <see cref="Link"/>: nothing shall be there.</param>
/// <param name="Mode">The file's mode from now on. <see langword="null"/>: the one it has; for a new file that of <see cref="Like"/>, else
/// 0644.</param>
/// <param name="Link">A symlink with this text shall be there. A file in its place is backed up and replaced.</param>
internal sealed record FileTarget(string Path, byte[]? Content, UnixFileMode? Mode = null, string? Link = null)
{
    /// <summary>The file as it was when the new content was worked out from it. When it is no longer that, nothing is written.
    /// <see langword="null"/>: not asked for.</summary>
    public FileEntry? Seen { get; init; }

    /// <summary>
    /// A file that moves here: a new file takes its owner, its extended attributes and, unless <see cref="Mode"/> is given, its mode, so
    /// that whoever could read it there can here, and nobody else. Without effect where a file is already, or when this is no file.
    /// </summary>
    public FileEntry? Like { get; init; }
}
