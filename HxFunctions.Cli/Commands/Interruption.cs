using System.Runtime.InteropServices;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Cli.Commands;

/// <summary>
/// Ctrl+C and SIGTERM ask a command to end; one that doesn't is left after its time, with 130 or 143, as shells count (128 + the signal).
/// </summary>
/// <remarks>
/// System.CommandLine's own handling disposes of the token's source when the command ends: a second signal in that moment met a disposed
/// source, and the process ended with a stack trace. This source is never disposed.
/// </remarks>
internal static class Interruption
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    /// <param name="patience">How long a command may take to end.</param>
    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> command, TimeSpan patience)
    {
        CancellationTokenSource asked = new();
        TaskCompletionSource<int> left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => End(signal, Interrupt));
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => End(signal, Terminate));
        // On another thread: a command may wait for a file or for who reads its output, without a token that would end it.
        return await await Task.WhenAny(Task.Run(() => command(asked.Token)), left.Task);

        void End(PosixSignalContext signal, int number)
        {
            signal.Cancel = true;
            LeaveAsync(number).Observe();
            asked.CancelAside(TaskScheduler.Default);
        }

        async Task LeaveAsync(int number)
        {
            await Task.Delay(patience);
            left.TrySetResult(128 + number);
        }
    }
}
