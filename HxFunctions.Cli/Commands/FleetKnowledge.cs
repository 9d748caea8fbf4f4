using HxFunctions.Core;
using HxFunctions.Core.Probing;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Cli.Commands;

/// <summary>What the instances share in Redis, for commands that join them for a moment.</summary>
internal static class FleetKnowledge
{
    private const int Attempts = 3;

    /// <summary>
    /// Reads it. A store call has half a second, which in a process that has just started may go by with connecting and compiling: the
    /// connection is waited for first, and the read repeated.
    /// </summary>
    /// <returns><see langword="null"/> when Redis gave no answer. REDIS_URL must be set.</returns>
    public static async Task<StoreReading?> ReadAsync(IServiceProvider services)
    {
        SnapshotStore store = services.GetRequiredService<HxFunctionsServices.Optional<SnapshotStore>>().Value!;
        await ((Task)services.GetRequiredService<RedisConnection>().GetAsync()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        StoreReading? reading = null;
        for (int i = 0; i < Attempts && reading is null; i++)
        {
            reading = await store.SyncAsync(wantLease: false, null);
        }

        return reading;
    }
}
