using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HxFunctions.Wiring.Files;

/// <summary>
/// The system calls that keep a file's mode, owner and durability under control where .NET has no such method. Linux only. All throw
/// <see cref="WireFileException"/> with the path that they were called for.
/// </summary>
internal static partial class Posix
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint BasicStats = 0x7ff; // STATX_BASIC_STATS
    private const int CloseOnExec = 0x80000; // O_CLOEXEC
    private const int NonBlocking = 0x800; // O_NONBLOCK
    private const int CreateNew = 0x1 | 0x40 | 0x80; // O_WRONLY | O_CREAT | O_EXCL: never through a symlink (open(2))
    private const int ReadWriteCreate = 0x2 | 0x40; // O_RDWR | O_CREAT

    /// <summary>The user and the group that files are created as.</summary>
    public static (uint Uid, uint Gid) Self => (EffectiveUser(), EffectiveGroup());

    /// <summary>What is at this path, not following a symlink there; <see langword="null"/>: nothing.</summary>
    public static FileStatus? StatusOf(string path)
    {
        byte[] buffer = new byte[256];
        return StatX(CurrentDirectory, path, NoFollow, BasicStats, buffer) == 0 ? Read(buffer)
            : Marshal.GetLastPInvokeError() is Errno.NotFound or Errno.NotADirectory ? null
            : throw Failed(path, "read its status");
    }

    public static FileStatus StatusOf(SafeFileHandle handle, string path)
    {
        byte[] buffer = new byte[256];
        return StatX((int)handle.DangerousGetHandle(), "", EmptyPath, BasicStats, buffer) == 0
            ? Read(buffer)
            : throw Failed(path, "read its status");
    }

    /// <summary>Opens a file or a directory to read or to sync it; never waits for the other end of a pipe.</summary>
    public static SafeFileHandle OpenToRead(string path) => Opened(Open(path, CloseOnExec | NonBlocking, 0), path, "read");

    /// <summary>Creates a file that nothing may be at the path of, not even a symlink.</summary>
    public static SafeFileHandle Create(string path, UnixFileMode mode) =>
        Opened(Open(path, CreateNew | CloseOnExec, (uint)mode), path, "create a file");

    /// <summary>Opens a file to lock it, and creates it when it isn't there.</summary>
    public static SafeFileHandle OpenToLock(string path) =>
        Opened(Open(path, ReadWriteCreate | CloseOnExec, (uint)FileModes.Private), path, "open");

    /// <summary>Takes the lock that dies with this process (flock(2)); <see langword="false"/>: another has it.</summary>
    public static bool TryLock(SafeFileHandle handle, string path) =>
        Lock(handle, 2 | 4) == 0 || (Marshal.GetLastPInvokeError() == Errno.WouldBlock ? false : throw Failed(path, "lock"));

    /// <summary>Gives the lock up at once. Closing alone would not: a process that this one is just starting has the open file, too, until
    /// it runs its program.</summary>
    public static void Unlock(SafeFileHandle handle) => _ = Lock(handle, 8);

    public static byte[] ReadAll(SafeFileHandle handle, string path, int limit)
    {
        using MemoryStream content = new();
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            nint count = Read(handle, buffer, buffer.Length);
            if (count < 0)
            {
                throw Failed(path, "read");
            }

            if (count == 0)
            {
                return content.ToArray();
            }

            if (content.Length + count > limit)
            {
                throw new WireFileException(
                    path,
                    $"is larger than {limit / (1024 * 1024)} MiB",
                    "Check that this is the configuration or the environment file."
                );
            }

            content.Write(buffer, 0, (int)count);
        }
    }

    public static void WriteAll(SafeFileHandle handle, ReadOnlySpan<byte> content, string path)
    {
        while (!content.IsEmpty)
        {
            nint count = Write(handle, in MemoryMarshal.GetReference(content), content.Length);
            if (count < 0)
            {
                throw Failed(path, "write");
            }

            content = content[(int)count..];
        }
    }

    public static void Sync(SafeFileHandle handle, string path) => Check(FSync(handle), path, "write to disk");

    /// <summary>Makes creations, renames and removals in a directory durable (fsync(2), "NOTES").</summary>
    public static void SyncDirectory(string path)
    {
        using SafeFileHandle handle = OpenToRead(path);

        // Network file systems that have no such thing say so; they do it at once.
        if (FSync(handle) != 0 && Marshal.GetLastPInvokeError() is not (Errno.Invalid or Errno.NotSupported))
        {
            throw Failed(path, "write to disk");
        }
    }

    /// <returns><see langword="false"/>: not permitted.</returns>
    public static bool TryChangeOwner(SafeFileHandle handle, uint uid, uint gid, string path) =>
        FChOwn(handle, uid, gid) == 0
        || (Marshal.GetLastPInvokeError() == Errno.NotPermitted ? false : throw Failed(path, "set the owner"));

    public static bool TryChangeLinkOwner(string path, uint uid, uint gid) =>
        LChOwn(path, uid, gid) == 0 || (Marshal.GetLastPInvokeError() == Errno.NotPermitted ? false : throw Failed(path, "set the owner"));

    public static void ChangeMode(SafeFileHandle handle, UnixFileMode mode, string path) =>
        Check(FChMod(handle, (uint)mode), path, "set the mode");

    public static void Rename(string from, string to) => Check(RenameFile(from, to), to, "replace");

    public static void Link(string path, string target) => Check(SymLink(target, path), path, "create a symlink");

    /// <summary>Removes a file or a symlink; no error when it isn't there.</summary>
    public static void Remove(string path)
    {
        if (Unlink(path) != 0 && Marshal.GetLastPInvokeError() != Errno.NotFound)
        {
            throw Failed(path, "remove");
        }
    }

    /// <summary>Creates a directory with exactly this mode, whatever the umask.</summary>
    /// <returns><see langword="false"/>: something is there already.</returns>
    public static bool MakeDirectory(string path, UnixFileMode mode)
    {
        if (MkDir(path, (uint)mode) != 0)
        {
            return Marshal.GetLastPInvokeError() == Errno.Exists ? false : throw Failed(path, "create a directory");
        }

        using SafeFileHandle handle = OpenToRead(path);
        ChangeMode(handle, mode, path);
        return true;
    }

    /// <summary>Removes a directory; no error when it isn't there or holds something.</summary>
    public static void RemoveEmptyDirectory(string path)
    {
        if (RmDir(path) != 0 && Marshal.GetLastPInvokeError() is not (Errno.NotFound or Errno.NotEmpty or Errno.Exists))
        {
            throw Failed(path, "remove");
        }
    }

    private static SafeFileHandle Opened(int descriptor, string path, string action) =>
        descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failed(path, action);

    private static void Check(int result, string path, string action)
    {
        if (result != 0)
        {
            throw Failed(path, action);
        }
    }

    private static WireFileException Failed(string path, string action) =>
        WireFileException.FromSystem(path, action, Marshal.GetLastPInvokeError());

    /// <summary><c>struct statx</c>, which unlike <c>struct stat</c> is laid out alike on every architecture (statx(2)).</summary>
    private static FileStatus Read(ReadOnlySpan<byte> buffer)
    {
        uint Word(ReadOnlySpan<byte> bytes, int at) => BitConverter.ToUInt32(bytes[at..]);
        (long, uint) Time(ReadOnlySpan<byte> bytes, int at) =>
            (BitConverter.ToInt64(bytes[at..]), BitConverter.ToUInt32(bytes[(at + 8)..]));

        ushort mode = BitConverter.ToUInt16(buffer[28..]);
        long size = BitConverter.ToInt64(buffer[40..]);
        ulong device = ((ulong)Word(buffer, 136) << 32) | Word(buffer, 140);
        FileKind kind = (mode >> 12) switch
        {
            0x8 => FileKind.File,
            0x4 => FileKind.Directory,
            0xa => FileKind.Link,
            _ => FileKind.Special,
        };
        return new(
            kind,
            (UnixFileMode)(mode & 0xfff),
            Word(buffer, 20),
            Word(buffer, 24),
            Word(buffer, 16),
            size,
            new(device, BitConverter.ToUInt64(buffer[32..]), size, Time(buffer, 112), Time(buffer, 96))
        );
    }
}
