using System.Diagnostics;
using HxFunctions.Tests.Wiring.Files;
using HxFunctions.Wiring.Files;

namespace HxFunctions.SystemTests.Wiring.Files;

public sealed class KilledTransactionTests : IDisposable
{
    private const int Kills = 15;
    private readonly WorkFolder _folder = new();

    [Fact]
    public async Task Killed_run_leaves_whole_files_and_the_next_one_repairs_the_rest()
    {
        BackupStore store = ChildTransactions.StoreOf(_folder.Root);
        FileTransaction transaction = new(store, new(store.PendingPath), TimeProvider.System);
        transaction.Apply(ChildTransactions.Generation(_folder.Root, 1));
        transaction.Complete();

        for (int kill = 0; kill < Kills; kill++)
        {
            using (Process child = ChildTransactions.Start(_folder.Root))
            {
                Assert.Equal("begun", await child.StandardOutput.ReadLineAsync());
                await Task.Delay(Random.Shared.Next(150));
                child.Kill();
                await child.WaitForExitAsync();
            }

            int?[] generations = [.. Enumerable.Range(0, 3).Select(file => ChildTransactions.GenerationOf(_folder.Root, file))];
            string found = $"kill {kill}: generations {string.Join(' ', generations)}, pending {transaction.Pending}";
            Assert.True(Array.TrueForAll(generations, generation => generation is not null), found);
            Assert.True(generations.Max() - generations.Min() <= 1, found);
            Assert.True(transaction.Pending is not null || generations.Distinct().Count() == 1, found);

            using WireLock? hold = WireLock.TryTake(store.LockPath);
            Assert.NotNull(hold);
            if (transaction.Pending is not { } pending)
            {
                continue;
            }

            Backup backup = store.Find(pending.Stamp)!;
            int old = BitConverter.ToInt32(backup.Load(backup.Files[0]).Content.AsSpan()[^4..]);
            Assert.InRange(old, generations.Min()!.Value - 1, generations.Max()!.Value);

            // One half goes forward and then back, the other straight back: both reach the state before the first run that was killed.
            if (kill % 2 == 0)
            {
                Assert.Equal(pending.Stamp, transaction.Apply(ChildTransactions.Generation(_folder.Root, old + 7))!.Stamp);
            }

            transaction.Restore(transaction.DefaultBackup()!);
            transaction.Complete();
            Assert.All(Enumerable.Range(0, 3), file => Assert.Equal(old, ChildTransactions.GenerationOf(_folder.Root, file)));
        }

        transaction.Apply(ChildTransactions.Generation(_folder.Root, 1_000_000));
        transaction.Complete();
        Assert.DoesNotContain(
            Directory.EnumerateFileSystemEntries(
                _folder.Root,
                "*",
                new EnumerationOptions { AttributesToSkip = 0, RecurseSubdirectories = true }
            ),
            path => Path.GetFileName(path).StartsWith(".hx-wire-", StringComparison.Ordinal)
        );
        Assert.InRange(store.List().Count, 1, 3);
    }

    [Fact]
    public async Task Disk_that_takes_no_more_leaves_everything_as_it_was()
    {
        Directory.CreateDirectory(_folder["files"]);
        for (int file = 0; file < 3; file++)
        {
            _folder.Write($"files/{file}", $"small {file}", FileModes.Parse("0640"));
        }

        string before = _folder.Listing;

        using Process child = ChildTransactions.Start(_folder.Root, blocks: 64);
        string output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();

        Assert.Equal(3, child.ExitCode);
        Assert.Equal($"begun\n{_folder["files/0"]}: can't write: File too large\n", output);
        Directory.Delete(_folder["backups"], recursive: true);
        Assert.Equal(before, _folder.Listing);
    }

    public void Dispose() => _folder.Dispose();
}
