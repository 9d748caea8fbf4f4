using HxFunctions.Wiring.Files;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Wiring.Files;

public sealed class BackupStoreTests : IDisposable
{
    private readonly WorkFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new(2026, 11, 23, 21, 45, 0, TimeSpan.Zero));
    private readonly BackupStore _store;
    private readonly string _file;

    public BackupStoreTests()
    {
        _store = new(_folder["state/backups"], _time, keep: 3);
        _file = _folder.Write("hx.env", "SECRET=1", FileModes.Parse("0640"));
    }

    [Fact]
    public void Backup_is_private_and_named_by_its_time()
    {
        Backup backup = _store.Create([_file, _folder["absent/drop.conf"]]);

        Assert.Equal("20261123T214500Z", backup.Stamp);
        Assert.Equal(_time.GetUtcNow(), backup.At);
        Assert.Equal([_folder["absent"]], backup.AbsentDirectories);
        Assert.Equal("0700", FileModes.Text(_folder.Status("state/backups").Mode));
        Assert.Equal("0700", FileModes.Text(Posix.StatusOf(backup.Directory)!.Mode));
        Assert.Equal(
            ["001", "manifest.json", "manifest.sha256"],
            Directory.EnumerateFileSystemEntries(backup.Directory).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
        Assert.All(Directory.EnumerateFiles(backup.Directory), path => Assert.Equal("0600", FileModes.Text(Posix.StatusOf(path)!.Mode)));
        Assert.DoesNotContain("SECRET", File.ReadAllText(Path.Combine(backup.Directory, "manifest.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Backups_of_one_second_have_names_of_their_own_in_order()
    {
        for (int i = 0; i < 11; i++)
        {
            _store.Create([_file]);
        }

        Assert.Equal(
            ["20261123T214500Z", .. Enumerable.Range(2, 10).Select(i => $"20261123T214500Z-{i}")],
            _store.List().Select(backup => backup.Stamp)
        );
    }

    [Fact]
    public void Directory_that_cannot_be_read_is_told_with_its_path()
    {
        _store.Create([_file]);
        _folder.SetMode("", FileModes.ReadableDirectory);
        _folder.SetMode("state", FileModes.ReadableDirectory);
        _folder.SetMode("state/backups", FileModes.Parse("0000"));
        WireFileException? refused = null;
        void List() => refused = Assert.Throws<WireFileException>(() => _store.List());

        if (Environment.IsPrivilegedProcess)
        {
            WorkFolder.AsNobody(List);
        }
        else
        {
            List();
        }

        Assert.StartsWith(_folder["state/backups"], refused!.Message, StringComparison.Ordinal);
        _folder.SetMode("state/backups", FileModes.PrivateDirectory);
    }

    /// <summary>The name of one that was pruned is not given again: the newest would be taken for the oldest.</summary>
    [Fact]
    public void Newest_is_last_when_others_of_its_second_were_pruned()
    {
        string newest = "";
        for (int i = 0; i < 6; i++)
        {
            newest = _store.Create([_file]).Stamp;
            _store.Prune(newest);
        }

        Assert.Equal("20261123T214500Z-6", newest);
        Assert.Equal(["-4", "-5", "-6"], _store.List().Select(backup => backup.Stamp[^2..]));
    }

    [Theory]
    [InlineData(null, "4 5 6")]
    [InlineData("20261123T214502Z", "2 4 5 6")]
    [InlineData("20261123T214505Z", "4 5 6")]
    public void Prune_keeps_the_newest_and_the_one_still_needed(string? needed, string left)
    {
        for (int i = 1; i <= 6; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _store.Create([_file]);
        }

        _store.Prune(needed);

        Assert.Equal(left.Split(' '), _store.List().Select(backup => backup.Stamp[14..15]));
    }

    [Fact]
    public void Prune_never_removes_the_newest()
    {
        BackupStore greedy = new(_folder["state/backups"], _time, keep: 0);
        greedy.Create([_file]);
        Backup newest = greedy.Create([_file]);

        greedy.Prune();

        Assert.Equal(newest.Stamp, Assert.Single(greedy.List()).Stamp);
    }

    [Theory]
    [InlineData("001", "content")]
    [InlineData("001", null)]
    [InlineData("manifest.json", "content")]
    [InlineData("manifest.json", null)]
    [InlineData("manifest.sha256", "content")]
    public void Damaged_backup_is_refused_and_nothing_changed(string damaged, string? content)
    {
        Backup backup = _store.Create([_file, _folder["absent.conf"]]);
        string path = Path.Combine(backup.Directory, damaged);
        if (content is null)
        {
            File.Delete(path);
        }
        else
        {
            File.WriteAllText(path, content);
        }

        File.WriteAllText(_file, "SECRET=2");
        _folder.Write("absent.conf", "new");
        FileTransaction transaction = new(_store, new(_store.PendingPath), _time);

        WireFileException e = Assert.Throws<WireFileException>(() => transaction.Restore(_store.Find(backup.Stamp)!));

        Assert.Contains("damaged", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", e.ToString(), StringComparison.Ordinal);
        Assert.Equal("SECRET=2", File.ReadAllText(_file));
        Assert.True(File.Exists(_folder["absent.conf"]));
        Assert.Null(transaction.Pending);
    }

    [Fact]
    public void Manifest_with_one_digit_changed_is_damaged()
    {
        Backup backup = _store.Create([_file]);
        string manifest = Path.Combine(backup.Directory, "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("0640", "0644", StringComparison.Ordinal));

        Assert.NotNull(Assert.Single(_store.List()).Damage);
    }

    [Fact]
    public void Half_written_backup_of_a_killed_run_is_no_backup_and_is_removed()
    {
        _folder.Write("state/backups/.hx-wire-0123456789abcdef.tmp/001", "SECRET");
        _folder.SetMode("state/backups", FileModes.PrivateDirectory);
        Directory.CreateDirectory(_folder["state/backups/notes"]);

        Assert.Empty(_store.List());
        _store.Create([_file]);

        Assert.Equal(
            ["20261123T214500Z", "notes"],
            Directory.EnumerateDirectories(_folder["state/backups"]).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("0777")]
    [InlineData("0770")]
    public void Directory_that_others_may_write_to_holds_no_backups(string mode)
    {
        Directory.CreateDirectory(_folder["state/backups"]);
        _folder.SetMode("state/backups", FileModes.Parse(mode));

        WireFileException e = Assert.Throws<WireFileException>(() => _store.Create([_file]));

        Assert.Contains("only its owner", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("20261123T214500Z-3")]
    [InlineData("../../etc")]
    [InlineData("")]
    public void Unknown_name_finds_nothing(string stamp)
    {
        _store.Create([_file]);

        Assert.Null(_store.Find(stamp));
    }

    public void Dispose() => _folder.Dispose();
}
