using System.Globalization;

namespace HxFunctions.SystemTests.Soak;

/// <summary>What a process holds, read every second from /proc (proc(5)).</summary>
internal sealed class ProcessMeter(string name, int id)
{
    private readonly List<Holding> _holdings = [];

    public void Read()
    {
        string[] status = File.ReadAllLines($"/proc/{id}/status");
        long Of(string field) =>
            long.Parse(
                status
                    .Single(l => l.StartsWith(field + ":", StringComparison.Ordinal))
                    .Split((char[])[':', '\t', ' '], StringSplitOptions.RemoveEmptyEntries)[1],
                CultureInfo.InvariantCulture
            );
        _holdings.Add(new(Of("VmRSS") * 1024 / 1e6, Of("Threads"), Handles()));
    }

    /// <summary>Without those of loaded assemblies: what is done for the first time loads some, and keeps them.</summary>
    private int Handles() =>
        new DirectoryInfo($"/proc/{id}/fd")
            .EnumerateFileSystemInfos()
            .Count(f => f.LinkTarget?.EndsWith(".dll", StringComparison.Ordinal) is not true);

    /// <summary>The medians of the first and of the last third.</summary>
    public (Holding First, Holding Last) Thirds()
    {
        int third = _holdings.Count / 3;
        return (Median([.. _holdings.Take(third)]), Median([.. _holdings.TakeLast(third)]));
    }

    public override string ToString()
    {
        (Holding first, Holding last) = Thirds();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {first.Megabytes:0} → {last.Megabytes:0} MB resident, {first.Threads} → {last.Threads} threads, "
                + $"{first.Handles} → {last.Handles} handles"
        );
    }

    private static Holding Median(Holding[] holdings) =>
        new(
            Middle([.. holdings.Select(h => h.Megabytes)]),
            Middle([.. holdings.Select(h => h.Threads)]),
            Middle([.. holdings.Select(h => h.Handles)])
        );

    private static double Middle(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    /// <param name="Megabytes">Resident.</param>
    /// <param name="Handles">Open file descriptors, sockets among them, assemblies not.</param>
    internal sealed record Holding(double Megabytes, double Threads, double Handles);
}
