using HxFunctions.Core.Configuration;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Cli.Commands;

/// <summary>What the instances share in Redis, for commands that join them for a moment.</summary>
internal static class FleetKnowledge
{
    /// <summary>The product's services for one command.</summary>
    public static ServiceProvider Join(HxSettings settings) =>
        new ServiceCollection().AddLogging().AddHxFunctions(settings).AddSingleton(StoreCaller.Command).BuildServiceProvider();

    /// <summary>Reads the stored snapshot.</summary>
    /// <returns><see langword="null"/> when Redis gave no answer. REDIS_URL must be set.</returns>
    public static Task<StoreReading?> ReadAsync(IServiceProvider services) =>
        services.GetRequiredService<SnapshotStore>().SyncAsync(wantLease: false, null);
}
