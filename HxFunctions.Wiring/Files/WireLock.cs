using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace HxFunctions.Wiring.Files;

/// <summary>
/// One <c>apply</c> or <c>rollback</c> at a time. A lock of the kernel's (flock(2)), so that it ends with its process, however that ends;
/// the file stays, since removing it would let two processes lock two files of the same name. Not FileShare.None: an environment variable
/// can turn .NET's lock off.
/// </summary>
internal sealed class WireLock : IDisposable
{
    private readonly SafeFileHandle _handle;

    private WireLock(SafeFileHandle handle) => _handle = handle;

    /// <summary>Takes the lock, or returns <see langword="null"/> at once when another run has it.</summary>
    /// <param name="path">Its directory is created when missing, mode 0700.</param>
    /// <exception cref="WireFileException">The file can't be created.</exception>
    public static WireLock? TryTake(string path)
    {
        foreach (string directory in FileChange.MissingDirectories(Path.GetDirectoryName(Path.GetFullPath(path))!))
        {
            Posix.MakeDirectory(directory, FileModes.PrivateDirectory);
        }

        SafeFileHandle handle = Posix.OpenToLock(path);
        if (!Posix.TryLock(handle, path))
        {
            handle.Dispose();
            return null;
        }

        byte[] holder = Encoding.ASCII.GetBytes($"{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}\n");
        RandomAccess.SetLength(handle, 0);
        Posix.WriteAll(handle, holder, path);
        return new(handle);
    }

    /// <summary>The process that has the lock, as it wrote it there; for messages only. <see langword="null"/>: not known.</summary>
    public static int? HolderOf(string path)
    {
        try
        {
            using SafeFileHandle handle = Posix.OpenToRead(path);
            string text = Encoding.ASCII.GetString(Posix.ReadAll(handle, path, 1024 * 1024)).Trim();
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : null;
        }
        catch (WireFileException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        Posix.Unlock(_handle);
        _handle.Dispose();
    }
}
