using System.Runtime.InteropServices;
using System.Text;
using HxFunctions.Wiring.Files;
using Microsoft.Win32.SafeHandles;

namespace HxFunctions.Tests.Wiring.Files;

/// <summary>A throw-away folder with files to edit. Modes and owners go by the product's own system calls, checked against <c>stat</c> in
/// <c>AtomicFileTests</c>.</summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hx-wire-test-");

    public string Root => _folder.FullName;

    public string this[string name] => Path.Combine(Root, name);

    /// <summary>Everything below the folder: <c>name mode owner content</c>, <c>name -> target</c>, <c>name/ mode</c>.</summary>
    public string Listing =>
        string.Join(
            '\n',
            Directory
                .EnumerateFileSystemEntries(Root, "*", new EnumerationOptions { AttributesToSkip = 0, RecurseSubdirectories = true })
                .Order(StringComparer.Ordinal)
                .Select(path => (Name: Path.GetRelativePath(Root, path), Path: path, Status: Posix.StatusOf(path)!))
                .Select(item =>
                    item.Status.Kind switch
                    {
                        FileKind.Link => $"{item.Name} -> {new FileInfo(item.Path).LinkTarget}",
                        FileKind.Directory => $"{item.Name}/ {FileModes.Text(item.Status.Mode)}",
                        FileKind.File => $"{item.Name} {FileModes.Text(item.Status.Mode)} {item.Status.Uid}:{item.Status.Gid} "
                            + $"{Convert.ToHexString(File.ReadAllBytes(item.Path))}",
                        _ => $"{item.Name} special",
                    }
                )
        );

    public string Write(string name, string content, UnixFileMode mode = FileModes.Readable)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], content);
        return SetMode(name, mode);
    }

    public string Link(string name, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.CreateSymbolicLink(this[name], target);
        return this[name];
    }

    public string SetMode(string name, UnixFileMode mode)
    {
        using SafeFileHandle handle = Posix.OpenToRead(this[name]);
        Posix.ChangeMode(handle, mode, this[name]);
        return this[name];
    }

    /// <summary>Gives a file away; only root may. Others keep it, and what is asserted of the owner then holds for them.</summary>
    public void GiveAway(string name, uint uid, uint gid)
    {
        using SafeFileHandle handle = Posix.OpenToRead(this[name]);
        Assert.Equal(Environment.IsPrivilegedProcess, Posix.TryChangeOwner(handle, uid, gid, this[name]));
    }

    public void SetAttribute(string name, string attribute, byte[] value)
    {
        using SafeFileHandle handle = Posix.OpenToRead(this[name]);
        Posix.SetAttributes(handle, new Dictionary<string, byte[]> { [attribute] = value }, this[name]);
    }

    public FileStatus Status(string name) => Posix.StatusOf(this[name])!;

    public FileTarget Target(string name, string content, UnixFileMode? mode = null) =>
        new(this[name], Encoding.UTF8.GetBytes(content), mode);

    /// <summary>Runs something as root without root's rights to files, as the user nobody: setfsuid(2) is about one thread, which ends with
    /// it.</summary>
    public static void AsNobody(Action action)
    {
        Exception? failure = null;
        Thread thread = new(() =>
        {
            _ = SetFileUser(65534);
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            throw new InvalidOperationException("It failed as nobody.", failure);
        }
    }

    public void Dispose()
    {
        foreach (DirectoryInfo directory in _folder.EnumerateDirectories("*", SearchOption.AllDirectories))
        {
            SetMode(directory.FullName, FileModes.PrivateDirectory);
        }

        SetMode(Root, FileModes.PrivateDirectory);
        _folder.Delete(recursive: true);
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetFileUser(uint uid);
}
