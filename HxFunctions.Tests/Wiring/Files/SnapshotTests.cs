using HxFunctions.Wiring.Files;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Wiring.Files;

public sealed class SnapshotTests : IDisposable
{
    private readonly WorkFolder _folder = new();
    private readonly WorkFolder _state = new();
    private readonly FakeTimeProvider _time = new(new(2026, 11, 23, 21, 45, 0, TimeSpan.Zero));
    private readonly BackupStore _store;
    private readonly FileTransaction _transaction;

    public SnapshotTests()
    {
        _store = new(_state["backups"], _time);
        _transaction = new(_store, new(_store.PendingPath), _time);
        _folder.Write("a", "a0", FileModes.Parse("0640"));
        _folder.Write("b", "b0", FileModes.Private);
        _folder.Link("to-b", "b");
    }

    private IReadOnlyList<FileTarget>[] Applies =>
        [
            [_folder.Target("a", "a1"), _folder.Target("drop/in/one.conf", "1")],
            [_folder.Target("b", "b2"), _folder.Target("drop/in/two.conf", "2"), new(_folder["to-b"], null, Link: "a")],
            [_folder.Target("a", "a3"), new(_folder["drop/in/one.conf"], null), _folder.Target("new/three.conf", "3")],
        ];

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    public void Rollback_to_any_backup_gives_the_state_of_its_time(int to, bool afterAnotherRollback)
    {
        (List<Backup> backups, List<string> states) = ApplyAll();
        if (afterAnotherRollback)
        {
            Rollback(backups[2]);
        }

        Rollback(backups[to]);

        Assert.Equal(states[to], _folder.Listing);
    }

    [Fact]
    public void Rollback_to_an_older_backup_can_be_taken_back_by_name()
    {
        (List<Backup> backups, List<string> states) = ApplyAll();
        Rollback(backups[0]);

        Rollback(_store.List()[^1]);

        Assert.Equal(states[3], _folder.Listing);
    }

    [Fact]
    public void Apply_after_an_interrupted_rollback_takes_over_all_of_the_older_state()
    {
        (List<Backup> backups, List<string> states) = ApplyAll();
        _transaction.Restore(backups[0]); // Not completed.
        _time.Advance(TimeSpan.FromSeconds(1));

        Backup next = _transaction.Apply([_folder.Target("b", "b4"), _folder.Target("later/four.conf", "4")])!;
        Assert.Contains(_folder["new/three.conf"], next.Files.Select(file => file.Path));
        _transaction.Restore(next);

        Assert.Equal(states[0], _folder.Listing);
    }

    [Theory]
    [InlineData("manifest.json")]
    [InlineData("001")]
    public void Damage_of_a_later_backup_that_is_needed_is_refused_and_nothing_changed(string damaged)
    {
        (List<Backup> backups, List<string> states) = ApplyAll();
        File.WriteAllText(Path.Combine(backups[1].Directory, damaged), "damaged");

        WireFileException e = Assert.Throws<WireFileException>(() => _transaction.Restore(backups[0], keepCurrent: true));

        Assert.StartsWith(backups[1].Directory, e.Message, StringComparison.Ordinal);
        Assert.Equal(states[3], _folder.Listing);
        Assert.Null(_transaction.Pending);
        Rollback(backups[2]);
        Assert.Equal(states[2], _folder.Listing);
    }

    [Fact]
    public void File_is_taken_from_the_oldest_apply_that_has_it()
    {
        Backup first = Made("1", BackupReason.Apply, "/etc/a");
        Backup undo = Made("2", BackupReason.Rollback, "/etc/b", "/etc/c");
        Backup second = Made("3", BackupReason.Apply, "/etc/a", "/etc/b");
        Backup third = Made("4", BackupReason.Apply, "/etc/b", "/etc/c", "/x/y/d") with
        {
            AbsentDirectories = ["/etc", "/x", "/x/y", "/xx"],
        };

        IReadOnlyList<(Backup Source, BackedUpFile File)> files = Snapshot.FilesAt(first, [undo, second, third]);

        Assert.Equal(["1 /etc/a", "3 /etc/b", "4 /etc/c", "4 /x/y/d"], files.Select(found => $"{found.Source.Stamp} {found.File.Path}"));
        Assert.Equal(["/x", "/etc", "/x/y"], Snapshot.AbsentDirectoriesAt(first, [undo, second, third]));
    }

    public void Dispose()
    {
        _folder.Dispose();
        _state.Dispose();
    }

    private static Backup Made(string stamp, BackupReason reason, params string[] paths) =>
        new(
            stamp,
            DateTimeOffset.UnixEpoch,
            reason,
            [.. paths.Select(path => new BackedUpFile(path, EntryKind.Absent))],
            [],
            "/backups/" + stamp
        );

    /// <summary>The backup of each apply, and what was there before each and after the last.</summary>
    private (List<Backup> Backups, List<string> States) ApplyAll()
    {
        List<Backup> backups = [];
        List<string> states = [_folder.Listing];
        foreach (IReadOnlyList<FileTarget> targets in Applies)
        {
            backups.Add(_transaction.Apply(targets)!);
            _transaction.Complete();
            states.Add(_folder.Listing);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        return (backups, states);
    }

    private void Rollback(Backup backup)
    {
        _transaction.Restore(backup, keepCurrent: true);
        _transaction.Complete();
        _time.Advance(TimeSpan.FromSeconds(1));
    }
}
