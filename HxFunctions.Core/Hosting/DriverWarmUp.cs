using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Core.Hosting;

/// <summary>
/// Makes the runtime load and compile what probes need: on a busy machine that alone takes longer than a probe's deadline. Each kind that
/// is configured is probed twice on loopback, where a stand-in answers the first time and is gone the second: what the failure paths need
/// is to be loaded before they are needed, for the runtime remembers for ever what it could not load, for instance for want of file
/// descriptors.
/// </summary>
/// <remarks>Once per process and kind. Never asks a configured server.</remarks>
internal static class DriverWarmUp
{
    private static readonly Lock Once = new();
    private static readonly Dictionary<string, Task> Begun = [];

    /// <summary>Begins it, or joins what has begun.</summary>
    /// <returns>Ends when the drivers of all kinds are warm; doesn't fail.</returns>
    public static Task Begin(HxSettings settings)
    {
        lock (Once)
        {
            List<Task> all = [];
            foreach (string name in settings.Kinds.Select(kind => kind.Name))
            {
                if (!Begun.TryGetValue(name, out Task? warming))
                {
                    Begun[name] = warming = Task.Run(() => WarmAsync(name));
                }

                all.Add(warming);
            }

            return Task.WhenAll(all);
        }
    }

    private static async Task WarmAsync(string name)
    {
        try
        {
            HxSettings settings;
            using (StandIn server = StandInFor(name, out string variable, out string scheme))
            {
                settings = Read(new() { [variable] = $"{scheme}://127.0.0.1:{server.Port}", [Variables.EnableDbGuard] = "false" });
                await ProbeNow.OnceAsync(settings);
            }

            await ProbeNow.OnceAsync(settings);
        }
        catch (Exception)
        {
            // Then the first probe takes longer.
        }
    }

    private static StandIn StandInFor(string name, out string variable, out string scheme)
    {
        (variable, scheme, Func<StandIn> start) = name switch
        {
            DependencyName.Postgres => (Variables.PgUrl, "postgresql", (Func<StandIn>)StandIn.Postgres),
            DependencyName.Redis => (Variables.RedisUrl, "redis", StandIn.Redis),
            _ => (Variables.QdrantUrl, "http", StandIn.Http),
        };
        return start();
    }

    private static HxSettings Read(Dictionary<string, string?> variables) =>
        HxSettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
}
