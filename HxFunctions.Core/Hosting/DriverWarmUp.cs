using System.Runtime.CompilerServices;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Core.Hosting;

/// <summary>
/// Loads and compiles the drivers before the first probe. On a busy machine, that alone takes longer than a probe's deadline.
/// </summary>
/// <remarks>
/// Each configured kind is probed once per process, on loopback, never on a configured server: a server that answers; then, if the URL
/// uses TLS, one without TLS; then a port on which nobody listens. The failures run too, because .NET never again tries an assembly that
/// it could not load once, for example for lack of file descriptors. <see cref="BeginEarly"/> runs it in parallel with the start of the
/// host, which keeps one core busy: the worker's first answer then takes about a tenth less time.
/// </remarks>
internal static class DriverWarmUp
{
    /// <summary>So that they take no time from what the first answer needs.</summary>
    private static readonly TimeSpan FailuresAfter = TimeSpan.FromSeconds(2);

    private static readonly Lock Once = new();
    private static readonly Dictionary<string, Task> Begun = [];

    /// <summary>Begins it aside, by the environment alone, before anything else is read; <see cref="Begin(HxSettings)"/> joins
    /// it.</summary>
    public static void BeginEarly()
    {
        if (RuntimeFeature.IsDynamicCodeSupported)
        {
            Task.Run(() => Begin(HxSettingsReader.Read(new ConfigurationBuilder().AddEnvironmentVariables().Build()))).Observe();
        }
    }

    /// <summary>Begins it, or joins what has begun.</summary>
    /// <returns>Ends when the drivers of all kinds have had an answer; doesn't fail.</returns>
    public static Task Begin(HxSettings settings)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            // A native program has nothing to load or to compile.
            return Task.CompletedTask;
        }

        List<Task> all = [];
        if (settings.Postgres is { } postgres)
        {
            all.Add(
                Begin(
                    Variables.PgUrl,
                    StandIn.Postgres,
                    "postgresql://{0}",
                    "postgresql://{0}?sslmode=require",
                    postgres.SslMode != "disable"
                )
            );
        }

        if (settings.Redis is { } redis)
        {
            all.Add(Begin(Variables.RedisUrl, StandIn.Redis, "redis://{0}", "rediss://{0}", redis.Tls));
        }

        // What DEPENDENCIES adds is asked by the same client as Qdrant.
        Uri[] urls = [.. settings.HttpDependencies.Select(dependency => dependency.Url).Append(settings.Qdrant?.BaseUrl).OfType<Uri>()];
        if (urls.Length > 0)
        {
            all.Add(Begin(Variables.QdrantUrl, StandIn.Http, "http://{0}", "https://{0}", urls.Any(url => url.Scheme == "https")));
        }

        return Task.WhenAll(all);
    }

    private static Task Begin(string variable, Func<StandIn> start, string url, string secureUrl, bool tls)
    {
        lock (Once)
        {
            if (!Begun.TryGetValue(variable, out Task? warming))
            {
                Begun[variable] = warming = Task.Run(() => WarmAsync(variable, start, url, tls ? secureUrl : null));
            }

            return warming;
        }
    }

    /// <returns>Ends when the driver has had an answer; the failures go on by themselves.</returns>
    private static async Task WarmAsync(string variable, Func<StandIn> start, string url, string? secureUrl)
    {
        try
        {
            StandIn server = start();
            string place = $"127.0.0.1:{server.Port}";
            await ProbeAsync(variable, url, place);
            FailAsync(server, variable, url, secureUrl, place).Observe();
        }
        catch (Exception)
        {
            // Then the first probe takes longer.
        }
    }

    private static async Task FailAsync(StandIn server, string variable, string url, string? secureUrl, string place)
    {
        using (server)
        {
            await Task.Delay(FailuresAfter, TimeProvider.System);
            if (secureUrl is not null)
            {
                await ProbeAsync(variable, secureUrl, place);
            }
        }

        await ProbeAsync(variable, url, place);
    }

    private static Task ProbeAsync(string variable, string url, string place)
    {
        Dictionary<string, string?> variables = new()
        {
            [variable] = url.Replace("{0}", place, StringComparison.Ordinal),
            [Variables.EnableDbGuard] = "false",
        };
        return ProbeNow.OnceAsync(HxSettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(variables).Build()));
    }
}
