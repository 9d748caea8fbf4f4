using System.Diagnostics;
using System.Globalization;
using HxFunctions.SystemTests.Commands;
using HxFunctions.Wiring.Files;

namespace HxFunctions.SystemTests.Wiring.Files;

/// <summary>A process that changes files in a folder over and over, from one generation to the next, until it is killed or fails.</summary>
internal static class ChildTransactions
{
    public const string Variable = "HX_TEST_TRANSACTIONS";
    private const int Files = 3;

    /// <summary>Several times what one write(2) of a small file is, so that a kill falls into the middle of some.</summary>
    private const int Size = 600_000;

    public static string PathOf(string folder, int file) => Path.Combine(folder, "files", file.ToString(CultureInfo.InvariantCulture));

    public static BackupStore StoreOf(string folder) => new(Path.Combine(folder, "backups"), TimeProvider.System, keep: 3);

    /// <summary>The files of a generation: the last four bytes of each tell which, and all others follow from it.</summary>
    public static IReadOnlyList<FileTarget> Generation(string folder, int generation) =>
        [.. Enumerable.Range(0, Files).Select(file => new FileTarget(PathOf(folder, file), Content(generation, file)))];

    /// <summary>Which generation a file is of; <see langword="null"/>: it is not whole.</summary>
    public static int? GenerationOf(string folder, int file)
    {
        byte[] content = File.ReadAllBytes(PathOf(folder, file));
        int generation = content.Length == Size ? BitConverter.ToInt32(content, Size - 4) : -1;
        return generation >= 0 && content.AsSpan().SequenceEqual(Content(generation, file)) ? generation : null;
    }

    /// <summary>Starts it.</summary>
    /// <param name="blocks">The largest file that it may write, in blocks of 512 or 1024 bytes as the shell counts them;
    /// <see langword="null"/>: of any size.</param>
    public static Process Start(string folder, int? blocks = null)
    {
        string hx = HxProgram.Assembly;
        ProcessStartInfo info = blocks is null
            ? new("dotnet", [hx])
            // Past the limit write(2) then fails with EFBIG, as it does with ENOSPC on a full disk.
            : new("sh", ["-c", $"trap '' XFSZ; ulimit -f {blocks}; exec dotnet \"$0\"", hx]);
        info.RedirectStandardOutput = true;
        info.Environment["DOTNET_STARTUP_HOOKS"] = typeof(ChildTransactions).Assembly.Location;
        info.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // Its shared memory counts as a file.
        info.Environment[Variable] = folder;
        return Process.Start(info)!;
    }

    public static void Run(string folder)
    {
        BackupStore store = StoreOf(folder);
        using WireLock hold = WireLock.TryTake(store.LockPath) ?? throw new InvalidOperationException("Another run holds the lock.");
        FileTransaction transaction = new(store, new(store.PendingPath), TimeProvider.System);
        Console.WriteLine("begun");
        try
        {
            for (int generation = (GenerationOf(folder, 0) ?? 0) + 1; ; generation++)
            {
                Backup backup = transaction.Apply(Generation(folder, generation))!;
                transaction.Complete();

                // Every third is taken back and done again, so that kills fall into restores as well.
                if (generation % 3 != 0)
                {
                    continue;
                }

                transaction.Restore(backup);
                transaction.Complete();
                transaction.Apply(Generation(folder, generation));
                transaction.Complete();
            }
        }
        catch (WireFileException e)
        {
            Console.WriteLine(e.Message);
            Environment.Exit(3);
        }
    }

    private static byte[] Content(int generation, int file)
    {
        byte[] content = new byte[Size];
        new Random((generation * Files) + file).NextBytes(content);
        BitConverter.TryWriteBytes(content.AsSpan(Size - 4), generation);
        return content;
    }
}
