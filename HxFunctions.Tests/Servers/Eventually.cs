using System.Diagnostics;

namespace HxFunctions.Tests.Servers;

/// <summary>Waiting for what a real server does in its own time.</summary>
internal static class Eventually
{
    /// <summary>Longer than any healthy answer takes, on a busy machine too.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Long enough to tell that no answer comes; a healthy one takes a hundredth of it.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(400);

    private const string NotTrue = "The condition did not come true in time.";

    /// <summary>Returns when <paramref name="condition"/> holds; fails the test when it doesn't in time.</summary>
    /// <param name="failure">What the test says then.</param>
    /// <param name="patience">How long to wait; <see cref="Patience"/> by default.</param>
    public static async Task TrueAsync(Func<bool> condition, string failure = NotTrue, TimeSpan? patience = null)
    {
        long since = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < (patience ?? Patience), failure);
            await Task.Delay(5);
        }
    }

    /// <inheritdoc cref="TrueAsync(Func{bool}, string, TimeSpan?)"/>
    public static Task TrueAsync(Func<Task<bool>> condition, string failure = NotTrue) => TrueAsync(condition, () => failure);

    /// <inheritdoc cref="TrueAsync(Func{bool}, string, TimeSpan?)"/>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> failure)
    {
        long since = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Patience, failure());
            await Task.Delay(20);
        }
    }

    /// <summary>Fails the test when <paramref name="task"/> ends, well or not, within <see cref="Silence"/>.</summary>
    public static async Task NotEndedAsync(Task task)
    {
        await Task.WhenAny(task, Task.Delay(Silence));
        Assert.False(task.IsCompleted, "It ended although nothing was to answer.");
    }
}
