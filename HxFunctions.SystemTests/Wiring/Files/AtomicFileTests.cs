using System.Diagnostics;
using System.Text;
using HxFunctions.Tests.Wiring.Files;
using HxFunctions.Wiring.Files;

namespace HxFunctions.SystemTests.Wiring.Files;

public sealed class AtomicFileTests : IDisposable
{
    private const uint SomeUser = 12345;
    private const uint SomeGroup = 54321;

    private readonly WorkFolder _folder = new();

    [Theory]
    [InlineData("0600")]
    [InlineData("0640")]
    [InlineData("0444")]
    [InlineData("0200")]
    [InlineData("2755")]
    public void Written_file_keeps_mode_and_owner(string mode)
    {
        string path = _folder.Write("config.yaml", "old");
        _folder.GiveAway("config.yaml", SomeUser, SomeGroup);
        _folder.SetMode("config.yaml", FileModes.Parse(mode));
        FileStatus before = _folder.Status("config.yaml");

        AtomicFile.Write(path, "new"u8, null);

        FileStatus after = _folder.Status("config.yaml");
        Assert.Equal((before.Mode, before.Uid, before.Gid), (after.Mode, after.Uid, after.Gid));
        Assert.NotEqual(before.Identity.Inode, after.Identity.Inode);
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Root));
    }

    /// <summary>The layout of statx(2) is ours to get right, so that coreutils are asked as well.</summary>
    [Fact]
    public void Status_is_what_stat_says()
    {
        string path = _folder.Write("config.yaml", "twelve bytes", FileModes.Parse("6751"));
        using Process stat = Process.Start(
            new ProcessStartInfo("stat", ["--format=%a %u %g %h %i %s %Y %Z", path]) { RedirectStandardOutput = true }
        )!;

        FileStatus status = Posix.StatusOf(path)!;

        Assert.Equal(
            stat.StandardOutput.ReadToEnd().Trim(),
            $"{FileModes.Text(status.Mode)} {status.Uid} {status.Gid} {status.Links} {status.Identity.Inode} {status.Size} "
                + $"{status.Identity.Modified.Item1} {status.Identity.Changed.Item1}"
        );
    }

    [Theory]
    [InlineData(null, "0644")]
    [InlineData("0600", "0600")]
    public void New_file_has_the_mode_asked_for_and_its_directories_0755(string? mode, string expected)
    {
        AtomicFile.Write(_folder["a/b/override.conf"], "[Service]\n"u8, mode is null ? null : FileModes.Parse(mode));

        Assert.Equal(expected, FileModes.Text(_folder.Status("a/b/override.conf").Mode));
        Assert.Equal("0755", FileModes.Text(_folder.Status("a").Mode));
        Assert.Equal("0755", FileModes.Text(_folder.Status("a/b").Mode));
    }

    [Fact]
    public void Enforced_mode_changes_a_file_whose_content_holds()
    {
        string path = _folder.Write("hx.env", "A=1");

        AtomicFile.Write(path, "A=1"u8, FileModes.Private);

        Assert.Equal(FileModes.Private, _folder.Status("hx.env").Mode);
    }

    [Fact]
    public void File_that_holds_already_is_not_touched()
    {
        string path = _folder.Write("config.yaml", "same");
        FileStatus before = _folder.Status("config.yaml");

        AtomicFile.Write(path, "same"u8, FileModes.Readable);

        Assert.Equal(before, _folder.Status("config.yaml"));
    }

    [Fact]
    public void Symlinks_stay_and_the_file_behind_them_is_edited()
    {
        _folder.Write("real/config.yaml", "old");
        _folder.Link("etc/config.yaml", "../real/config.yaml");
        string path = _folder.Link("config.yaml", "etc/config.yaml");

        AtomicFile.Write(path, "new"u8, null);

        Assert.Equal("etc/config.yaml", new FileInfo(path).LinkTarget);
        Assert.Equal("../real/config.yaml", new FileInfo(_folder["etc/config.yaml"]).LinkTarget);
        Assert.Equal("new", File.ReadAllText(_folder["real/config.yaml"]));
        Assert.Equal([_folder["real/config.yaml"]], Directory.GetFileSystemEntries(_folder["real"]));
    }

    [Fact]
    public void Remove_takes_the_symlink_and_not_what_it_points_to()
    {
        _folder.Write("real.yaml", "a");
        string path = _folder.Link("link.yaml", "real.yaml");

        AtomicFile.Remove(path);
        AtomicFile.Remove(path);

        Assert.Equal([_folder["real.yaml"]], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Theory]
    [InlineData("dangling", "which does not exist")]
    [InlineData("loop", "form a loop")]
    [InlineData("directory", "is a directory")]
    [InlineData("to-directory", "is a directory")]
    [InlineData("pipe", "a pipe or a socket")]
    [InlineData("device", "a pipe or a socket")]
    [InlineData("names", "2 hard links")]
    public void What_is_no_file_of_one_name_is_refused(string name, string because)
    {
        _folder.Link("dangling", "nowhere");
        _folder.Link("loop", "loop");
        Directory.CreateDirectory(_folder["directory"]);
        _folder.Link("to-directory", "directory");
        _folder.Link("device", "/dev/null");
        _folder.Write("names", "old");
        foreach (string[] command in new[] { new[] { "mkfifo", _folder["pipe"] }, ["ln", _folder["names"], _folder["other-name"]] })
        {
            using Process made = Process.Start(command[0], command[1..]);
            made.WaitForExit();
        }

        WireFileException e = Assert.Throws<WireFileException>(() => AtomicFile.Write(_folder[name], "new"u8, null));

        Assert.Contains(because, e.Message, StringComparison.Ordinal);
        Assert.NotEmpty(e.Advice);
        Assert.Equal("old", File.ReadAllText(_folder["other-name"]));
        Assert.Equal(8, Directory.GetFileSystemEntries(_folder.Root).Length);
    }

    [Fact]
    public void Access_list_and_other_attributes_stay()
    {
        string path = _folder.Write("hx.env", "old", FileModes.Parse("0640"));
        _folder.SetAttribute("hx.env", "system.posix_acl_access", AccessList);

        AtomicFile.Write(path, "new"u8, null);

        FileEntry after = FileEntry.Read(path);
        Assert.Equal("new", Encoding.UTF8.GetString(after.Content));
        Assert.Equal(AccessList, after.Attributes["system.posix_acl_access"]);
        Assert.Equal("0640", FileModes.Text(after.Mode));
    }

    /// <summary>chmod(2) empties the mask of the access list, and the file is still the one that was written.</summary>
    [Fact]
    public void File_with_an_access_list_is_put_back_although_its_mode_was_narrowed()
    {
        string path = _folder.Write("secrets/hx.env", "old", FileModes.Parse("0640"));
        _folder.SetAttribute("secrets/hx.env", "system.posix_acl_access", AccessList);
        _folder.SetAttribute("secrets", "system.posix_acl_default", AccessList);
        string before = _folder.Listing;
        foreach (string name in new[] { "secrets/hx.env", "secrets/new.env" })
        {
            using FileChange change = FileChange.Of(_folder.Target(name, "new", FileModes.Private));
            change.Stage();
            change.Commit();

            using FileChange? undo = change.Undo();

            Assert.NotNull(undo);
            undo.Stage();
            undo.Commit();
        }

        Assert.Equal(before, _folder.Listing);
        Assert.Equal(AccessList, FileEntry.Read(path).Attributes["system.posix_acl_access"]);
    }

    [Fact]
    public void Access_list_that_the_directory_hands_down_does_not_widen_a_file_that_had_none()
    {
        string path = _folder.Write("secrets/hx.env", "old", FileModes.Parse("0640"));
        _folder.SetAttribute("secrets", "system.posix_acl_default", AccessList);
        AtomicFile.Write(_folder["secrets/new.env"], "new"u8, null);
        Assert.Contains("system.posix_acl_access", FileEntry.Read(_folder["secrets/new.env"]).Attributes.Keys);

        AtomicFile.Write(path, "new"u8, null);

        Assert.DoesNotContain("system.posix_acl_access", FileEntry.Read(path).Attributes.Keys);
    }

    [Fact]
    public void File_of_another_user_is_refused_when_its_owner_could_not_be_kept()
    {
        // Only root can make such a file, and with it the case.
        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        string path = _folder.Write("config.yaml", "old");
        _folder.SetMode("", FileModes.Parse("0777"));
        string before = _folder.Listing;

        WireFileException? refused = null;
        WorkFolder.AsNobody(() => refused = Assert.Throws<WireFileException>(() => AtomicFile.Write(path, "new"u8, null)));

        Assert.Contains("belongs to user 0, group 0", refused!.Message, StringComparison.Ordinal);
        Assert.Contains("Run as root", refused.Advice, StringComparison.Ordinal);
        Assert.Equal(before, _folder.Listing);
    }

    [Fact]
    public void Directory_that_may_not_be_written_to_leaves_the_file()
    {
        string path = _folder.Write("etc/config.yaml", "old");
        _folder.SetMode("etc", FileModes.Parse("0555"));
        string before = _folder.Listing;

        WireFileException? refused = null;
        void Write() => refused = Assert.Throws<WireFileException>(() => AtomicFile.Write(path, "new"u8, null));
        if (Environment.IsPrivilegedProcess)
        {
            _folder.SetMode("", FileModes.Parse("0755"));
            WorkFolder.AsNobody(Write);
        }
        else
        {
            Write();
        }

        Assert.Contains("can't create a file: Permission denied", refused!.Message, StringComparison.Ordinal);
        Assert.Equal(before, _folder.Listing);
    }

    [Fact]
    public void Left_overs_of_killed_runs_are_removed_and_those_in_use_are_not()
    {
        _folder.Write(".hx-wire-0123456789abcdef.tmp", "secret");
        _folder.Link(".hx-wire-0123456789abcde0.tmp", "anywhere");
        _folder.Write(".hx-wire-notes", "someone's");
        string path = _folder.Write("config.yaml", "old");
        using FileChange other = FileChange.Of(new(path, [1, 2, 3]));
        other.Stage();

        FileChange.RemoveLeftOvers(_folder.Root);
        other.Commit();

        Assert.Equal([_folder[".hx-wire-notes"], path], Directory.GetFileSystemEntries(_folder.Root).Order(StringComparer.Ordinal));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
    }

    [Fact]
    public void Staged_file_is_never_wider_than_the_file_it_replaces()
    {
        string path = _folder.Write("hx.env", "old", FileModes.Parse("0400"));
        using FileChange change = FileChange.Of(new(path, [1]));

        change.Stage();

        FileInfo staged = new DirectoryInfo(_folder.Root).EnumerateFiles(".hx-wire-*").Single();
        Assert.Equal("0400", FileModes.Text(Posix.StatusOf(staged.FullName)!.Mode));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Version 2 of the kernel's format: the owner rw, user 12345 r, the group r, mask r, others nothing (acl(5),
    /// linux/posix_acl_xattr.h).</summary>
    internal static byte[] AccessList
    {
        get
        {
            (ushort Tag, ushort Permissions, uint Id)[] entries =
            [
                (0x01, 6, uint.MaxValue),
                (0x02, 4, SomeUser),
                (0x04, 4, uint.MaxValue),
                (0x10, 4, uint.MaxValue),
                (0x20, 0, uint.MaxValue),
            ];
            return
            [
                .. BitConverter.GetBytes(2u),
                .. entries.SelectMany(entry =>
                    (byte[])
                        [
                            .. BitConverter.GetBytes(entry.Tag),
                            .. BitConverter.GetBytes(entry.Permissions),
                            .. BitConverter.GetBytes(entry.Id),
                        ]
                ),
            ];
        }
    }
}
