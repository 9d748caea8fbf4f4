using Microsoft.Extensions.Logging.Console;

namespace HxFunctions.Core.Hosting;

/// <summary>Logs that go to standard output or standard error.</summary>
internal static class ConsoleLogs
{
    /// <summary>When nobody reads the output, lines are lost. By .NET's default each caller waits once 2,500 lines do: probes, requests
    /// and the monitor, with no end.</summary>
    public static void DropWhenFull(ConsoleLoggerOptions console) => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
}
