using HxFunctions.Wiring.Files;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Wiring.Files;

/// <summary>Two configurations share one directory for backups.</summary>
public sealed class SubjectTests : IDisposable
{
    private readonly WorkFolder _folder = new();
    private readonly WorkFolder _state = new();
    private readonly FakeTimeProvider _time = new(new(2026, 11, 23, 21, 45, 0, TimeSpan.Zero));

    [Fact]
    public void Backups_of_another_configuration_are_not_seen()
    {
        Backup one = Apply("one", "1");
        Backup two = Apply("two", "2");

        Assert.Equal([one.Stamp], StoreOf("one").List().Select(backup => backup.Stamp));
        Assert.Equal(one.Stamp, TransactionOf("one").DefaultBackup()!.Stamp);
        Assert.Equal(two.Stamp, TransactionOf("two").DefaultBackup()!.Stamp);
        Assert.Null(StoreOf("one").Find(two.Stamp));
        Assert.Null(TransactionOf("three").DefaultBackup());
        Assert.Equal(_folder["two"], two.Subject);
        Assert.Contains(
            $"\"subject\": \"{_folder["two"]}\"",
            File.ReadAllText(Path.Combine(two.Directory, "manifest.json")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Rollback_of_one_leaves_what_the_other_applied_later()
    {
        Apply("one", "1");
        Apply("two", "2");
        FileTransaction transaction = TransactionOf("one");

        transaction.Restore(transaction.DefaultBackup()!, keepCurrent: true);

        Assert.False(File.Exists(_folder["one"]));
        Assert.Equal("2", File.ReadAllText(_folder["two"]));
    }

    [Fact]
    public void Backup_without_a_subject_is_everybodys()
    {
        Backup old = Apply(null, "0");

        Assert.DoesNotContain("subject", File.ReadAllText(Path.Combine(old.Directory, "manifest.json")), StringComparison.Ordinal);
        Assert.Equal(old.Stamp, TransactionOf("one").DefaultBackup()!.Stamp);
        Assert.Equal(old.Stamp, StoreOf("two").Find(old.Stamp)!.Stamp);
    }

    [Fact]
    public void Pruning_counts_each_configuration_by_itself()
    {
        Backup one = Apply("one", "1");
        for (int i = 0; i < 4; i++)
        {
            Apply("two", $"{i}");
        }

        Assert.Equal([one.Stamp], StoreOf("one").List().Select(backup => backup.Stamp));
        Assert.Equal(2, StoreOf("two").List().Count);
    }

    [Fact]
    public void Unfinished_run_of_another_configuration_is_refused_and_its_mark_stays()
    {
        Backup one = Apply("one", "1");
        TransactionOf("two").Apply([_folder.Target("two", "2")]); // Not completed.
        FileTransaction transaction = TransactionOf("one");
        string before = _folder.Listing;

        Assert.Null(transaction.Pending);
        foreach (
            Action action in new Action[]
            {
                () => transaction.Apply([_folder.Target("one", "new")]),
                () => transaction.Restore(one),
                () => transaction.DefaultBackup(),
            }
        )
        {
            WireFileException e = Assert.Throws<WireFileException>(action);
            Assert.Contains(_folder["two"], e.Message, StringComparison.Ordinal);
            Assert.Contains($"hx wire apply --config {_folder["two"]}", e.Advice, StringComparison.Ordinal);
        }

        Assert.Equal(before, _folder.Listing);
        Assert.Equal(_folder["two"], TransactionOf("two").Pending!.Subject);
        Assert.Null(TransactionOf("two").Complete());
        Assert.NotNull(transaction.Apply([_folder.Target("one", "new")]));
    }

    [Fact]
    public void Unfinished_run_without_a_subject_is_taken_over()
    {
        Backup old = TransactionOf(null).Apply([_folder.Target("one", "0")])!;

        Backup taken = TransactionOf("one").Apply([_folder.Target("one", "1")])!;

        Assert.Equal(old.Stamp, taken.Stamp);
        Assert.Equal(_folder["one"], TransactionOf("one").Pending!.Subject);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _state.Dispose();
    }

    private BackupStore StoreOf(string? subject) => new(_state["backups"], _time, keep: 2, subject is null ? null : _folder[subject]);

    private FileTransaction TransactionOf(string? subject) => new(StoreOf(subject), new(StoreOf(subject).PendingPath), _time);

    private Backup Apply(string? subject, string content)
    {
        FileTransaction transaction = TransactionOf(subject);
        Backup backup = transaction.Apply([_folder.Target(subject ?? "nobodys", content)])!;
        transaction.Complete();
        _time.Advance(TimeSpan.FromSeconds(1));
        return backup;
    }
}
