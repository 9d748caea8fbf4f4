namespace HxFunctions.Wiring.Files;

/// <summary>A symlink on the way from a path to its file.</summary>
/// <param name="Path">Where it is; its directories hold no symlink.</param>
/// <param name="Target">Its text, as it stands there.</param>
internal sealed record LinkHop(string Path, string Target);

/// <summary>Where a path leads.</summary>
/// <param name="Path">The path with all symlinks followed, those of its directories, too.</param>
/// <param name="Links">The symlinks in the place of the file itself, in the order in which they were followed; those of directories are not
/// among them.</param>
/// <param name="Exists">Is anything there?</param>
internal sealed record RealPath(string Path, IReadOnlyList<LinkHop> Links, bool Exists)
{
    /// <summary>As many as Linux follows before it calls it a loop (path_resolution(7)).</summary>
    private const int MaxLinks = 40;

    /// <summary>Follows a path as the kernel does: <c>..</c> after a symlink is the parent of where that leads, which
    /// <see cref="System.IO.Path.GetFullPath(string)"/> would get wrong.</summary>
    /// <param name="path">Absolute, or relative to the working directory.</param>
    /// <param name="followLast"><see langword="false"/>: a symlink in the last place stays what it is.</param>
    /// <exception cref="WireFileException">Symlinks go in a circle, or the path can't be followed.</exception>
    public static RealPath Of(string path, bool followLast = true)
    {
        string full = System.IO.Path.Combine(Environment.CurrentDirectory, path);
        if (
            full.Contains('\0', StringComparison.Ordinal)
            || full.EndsWith('/')
            || full.EndsWith("/.", StringComparison.Ordinal)
            || full.EndsWith("/..", StringComparison.Ordinal)
        )
        {
            throw new WireFileException(path, "is not the path of a file", "Use the path of the file itself.");
        }

        Stack<string> ahead = new(Parts(full));
        List<LinkHop> links = [];
        string reached = "";
        int followed = 0;
        bool exists = true;
        while (ahead.TryPop(out string? part))
        {
            if (part == "..")
            {
                // What is missing has no parent that could be told.
                if (!exists)
                {
                    throw new WireFileException(
                        path,
                        "is in a directory that does not exist",
                        "Correct the path, or create the directory."
                    );
                }

                reached = reached.Length == 0 ? "" : reached[..reached.LastIndexOf('/')];
                continue;
            }

            string next = $"{reached}/{part}";
            FileStatus? status = exists ? Posix.StatusOf(next) : null;
            exists = status is not null;
            if (status is { Kind: FileKind.Link } && (ahead.Count > 0 || followLast))
            {
                if (++followed > MaxLinks)
                {
                    throw new WireFileException(
                        path,
                        $"its symlinks form a loop at {next}",
                        "Point the symlink at the file itself (ln -sfn)."
                    );
                }

                string target =
                    new FileInfo(next).LinkTarget
                    ?? throw new WireFileException(next, "the symlink was removed while it was read", "Run hx wire again.");
                if (ahead.Count == 0)
                {
                    links.Add(new(next, target));
                }

                if (target.StartsWith('/'))
                {
                    reached = "";
                }

                foreach (string targetPart in Parts(target))
                {
                    ahead.Push(targetPart);
                }

                continue;
            }

            if (ahead.Count > 0 && status is { Kind: not FileKind.Directory })
            {
                throw new WireFileException(path, $"{next} is not a directory", "Correct the path.");
            }

            reached = next;
        }

        if (reached.Length == 0)
        {
            throw new WireFileException(path, "is not the path of a file", "Use the path of the file itself.");
        }

        return new(reached, links, exists);
    }

    /// <summary>The last part first, as a stack takes them.</summary>
    private static IEnumerable<string> Parts(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").Reverse();
}
