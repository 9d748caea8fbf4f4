using HxFunctions.AspNetCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Puts the guard into an ASP.NET Core app.</summary>
public static class HxGuardExtensions
{
    /// <summary>Adds what <see cref="UseHxGuard"/> needs, with options set in code. They are validated when the app starts.</summary>
    public static IServiceCollection AddHxGuard(this IServiceCollection services, Action<HxGuardOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<HxGuardOptions>().Configure(configure).ValidateOnStart();
        return services.AddGuard();
    }

    /// <summary>Adds what <see cref="UseHxGuard"/> needs, with options from a configuration section, best one named <c>HxGuard</c>. They
    /// are validated when the app starts.</summary>
    public static IServiceCollection AddHxGuard(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        services.AddOptions<HxGuardOptions>().Bind(section).ValidateOnStart();
        return services.AddGuard();
    }

    /// <summary>
    /// Asks the guard about each request that comes this far, and refuses what isn't open with 503. Put it behind authentication and before
    /// what passes requests on. Endpoints that short-circuit the routing are not asked about.
    /// </summary>
    /// <exception cref="InvalidOperationException">There was no <c>AddHxGuard</c>.</exception>
    public static IApplicationBuilder UseHxGuard(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.ApplicationServices.GetService<IServiceProviderIsService>()?.IsService(typeof(GuardGate)) == false
            ? throw new InvalidOperationException("UseHxGuard needs services.AddHxGuard(…).")
            : app.UseMiddleware<HxGuardMiddleware>();
    }

    private static IServiceCollection AddGuard(this IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HxGuardOptions>, HxGuardOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<GuardClient>();
        services.TryAddSingleton<GuardContact>();
        services.TryAddSingleton<GuardGate>();
        services.TryAddSingleton<GatewayMeter>();
        return services;
    }
}
