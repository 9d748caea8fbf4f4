using System.Diagnostics.Metrics;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Tests.Telemetry;

/// <summary>A meter of a test's own.</summary>
internal static class TestMeter
{
    public static HxMeter New() => new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());
}
