using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Http;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Bench.Micro;

/// <summary>The product as it is put together, with a snapshot that never grows old: nothing is checked, read or waited for.</summary>
internal sealed class GuardScene : IAsyncDisposable
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(1);

    private readonly ServiceProvider _services;

    /// <param name="rules">How many rules there are. The first guards <c>/v1/keys</c>; all need PostgreSQL and Redis.</param>
    /// <param name="postgres">What PostgreSQL is known to be; Redis passes.</param>
    public GuardScene(int rules, DependencyStatus postgres)
        : this(
            string.Join(
                "; ",
                Enumerable
                    .Range(1, rules - 1)
                    .Select(i => $"/v{i % 4}/area{i}/admin")
                    .Prepend("/v1/keys")
                    .Select(p => p + "=postgres,redis")
            ),
            postgres
        ) { }

    /// <param name="routes">GUARD_ROUTES.</param>
    /// <param name="postgres">What PostgreSQL is known to be; Redis passes.</param>
    public GuardScene(string routes, DependencyStatus postgres)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["PG_URL"] = "postgresql://hx@127.0.0.1/hx",
                    ["REDIS_URL"] = "redis://127.0.0.1",
                    ["GUARD_ROUTES"] = routes,
                }
            )
            .Build();
        _services = new ServiceCollection().AddLogging().AddHxFunctions(configuration).BuildServiceProvider();
        Know(0, postgres);
        Know(1, DependencyStatus.Pass);
    }

    public Guard Guard => _services.GetRequiredService<Guard>();

    public GuardHandler Api => _services.GetRequiredService<GuardHandler>();

    public HealthSnapshot Snapshot => _services.GetRequiredService<SnapshotBoard>().Current;

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private void Know(int index, DependencyStatus status)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        DependencyRecord record = new(
            new(status, status == DependencyStatus.Pass ? Reasons.Ok : Reasons.Timeout, now, 2, 0),
            TimeSpan.FromMilliseconds(1),
            now,
            1,
            "bench"
        );
        long seen = BootTimeProvider.Instance.GetTimestamp() + (long)(Forever.TotalSeconds * BootTimeProvider.Instance.TimestampFrequency);
        _services
            .GetRequiredService<SnapshotBoard>()
            .Publish(s => s.With(index, new(record, seen, null)) with { Store = StoreCondition.Usable });
    }
}
