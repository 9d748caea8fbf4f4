using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace HxFunctions.Tests.Simulation;

/// <summary>A fault that is put into the product by hand, to see that the simulation finds it. The product knows nothing of it: it lies
/// among the services of every instance, between the product's code and what that works with.</summary>
/// <param name="Name">What is wrong, in the words of docs/knowledge.md.</param>
/// <param name="Property">What it breaks.</param>
/// <param name="Hours">Within how many simulated hours.</param>
/// <param name="Faults">What may happen meanwhile; none: everything, as in the hours that CI simulates.</param>
/// <param name="PutInto">Puts it into the services of one instance, before they are built.</param>
internal sealed record Plant(string Name, string Property, double Hours, Fault[] Faults, Action<IServiceCollection> PutInto)
{
    /// <summary>Runs a script, or doesn't.</summary>
    public delegate Task<RedisResult> Evaluation(
        IStoreCommands redis,
        string script,
        RedisKey[] keys,
        RedisValue[] arguments,
        bool mayRepeat
    );

    /// <summary>What happens meanwhile, each time with other dice; <see langword="null"/>: it is made up.</summary>
    public Scenario? In { get; init; }

    /// <summary>How many scenarios it may take.</summary>
    public int Seeds => (int)(Hours * 3600 / (In?.Lasts ?? SimulatedHours.Length));

    /// <summary>A scenario with it.</summary>
    public Scenario ScenarioOf(int seed) =>
        (In is null ? Scenario.Of(seed, SimulatedHours.Length, Faults) : In with { Seed = seed }) with
        {
            Plant = this,
        };

    /// <summary>In the Lua that runs in Redis.</summary>
    /// <param name="changes">What stands in the product's scripts, and what stands there by mistake.</param>
    public static Plant InScripts(string name, string property, double hours, (string Right, string Wrong)[] changes, params Fault[] faults)
    {
        string[] scripts = [SnapshotScripts.Sync, SnapshotScripts.Write, SnapshotScripts.Release, SnapshotScripts.SetOverride];
        // When the scripts change, the fault must be planted anew: without a place it would be none.
        Assert.All(changes, change => Assert.Contains(scripts, script => script.Contains(change.Right, StringComparison.Ordinal)));
        Dictionary<string, string> planted = scripts.ToDictionary(
            script => script,
            script => changes.Aggregate(script, (text, change) => text.Replace(change.Right, change.Wrong, StringComparison.Ordinal))
        );
        return InCommands(
            name,
            property,
            hours,
            (redis, script, keys, arguments, mayRepeat) =>
                redis.EvaluateAsync(planted.GetValueOrDefault(script, script), keys, arguments, mayRepeat),
            faults
        );
    }

    /// <summary>Between the store and Redis.</summary>
    public static Plant InCommands(string name, string property, double hours, Evaluation evaluate, params Fault[] faults) =>
        new(name, property, hours, faults, services => Wrap<IStoreCommands>(services, (redis, _) => new PlantedCommands(redis, evaluate)));

    /// <summary>Between a check and its probes.</summary>
    /// <param name="tell">What is told of a probe, by what the one before has found (<see langword="null"/>: there was none) and what it
    /// has found itself.</param>
    public static Plant InProbes(
        string name,
        string property,
        double hours,
        Func<HealthCheckResult?, HealthCheckResult, HealthCheckResult> tell
    ) =>
        new(
            name,
            property,
            hours,
            [],
            services =>
                services.PostConfigure<HealthCheckServiceOptions>(options =>
                {
                    foreach (HealthCheckRegistration registration in options.Registrations)
                    {
                        Func<IServiceProvider, IHealthCheck> probe = registration.Factory;
                        HealthCheckResult? before = null;
                        registration.Factory = provider => new PlantedCheck(
                            probe(provider),
                            found =>
                            {
                                HealthCheckResult told = tell(before, found);
                                before = found;
                                return told;
                            }
                        );
                    }
                })
        );

    /// <summary>In place of a service, which it may work with.</summary>
    public static Plant InService<T>(string name, string property, double hours, Func<T, IServiceProvider, T> wrap, params Fault[] faults)
        where T : class => new(name, property, hours, faults, services => Wrap(services, wrap));

    private static void Wrap<T>(IServiceCollection services, Func<T, IServiceProvider, T> wrap)
        where T : class
    {
        ServiceDescriptor wrapped = services.Last(service => service.ServiceType == typeof(T));
        services.AddSingleton(provider => wrap((T)(wrapped.ImplementationInstance ?? wrapped.ImplementationFactory!(provider)), provider));
    }

    private sealed class PlantedCommands(IStoreCommands redis, Evaluation evaluate) : IStoreCommands
    {
        public Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] arguments, bool mayRepeat) =>
            evaluate(redis, script, keys, arguments, mayRepeat);
    }

    private sealed class PlantedCheck(IHealthCheck probe, Func<HealthCheckResult, HealthCheckResult> tell) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            tell(await probe.CheckHealthAsync(context, cancellationToken));
    }
}
