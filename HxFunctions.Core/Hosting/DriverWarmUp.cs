using System.Runtime.CompilerServices;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Core.Hosting;

/// <summary>A driver to warm, and the server on loopback that answers it.</summary>
/// <param name="Variable">The environment variable that configures a dependency of this kind.</param>
/// <param name="Url">With <c>{0}</c> for the server's place.</param>
/// <param name="SecureUrl">The same with TLS; <see langword="null"/>: no configured URL uses TLS.</param>
internal sealed record DriverKind(string Variable, Func<StandIn> Start, string Url, string? SecureUrl);

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
    internal static readonly TimeSpan FailuresAfter = TimeSpan.FromSeconds(2);

    private static readonly Lock Once = new();
    private static readonly Dictionary<string, Task> Begun = [];

    /// <summary>Begins it aside, by the environment alone, before anything else is read; <see cref="Begin(HxSettings)"/> joins
    /// it.</summary>
    /// <remarks>This reads the variables, and opens the files that they name, once more than the host does: to wait for the host's
    /// configuration would cost the time that this gains.</remarks>
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

        return Task.WhenAll(KindsOf(settings).Select(Begin));
    }

    /// <summary>The drivers that the settings need.</summary>
    internal static IEnumerable<DriverKind> KindsOf(HxSettings settings)
    {
        if (settings.Postgres is { } postgres)
        {
            bool tls = postgres.SslMode != "disable";
            yield return new(Variables.PgUrl, StandIn.Postgres, "postgresql://{0}", tls ? "postgresql://{0}?sslmode=require" : null);
        }

        if (settings.Redis is { } redis)
        {
            yield return new(Variables.RedisUrl, StandIn.Redis, "redis://{0}", redis.Tls ? "rediss://{0}" : null);
        }

        // What DEPENDENCIES adds is asked by the same client as Qdrant.
        Uri[] urls = [.. settings.HttpDependencies.Select(dependency => dependency.Url).Append(settings.Qdrant?.BaseUrl).OfType<Uri>()];
        if (urls.Length > 0)
        {
            bool tls = urls.Any(url => url.Scheme == "https");
            yield return new(Variables.QdrantUrl, StandIn.Http, "http://{0}", tls ? "https://{0}" : null);
        }
    }

    private static Task Begin(DriverKind kind)
    {
        lock (Once)
        {
            if (!Begun.TryGetValue(kind.Variable, out Task? warming))
            {
                Begun[kind.Variable] = warming = Task.Run(() => WarmAsync(kind, TimeProvider.System));
            }

            return warming;
        }
    }

    /// <summary>Warms one driver, even if it is warm already.</summary>
    /// <returns>Ends when the driver has had an answer; the failures go on by themselves.</returns>
    internal static async Task WarmAsync(DriverKind kind, TimeProvider time)
    {
        try
        {
            StandIn server = kind.Start();
            string place = $"127.0.0.1:{server.Port}";
            await ProbeAsync(kind.Variable, kind.Url, place);
            FailAsync(server, kind, place, time).Observe();
        }
        catch (Exception)
        {
            // Then the first probe takes longer.
        }
    }

    private static async Task FailAsync(StandIn server, DriverKind kind, string place, TimeProvider time)
    {
        using (server)
        {
            await Task.Delay(FailuresAfter, time);
            if (kind.SecureUrl is { } secureUrl)
            {
                await ProbeAsync(kind.Variable, secureUrl, place);
            }
        }

        await ProbeAsync(kind.Variable, kind.Url, place);
    }

    private static Task ProbeAsync(string variable, string url, string place) => ProbeNow.OnceAsync(SettingsOf(variable, url, place));

    internal static HxSettings SettingsOf(string variable, string url, string place)
    {
        Dictionary<string, string?> variables = new()
        {
            [variable] = url.Replace("{0}", place, StringComparison.Ordinal),
            [Variables.EnableDbGuard] = "false",
        };
        return HxSettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
    }
}
