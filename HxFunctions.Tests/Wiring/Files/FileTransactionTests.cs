using System.Diagnostics;
using HxFunctions.Cli.Wiring.Files;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Wiring.Files;

public sealed class FileTransactionTests : IDisposable
{
    private readonly WorkFolder _folder = new();
    private readonly WorkFolder _state = new();
    private readonly FakeTimeProvider _time = new(new(2026, 11, 23, 21, 45, 0, TimeSpan.Zero));
    private readonly BackupStore _store;
    private readonly PendingMark _mark;
    private readonly FileTransaction _transaction;

    public FileTransactionTests()
    {
        _store = new(_state["backups"], _time, keep: 3);
        _mark = new(_store.PendingPath);
        _transaction = new(_store, _mark, _time);
        _folder.Write("real/config.yaml", "old config", FileModes.Parse("0640"));
        _folder.GiveAway("real/config.yaml", 12345, 54321);
        _folder.Link("config.yaml", "real/config.yaml");
        _folder.Write("wrapper.env", "OLD=1", FileModes.Parse("0644"));
        _folder.Write("stale.conf", "old");
        Before = _folder.Listing;
    }

    private string Before { get; }

    private IReadOnlyList<FileTarget> Targets =>
    [
        new(_folder["legacy.yaml"], null, Link: "config.yaml"),
        new(_folder["stale.conf"], null),
        _folder.Target("config.yaml", "new config"),
        _folder.Target("wrapper.env", "OLD=1\nNEW=2", FileModes.Private),
        _folder.Target("systemd/litellm.service.d/hx.conf", "[Service]"),
    ];

    [Fact]
    public void Apply_makes_every_target_hold_and_a_second_one_writes_nothing()
    {
        Backup? backup = _transaction.Apply(Targets);
        _transaction.Complete();
        string after = _folder.Listing;
        FileStatus[] statuses = [.. Directory.EnumerateFiles(_folder.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path => Posix.StatusOf(path)!)];

        Assert.NotNull(backup);
        Assert.Null(_transaction.Apply(Targets));
        Assert.Empty(FileTransaction.Changes(Targets));
        Assert.Null(_transaction.Pending);
        Assert.Equal(after, _folder.Listing);
        Assert.Equal(statuses, Directory.EnumerateFiles(_folder.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path => Posix.StatusOf(path)!));
        Assert.Equal(backup.Stamp, Assert.Single(_store.List()).Stamp);
        Assert.Equal("new config", File.ReadAllText(_folder["legacy.yaml"]));
        Assert.False(File.Exists(_folder["stale.conf"]));
        Assert.Equal(FileModes.Private, _folder.Status("wrapper.env").Mode);
        Assert.Equal("0640", FileModes.Text(_folder.Status("real/config.yaml").Mode));
    }

    [Fact]
    public void Restore_gives_back_bytes_modes_owners_symlinks_and_what_was_not_there()
    {
        Backup backup = _transaction.Apply(Targets)!;
        _transaction.Complete();
        File.Delete(_folder["config.yaml"]);

        Assert.True(_transaction.Restore(backup));
        Assert.Equal(PendingPhase.Restarting, _transaction.Pending!.Phase);
        _transaction.Complete();

        Assert.Equal(Before, _folder.Listing);
        Assert.False(_transaction.Restore(backup));
        Assert.Null(_transaction.Pending);
    }

    [Fact]
    public void File_that_a_symlink_took_the_place_of_comes_back()
    {
        IReadOnlyList<FileTarget> move = [_folder.Target("canonical.yaml", "old config"), new(_folder["wrapper.env"], null, Link: "canonical.yaml")];
        Backup backup = _transaction.Apply(move)!;
        _transaction.Complete();
        Assert.Equal("canonical.yaml", new FileInfo(_folder["wrapper.env"]).LinkTarget);

        _transaction.Restore(backup);

        Assert.Equal(Before, _folder.Listing);
    }

    [Fact]
    public void Rollback_that_was_asked_for_can_be_taken_back_by_name()
    {
        _transaction.Apply(Targets);
        _transaction.Complete();
        File.AppendAllText(_folder["wrapper.env"], "\nBY_HAND=3");
        string edited = _folder.Listing;
        Backup target = _transaction.DefaultBackup()!;
        _time.Advance(TimeSpan.FromSeconds(1));

        _transaction.Restore(target, keepCurrent: true);
        _transaction.Complete();

        Assert.Equal(Before, _folder.Listing);
        Assert.Equal(target.Stamp, _transaction.DefaultBackup()!.Stamp);
        _transaction.Restore(_store.List()[^1]);
        Assert.Equal(edited, _folder.Listing);
    }

    [Theory]
    [InlineData("ln -sfn wrapper.env wrapper.env")]
    [InlineData("ln -sfn nowhere/at/all wrapper.env")]
    [InlineData("rm wrapper.env; mkfifo wrapper.env")]
    [InlineData("truncate -s 65M wrapper.env")]
    public void What_broke_since_does_not_block_the_way_back(string breaks)
    {
        Backup backup = _transaction.Apply(Targets)!;
        _transaction.Complete();
        using (Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", breaks]) { WorkingDirectory = _folder.Root })!) shell.WaitForExit();
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(_transaction.Restore(backup, keepCurrent: true));

        Assert.Equal(Before, _folder.Listing);
        Assert.Contains(_folder["real/config.yaml"], _store.List()[^1].Files.Select(file => file.Path));
    }

    [Fact]
    public void Directory_in_the_place_of_a_file_is_refused_before_anything_is_restored()
    {
        Backup backup = _transaction.Apply(Targets)!;
        _transaction.Complete();
        File.Delete(_folder["wrapper.env"]);
        Directory.CreateDirectory(_folder["wrapper.env"]);
        string now = _folder.Listing;

        WireFileException e = Assert.Throws<WireFileException>(() => _transaction.Restore(backup, keepCurrent: true));

        Assert.Contains("Move it away", e.Advice, StringComparison.Ordinal);
        Assert.Equal(now, _folder.Listing);
        Assert.Null(_transaction.Pending);
    }

    [Theory]
    [InlineData(null, "0640")]
    [InlineData("0600", "0600")]
    public void File_that_moves_keeps_owner_attributes_and_the_mode_nobody_named(string? mode, string expected)
    {
        FileEntry old = FileEntry.Read(_folder["config.yaml"]);
        FileTarget moved = _folder.Target("etc/canonical.yaml", "new config", mode is null ? null : FileModes.Parse(mode)) with { Like = old };

        _transaction.Apply([moved]);
        _transaction.Complete();

        FileEntry now = FileEntry.Read(_folder["etc/canonical.yaml"]);
        Assert.Equal(old.Owner, now.Owner);
        Assert.Equal(expected, FileModes.Text(now.Mode));
        Assert.Equal("new config", File.ReadAllText(now.Path));
        Assert.Null(_transaction.Apply([moved]));
    }

    [Fact]
    public void Access_list_moves_with_its_file()
    {
        byte[] list = AtomicFileTests.AccessList;
        _folder.SetAttribute("real/config.yaml", "system.posix_acl_access", list);

        _transaction.Apply([_folder.Target("canonical.yaml", "new config") with { Like = FileEntry.Read(_folder["config.yaml"]) }]);

        Assert.Equal(list, FileEntry.Read(_folder["canonical.yaml"]).Attributes["system.posix_acl_access"]);
    }

    [Fact]
    public void File_that_is_there_already_and_one_that_takes_after_nothing_are_as_without_it()
    {
        FileEntry old = FileEntry.Read(_folder["config.yaml"]);
        (uint, uint)? owner = FileEntry.Read(_folder["wrapper.env"]).Owner;

        _transaction.Apply([_folder.Target("wrapper.env", "NEW=2") with { Like = old }, _folder.Target("new.yaml", "new") with { Like = FileEntry.Read(_folder["absent.yaml"]) }]);

        Assert.Equal("0644", FileModes.Text(_folder.Status("wrapper.env").Mode));
        Assert.Equal(owner, FileEntry.Read(_folder["wrapper.env"]).Owner);
        Assert.Equal(FileModes.Readable, _folder.Status("new.yaml").Mode);
    }

    [Fact]
    public void Owner_that_a_moved_file_cannot_be_given_is_refused()
    {
        // Only root can make a file of someone else's, and with it the case.
        if (!Environment.IsPrivilegedProcess) return;
        FileEntry old = FileEntry.Read(_folder["config.yaml"]);
        _folder.SetMode("", FileModes.Parse("0777"));
        string before = _folder.Listing;

        WireFileException? refused = null;
        WorkFolder.AsNobody(() => refused = Assert.Throws<WireFileException>(() =>
        {
            using FileChange change = FileChange.Of(_folder.Target("canonical.yaml", "new") with { Like = old });
            change.Stage();
        }));

        Assert.Contains("shall belong to user 12345, group 54321", refused!.Message, StringComparison.Ordinal);
        Assert.Equal(before, _folder.Listing);
    }

    [Fact]
    public void Change_by_someone_else_after_reading_is_refused_before_anything_is_written()
    {
        FileTarget target = Targets[2] with { Seen = FileEntry.Read(_folder["config.yaml"]) };
        File.WriteAllText(_folder["config.yaml"], "by hand");
        string edited = _folder.Listing;

        WireFileException e = Assert.Throws<WireFileException>(() => _transaction.Apply([Targets[3], target]));

        Assert.Contains("changed by someone else", e.Message, StringComparison.Ordinal);
        Assert.Equal(edited, _folder.Listing);
        Assert.Empty(_store.List());
    }

    [Fact]
    public void Change_by_someone_else_while_writing_stays_and_the_rest_is_put_back()
    {
        string hand = _folder["wrapper.env"];
        bool edited = false;
        FileTransaction transaction = new(_store, _mark, _time, path =>
        {
            if (edited) return;
            edited = true;
            File.WriteAllText(hand, "BY_HAND=1");
        });

        WireFileException e = Assert.Throws<WireFileException>(() => transaction.Apply(Targets));

        Assert.Equal(hand, e.Path);
        Assert.Equal(Before.Replace(Convert.ToHexString("OLD=1"u8), Convert.ToHexString("BY_HAND=1"u8), StringComparison.Ordinal), _folder.Listing);
        Assert.Null(transaction.Pending);
        Assert.Empty(_store.List());
    }

    [Fact]
    public void Edit_of_a_file_already_written_is_not_lost_when_the_run_fails()
    {
        string config = _folder["real/config.yaml"];
        FileTransaction transaction = new(_store, _mark, _time, path =>
        {
            if (path.EndsWith("config.yaml", StringComparison.Ordinal)) File.AppendAllText(config, " edited");
            else throw new InvalidOperationException("the run fails");
        });

        WireFileException e = Assert.Throws<WireFileException>(() => transaction.Apply(Targets));

        Assert.Contains("config.yaml (someone else changed it meanwhile)", e.Message, StringComparison.Ordinal);
        Assert.Contains("hx wire rollback", e.Advice, StringComparison.Ordinal);
        Assert.Equal("new config edited", File.ReadAllText(config));
        Assert.NotNull(transaction.Pending);
        _transaction.Restore(_transaction.DefaultBackup()!);
        Assert.Equal(Before, _folder.Listing);
    }

    [Fact]
    public void File_that_cannot_be_staged_leaves_all_others_as_they_were()
    {
        FileTarget[] targets = [.. Targets, _folder.Target("wrapper.env/impossible.conf", "a")];
        Assert.Throws<WireFileException>(() => _transaction.Apply(targets));
        Assert.Equal(Before, _folder.Listing);

        // Longer than the 255 bytes of a name: found only when it is written.
        targets = [.. Targets, _folder.Target("new/" + new string('n', 300), "a")];
        WireFileException e = Assert.Throws<WireFileException>(() => _transaction.Apply(targets));

        Assert.Contains("File name too long", e.Message, StringComparison.Ordinal);
        Assert.Equal(Before, _folder.Listing);
        Assert.Null(_transaction.Pending);
        Assert.Empty(_store.List());
    }

    [Fact]
    public void Unfinished_run_keeps_its_backup_as_the_one_to_go_back_to()
    {
        Backup first = _transaction.Apply([Targets[2]])!;
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(PendingPhase.Restarting, _transaction.Pending!.Phase);

        // Not completed: as if killed before the services were restarted. The next run wants more, and something else of the same file.
        Backup second = _transaction.Apply([_folder.Target("config.yaml", "newer config"), Targets[3]])!;

        Assert.NotEqual(first.Stamp, second.Stamp);
        Assert.Equal(second.Stamp, _transaction.Pending!.Stamp);
        Assert.Equal(second.Stamp, _transaction.DefaultBackup()!.Stamp);
        _transaction.Restore(second);
        Assert.Equal(Before, _folder.Listing);
    }

    [Fact]
    public void Unfinished_run_whose_files_all_hold_still_returns_its_backup()
    {
        Backup first = _transaction.Apply(Targets)!;
        _mark.Write(_transaction.Pending! with { Phase = PendingPhase.Writing });

        Backup? again = _transaction.Apply(Targets);

        Assert.Equal(first.Stamp, again?.Stamp);
        Assert.Equal(PendingPhase.Restarting, _transaction.Pending!.Phase);
        Assert.Single(_store.List());
    }

    [Fact]
    public void Unfinished_run_without_its_backup_is_refused()
    {
        Backup first = _transaction.Apply(Targets)!;
        _store.Delete(first.Stamp);

        WireFileException e = Assert.Throws<WireFileException>(() => _transaction.Apply(Targets));

        Assert.Contains($"its backup {first.Stamp} is gone", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_is_done_even_when_old_backups_cannot_be_pruned()
    {
        for (int i = 0; i < 3; i++)
        {
            _transaction.Apply([_folder.Target("config.yaml", $"config {i}")]);
            Assert.Null(_transaction.Complete());
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        // A backup is removed under this name; a file of that name, in use, makes it fail, for root, too.
        string doomed = $".hx-wire-{_store.List()[0].Stamp}.tmp";
        using WireLock inUse = WireLock.TryTake(Path.Combine(_state["backups"], doomed))!;
        _transaction.Apply(Targets);

        WireFileException? warning = _transaction.Complete();

        Assert.Contains(doomed, warning!.Message, StringComparison.Ordinal);
        Assert.Null(_transaction.Pending);
    }

    [Fact]
    public void Mark_that_cannot_be_read_is_refused()
    {
        _transaction.Apply(Targets);
        File.WriteAllText(_mark.Path, "{\"stamp\":");

        Assert.Equal(_mark.Path, Assert.Throws<WireFileException>(() => _transaction.Apply(Targets)).Path);
    }

    [Fact]
    public void Mark_that_cannot_be_read_does_not_block_the_way_back_to_a_named_backup()
    {
        Backup backup = _transaction.Apply(Targets)!;
        File.WriteAllText(_mark.Path, "{\"stamp\":");

        Assert.True(_transaction.Restore(_store.Find(backup.Stamp)!, keepCurrent: true));

        Assert.Equal(Before, _folder.Listing);
        Assert.Equal(backup.Stamp, _transaction.Pending!.Stamp);

        // No file differs any more, and still the services have to be restarted.
        File.WriteAllText(_mark.Path, "");
        Assert.True(_transaction.Restore(backup));
        Assert.Equal(PendingPhase.Restarting, _transaction.Pending!.Phase);
        Assert.Null(_transaction.Complete());
        Assert.Null(_transaction.Pending);
    }

    [Fact]
    public void Unreadable_mark_is_not_forgotten_when_nothing_could_be_restored()
    {
        Backup backup = _transaction.Apply(Targets)!;
        File.WriteAllText(_mark.Path, "{");
        string other = _folder["other-name"];
        using (Process link = Process.Start("ln", [_folder["wrapper.env"], other])) link.WaitForExit();

        Assert.Contains("hard links", Assert.Throws<WireFileException>(() => _transaction.Restore(backup)).Message, StringComparison.Ordinal);

        Assert.NotNull(_transaction.Pending);
    }

    [Fact]
    public void Same_file_under_two_names_is_refused()
    {
        WireFileException e = Assert.Throws<WireFileException>(() => _transaction.Apply([Targets[2], _folder.Target("real/config.yaml", "other")]));

        Assert.Contains("is the same file as", e.Message, StringComparison.Ordinal);
        Assert.Equal(Before, _folder.Listing);
    }

    [Fact]
    public void Paths_are_told_in_the_order_in_which_they_are_written()
    {
        List<string> told = [];

        new FileTransaction(_store, _mark, _time, told.Add).Apply(Targets);

        Assert.Equal(
            ["real/config.yaml", "wrapper.env", "systemd/litellm.service.d/hx.conf", "legacy.yaml", "stale.conf"],
            told.Select(path => Path.GetRelativePath(_folder.Root, path)));
    }

    public void Dispose()
    {
        _folder.Dispose();
        _state.Dispose();
    }
}
