using System.Globalization;
using HxFunctions.Bench.Report;

namespace HxFunctions.Bench.Load;

/// <summary>Memory that a process has in use, in MB of 1,000,000 bytes (proc_pid_status(5)).</summary>
/// <param name="Now">VmRSS.</param>
/// <param name="Peak">VmHWM.</param>
internal sealed record WorkingSet(double Now, double Peak)
{
    public static WorkingSet Of(int process)
    {
        Dictionary<string, string> status = File.ReadLines($"/proc/{process}/status")
            .Select(line => line.Split(':', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return new(Megabytes(status["VmRSS"]), Megabytes(status["VmHWM"]));
    }

    private static double Megabytes(string text) =>
        Numbers.Megabytes(double.Parse(text.Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture));
}
