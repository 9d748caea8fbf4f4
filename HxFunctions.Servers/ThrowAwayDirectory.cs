namespace HxFunctions.Servers;

/// <summary>A fresh directory for a server's data, mode 0700, deleted on <see cref="Dispose"/> or at the latest by
/// <see cref="Watchdog"/>.</summary>
internal sealed class ThrowAwayDirectory : IDisposable
{
    /// <exception cref="IOException">The directory for temporary files can't be written to.</exception>
    public ThrowAwayDirectory(string prefix)
    {
        Path = System.IO.Path.Combine(Base(), prefix + System.IO.Path.GetRandomFileName());
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path);
        }
        else
        {
            Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        Watchdog.Instance.Watch(Path);
    }

    public string Path { get; }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Already gone, or a dying server holds a file: the watchdog comes after us.
        }
    }

    /// <summary>TMPDIR, unless it lies in a directory that is closed to the user that a server of root's is run as.</summary>
    private static string Base()
    {
        string path = System.IO.Path.GetTempPath();
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            return path;
        }

        for (DirectoryInfo? directory = new DirectoryInfo(path); directory is not null; directory = directory.Parent)
        {
            if (!directory.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                return "/tmp";
            }
        }

        return path;
    }
}
