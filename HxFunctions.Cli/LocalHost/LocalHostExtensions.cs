using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Cli.LocalHost;

/// <summary>What a caller of LocalHost needs besides <see cref="LocalFunctionHost.Build"/>.</summary>
internal static class LocalHostExtensions
{
    /// <summary>Where a started host listens, with the port that it got.</summary>
    /// <exception cref="InvalidOperationException">The host has not started.</exception>
    public static Uri GetBoundAddress(this WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is { } address
            ? new Uri(address)
            : throw new InvalidOperationException("The host has not started.");

    /// <summary>Adds the settings of <c>local.settings.json</c>. To be called before environment variables are added: what is added later
    /// wins.</summary>
    public static IConfigurationBuilder AddLocalSettings(this IConfigurationBuilder builder, LocalSettings settings) =>
        builder.AddInMemoryCollection(settings.Values);
}
