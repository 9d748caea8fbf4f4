using HxFunctions.Wiring.Files;
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
        FileStatus[] statuses =
        [
            .. Directory
                .EnumerateFiles(_folder.Root, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(path => Posix.StatusOf(path)!),
        ];

        Assert.NotNull(backup);
        Assert.Null(_transaction.Apply(Targets));
        Assert.Null(_transaction.Pending);
        Assert.Equal(after, _folder.Listing);
        Assert.Equal(
            statuses,
            Directory
                .EnumerateFiles(_folder.Root, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(path => Posix.StatusOf(path)!)
        );
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
        IReadOnlyList<FileTarget> move =
        [
            _folder.Target("canonical.yaml", "old config"),
            new(_folder["wrapper.env"], null, Link: "canonical.yaml"),
        ];
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
        FileTransaction transaction = new(
            _store,
            _mark,
            _time,
            path =>
            {
                if (edited)
                {
                    return;
                }

                edited = true;
                File.WriteAllText(hand, "BY_HAND=1");
            }
        );

        WireFileException e = Assert.Throws<WireFileException>(() => transaction.Apply(Targets));

        Assert.Equal(hand, e.Path);
        Assert.Equal(
            Before.Replace(Convert.ToHexString("OLD=1"u8), Convert.ToHexString("BY_HAND=1"u8), StringComparison.Ordinal),
            _folder.Listing
        );
        Assert.Null(transaction.Pending);
        Assert.Empty(_store.List());
    }

    [Fact]
    public void Edit_of_a_file_already_written_is_not_lost_when_the_run_fails()
    {
        string config = _folder["real/config.yaml"];
        FileTransaction transaction = new(
            _store,
            _mark,
            _time,
            path =>
            {
                if (path.EndsWith("config.yaml", StringComparison.Ordinal))
                {
                    File.AppendAllText(config, " edited");
                }
                else
                {
                    throw new InvalidOperationException("the run fails");
                }
            }
        );

        WireFileException e = Assert.Throws<WireFileException>(() => transaction.Apply(Targets));

        Assert.Contains("config.yaml (changed by someone else in the meantime)", e.Message, StringComparison.Ordinal);
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

    /// <summary>A rollback without a name would find the files as its backup has them, and do nothing.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_that_ended_before_its_first_file_leaves_no_backup(bool isSeen)
    {
        string applied = _transaction.Apply([Targets[2]])!.Stamp;
        _transaction.Complete();
        _time.Advance(TimeSpan.FromMinutes(1));
        if (isSeen)
        {
            string stamp = _store.Create([_folder["wrapper.env"]]).Stamp;
            _mark.Write(new(stamp, PendingPhase.BackingUp, PendingAction.Apply, _time.GetUtcNow(), "/another/config.yaml"));
        }
        else
        {
            FileTransaction killed = new(_store, _mark, new KillingTime());
            Assert.Throws<OperationCanceledException>(() => killed.Apply([Targets[3]]));
        }

        Assert.Null(_transaction.Pending);
        Assert.Equal(applied, _transaction.DefaultBackup()!.Stamp);
        Assert.Equal([applied], _store.List().Select(backup => backup.Stamp));
        Assert.False(File.Exists(_mark.Path));
        Assert.NotNull(_transaction.Apply([Targets[3]]));
        Assert.Equal(PendingPhase.Restarting, _transaction.Pending!.Phase);
    }

    /// <summary>With a name, too: else it would count as a later apply's, and bring back a file that no apply has changed.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rollback_by_name_leaves_no_backup_of_a_run_that_ended_before_its_first_file(bool isItsOwn)
    {
        string applied = _transaction.Apply([Targets[2]])!.Stamp;
        _transaction.Complete();
        _time.Advance(TimeSpan.FromMinutes(1));
        string left = _store.Create([_folder["wrapper.env"]]).Stamp;
        _mark.Write(new(left, PendingPhase.BackingUp, PendingAction.Apply, _time.GetUtcNow()));
        _time.Advance(TimeSpan.FromMinutes(1));
        _folder.Write("wrapper.env", "EDITED=1");

        Assert.True(_transaction.Restore(_store.Find(isItsOwn ? left : applied)!));
        _transaction.Complete();

        Assert.Equal(isItsOwn ? [applied, left] : [applied], _store.List().Select(backup => backup.Stamp));
        Assert.Equal(isItsOwn ? "OLD=1" : "EDITED=1", File.ReadAllText(_folder["wrapper.env"]));
        Assert.Equal(isItsOwn ? "new config" : "old config", File.ReadAllText(_folder["config.yaml"]));
        Assert.False(File.Exists(_mark.Path));
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

        Assert.Contains($"its backup {first.Stamp} is missing", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mark_that_cannot_be_read_is_refused()
    {
        _transaction.Apply(Targets);
        File.WriteAllText(_mark.Path, "{\"stamp\":");

        Assert.Equal(_mark.Path, Assert.Throws<WireFileException>(() => _transaction.Apply(Targets)).Path);
    }

    [Fact]
    public void Same_file_under_two_names_is_refused()
    {
        WireFileException e = Assert.Throws<WireFileException>(() =>
            _transaction.Apply([Targets[2], _folder.Target("real/config.yaml", "other")])
        );

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
            told.Select(path => Path.GetRelativePath(_folder.Root, path))
        );
    }

    public void Dispose()
    {
        _folder.Dispose();
        _state.Dispose();
    }

    /// <summary>Ends a run when it is about to write its first mark.</summary>
    private sealed class KillingTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => throw new OperationCanceledException();
    }
}
