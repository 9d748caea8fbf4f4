using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Snapshots;

public class HealthSnapshotTests
{
    /// <summary>Defaults: 2 + 5 s; 4 × 2 + 5 s; 2 × 30 + 5 s.</summary>
    [Theory]
    [InlineData("redis", 0)]
    [InlineData("postgres redis", 1)]
    [InlineData("postgres qdrant redis", 2)]
    [InlineData("postgres qdrant", -1)]
    public void Ages_are_those_of_the_configuration_in_ticks_of_the_clock(string names, int redisIndex)
    {
        FakeTimeProvider time = new();
        DependencySet dependencies = new(
            names
                .Split(' ')
                .Select(
                    (name, i) =>
                        new Dependency(
                            i,
                            new HealthCheckRegistration(name, _ => throw new InvalidOperationException("Nobody checks here."), null, null),
                            TimeSpan.FromSeconds(1)
                        )
                )
        );

        SnapshotAges ages = SnapshotAges.From(new HxSettings(), dependencies, time);

        long second = time.TimestampFrequency;
        Assert.Equal(new(7 * second, 13 * second, 65 * second, redisIndex, second), ages);
        Assert.Equal(1.5, ages.Seconds(second * 3 / 2));
    }
}
