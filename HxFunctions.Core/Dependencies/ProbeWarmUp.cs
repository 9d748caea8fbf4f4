namespace HxFunctions.Core.Dependencies;

/// <summary>What the first probe of a process waits for, before its deadline begins: that the runtime has loaded and compiled the drivers.
/// No server is to be charged for that.</summary>
internal sealed class ProbeWarmUp(Task warming, TimeProvider time)
{
    /// <summary>After this long, probes start anyway.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Ends when the drivers are warm, or after <see cref="Limit"/>. Doesn't throw.</summary>
    public Task WaitAsync() => warming.IsCompleted ? Task.CompletedTask : Task.WhenAny(warming, Task.Delay(Limit, time));
}
