using System.Diagnostics;
using System.Globalization;
using HxFunctions.Servers;

namespace HxFunctions.Bench.Runs;

/// <summary>Processor time, in the kernel's ticks of 10 ms (proc_pid_stat(5), proc_stat(5)).</summary>
internal static class ProcessorTime
{
    private const double TicksPerSecond = 100;

    /// <summary>What a process and all its children took, in seconds: those that live, and those that it has waited for.</summary>
    public static double OfTree(int process)
    {
        string[]? fields = Stat(process);
        return fields is null
            ? 0
            : fields.Skip(11).Take(4).Sum(Ticks) / TicksPerSecond
                + ProcessTree
                    .ChildrenOf(process)
                    .Sum(child => Stat(child) is { } own ? own.Skip(11).Take(2).Sum(Ticks) / TicksPerSecond : 0);
    }

    /// <summary>Measures how much of the machine's processor time others take, until <see cref="OthersWatch.End"/>.</summary>
    public static OthersWatch WatchOthers() => new(OfMachine(), OfTree(Environment.ProcessId), Stopwatch.GetTimestamp());

    /// <summary>What programs took, and what the host of a virtual machine took from it, in seconds. Without interrupts: those of our own
    /// connections count as nobody's.</summary>
    private static double OfMachine()
    {
        string[] fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (Ticks(fields[1]) + Ticks(fields[2]) + Ticks(fields[3]) + Ticks(fields[8])) / TicksPerSecond;
    }

    /// <returns>The fields behind the name: state, parent and so on.</returns>
    private static string[]? Stat(int process)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{process}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static double Ticks(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    internal sealed record OthersWatch(double Machine, double Own, long Started)
    {
        /// <returns>0 to 1.</returns>
        public double End()
        {
            double all = Stopwatch.GetElapsedTime(Started).TotalSeconds * Environment.ProcessorCount;
            double others = OfMachine() - Machine - (OfTree(Environment.ProcessId) - Own);
            return Math.Clamp(others / all, 0, 1);
        }
    }
}
