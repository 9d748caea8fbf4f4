namespace HxFunctions.Cli.Demo;

/// <summary>A fresh directory for a server's data, mode 0700, deleted on <see cref="Dispose"/> or at the latest when the process ends.</summary>
internal sealed class ThrowAwayDirectory : IDisposable
{
    private readonly Action _delete;

    /// <exception cref="IOException">The directory for temporary files can't be written to.</exception>
    public ThrowAwayDirectory(string prefix)
    {
        Path = System.IO.Path.Combine(Base(), prefix + System.IO.Path.GetRandomFileName());
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Path);
        else
            Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _delete = Delete;
        ExitCleanup.Add(_delete);
    }

    public string Path { get; }

    public void Dispose()
    {
        ExitCleanup.Remove(_delete);
        Delete();
    }

    /// <summary>TMPDIR, unless it lies in a directory that is closed to the user that a server of root's is run as.</summary>
    private static string Base()
    {
        var path = System.IO.Path.GetTempPath();
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return path;

        for (var directory = new DirectoryInfo(path); directory is not null; directory = directory.Parent)
        {
            if (!directory.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
                return "/tmp";
        }

        return path;
    }

    private void Delete()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // Already gone, or a file that a dying server holds: it lies in the directory for temporary files anyway.
        }
    }
}
