namespace HxFunctions.Wiring.Files;

/// <summary>Something about a file that makes it unsafe to edit it or to keep secrets in it.</summary>
/// <param name="Path">The file or directory.</param>
/// <param name="Problem">What is wrong, without the path.</param>
/// <param name="Advice">The command that mends it.</param>
internal sealed record SafetyFinding(string Path, string Problem, string Advice);

/// <summary>Who else could write or read a file. Whoever may write LiteLLM's configuration runs code as LiteLLM (callbacks are Python
/// modules).</summary>
internal static class FileSafety
{
    /// <param name="path">A file, a symlink to one, or where a new one shall be.</param>
    /// <param name="holdsSecrets">It must not be readable by others either.</param>
    /// <exception cref="WireFileException">The path can't be followed.</exception>
    public static IReadOnlyList<SafetyFinding> Check(string path, bool holdsSecrets)
    {
        RealPath real = RealPath.Of(path);
        FileStatus? file = real.Exists ? Posix.StatusOf(real.Path) : null;
        List<SafetyFinding> findings = [];
        if (file is { Kind: FileKind.File })
        {
            if (file.OthersMay(UnixFileMode.OtherWrite))
            {
                findings.Add(new(real.Path, $"every user can write to it (mode {FileModes.Text(file.Mode)})", $"chmod o-w {real.Path}"));
            }

            if (holdsSecrets && file.OthersMay(UnixFileMode.OtherRead))
            {
                findings.Add(
                    new(
                        real.Path,
                        $"every user can read it (mode {FileModes.Text(file.Mode)}), and it contains secrets",
                        $"chmod 0600 {real.Path}, and change the passwords in it"
                    )
                );
            }
        }

        foreach (LinkHop hop in real.Links)
        {
            // As fs.protected_symlinks has it (proc_sys_fs(5)): a link is followed for root's, for one's own, and for the file's owner.
            if (Posix.StatusOf(hop.Path) is { } link && link.Uid != 0 && link.Uid != Posix.Self.Uid && link.Uid != file?.Uid)
            {
                findings.Add(
                    new(
                        hop.Path,
                        $"this symlink belongs to user {link.Uid}, who owns neither the file nor this process",
                        $"check where it points to, then chown -h root {hop.Path}"
                    )
                );
            }
        }

        foreach (string directory in DirectoriesOf([.. real.Links.Select(hop => hop.Path), real.Path]))
        {
            if (
                Posix.StatusOf(directory) is { Kind: FileKind.Directory } status
                && status.OthersMay(UnixFileMode.OtherWrite)
                && !status.Mode.HasFlag(UnixFileMode.StickyBit)
            )
            {
                findings.Add(
                    new(
                        directory,
                        $"every user can replace files in this directory (mode {FileModes.Text(status.Mode)})",
                        $"chmod o-w {directory}"
                    )
                );
            }
        }

        return findings;
    }

    private static IEnumerable<string> DirectoriesOf(IEnumerable<string> paths)
    {
        static IEnumerable<string> Above(string path)
        {
            for (string? at = Path.GetDirectoryName(path); at is not null; at = Path.GetDirectoryName(at))
            {
                yield return at;
            }
        }

        return paths.SelectMany(Above).Distinct();
    }
}
