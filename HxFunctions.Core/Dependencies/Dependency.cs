using HxFunctions.Core.Configuration;
using HxFunctions.Core.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.Core.Dependencies;

/// <summary>A named thing that routes need: ours, or any <see cref="IHealthCheck"/> that someone registered.</summary>
/// <param name="Index">Its place in the <see cref="DependencySet"/>, and its bit in masks.</param>
/// <param name="Registration">The health check that probes it.</param>
/// <param name="Timeout">The hard deadline of one probe.</param>
internal sealed record Dependency(int Index, HealthCheckRegistration Registration, TimeSpan Timeout)
{
    /// <summary>In lower case, as rules, addresses and metrics have it, however the check was registered.</summary>
    public string Name { get; } = DependencyName.Of(Registration.Name);

    /// <summary>The name in sentences for people.</summary>
    public string DisplayName => DependencyKind.DisplayNameOf(Name);

    public ulong Bit => 1UL << Index;
}
