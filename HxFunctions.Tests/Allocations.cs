namespace HxFunctions.Tests;

/// <summary>The bytes that a piece of code allocates each time it runs.</summary>
internal static class Allocations
{
    private const int Rounds = 5;

    /// <summary>
    /// The bytes of <paramref name="calls"/> calls, in the best of five rounds. The runtime allocates on the calling thread as well, once:
    /// when a method is compiled again, and when a pool that a collection has emptied buys a new array. What the code itself allocates is
    /// in every round. The code must end on the thread that it started on.
    /// </summary>
    public static async Task<long> OfAsync<T>(int calls, Func<ValueTask<T>> code)
    {
        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < calls; i++)
            {
                await code();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    /// <inheritdoc cref="OfAsync"/>
    public static Task<long> OfAsync(int calls, Action code) =>
        OfAsync(
            calls,
            () =>
            {
                code();
                return new ValueTask<bool>(true);
            }
        );
}
