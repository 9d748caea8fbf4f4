using System.Diagnostics;
using HxFunctions.Tests.Wiring.Files;
using HxFunctions.Wiring.Files;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.SystemTests.Wiring.Files;

/// <summary>What has broken since an apply must not block the way back from it.</summary>
public sealed class WayBackTests : IDisposable
{
    private readonly WorkFolder _folder = new();
    private readonly WorkFolder _state = new();
    private readonly FakeTimeProvider _time = new(new(2026, 11, 23, 21, 45, 0, TimeSpan.Zero));
    private readonly BackupStore _store;
    private readonly PendingMark _mark;
    private readonly FileTransaction _transaction;

    public WayBackTests()
    {
        _store = new(_state["backups"], _time, keep: 3);
        _mark = new(_store.PendingPath);
        _transaction = new(_store, _mark, _time);
        _folder.Write("real/config.yaml", "old config", FileModes.Parse("0640"));
        _folder.GiveAway("real/config.yaml", 12345, 54321);
        _folder.Link("config.yaml", "real/config.yaml");
        _folder.Write("wrapper.env", "OLD=1", FileModes.Parse("0644"));
        Before = _folder.Listing;
    }

    private string Before { get; }

    private IReadOnlyList<FileTarget> Targets =>
        [
            _folder.Target("config.yaml", "new config"),
            _folder.Target("wrapper.env", "OLD=1\nNEW=2", FileModes.Private),
            _folder.Target("systemd/litellm.service.d/hx.conf", "[Service]"),
        ];

    [Theory]
    [InlineData("ln -sfn wrapper.env wrapper.env")]
    [InlineData("ln -sfn nowhere/at/all wrapper.env")]
    [InlineData("rm wrapper.env; mkfifo wrapper.env")]
    [InlineData("truncate -s 65M wrapper.env")]
    public void What_broke_since_does_not_block_the_way_back(string breaks)
    {
        Backup backup = _transaction.Apply(Targets)!;
        _transaction.Complete();
        using (Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", breaks]) { WorkingDirectory = _folder.Root })!)
        {
            shell.WaitForExit();
        }

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
        using (Process link = Process.Start("ln", [_folder["wrapper.env"], other]))
        {
            link.WaitForExit();
        }

        Assert.Contains(
            "hard links",
            Assert.Throws<WireFileException>(() => _transaction.Restore(backup)).Message,
            StringComparison.Ordinal
        );

        Assert.NotNull(_transaction.Pending);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _state.Dispose();
    }
}
