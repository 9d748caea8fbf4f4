using System.Text.Json;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Http;

/// <summary>A flag per dependency: whether it is up or degraded.</summary>
internal sealed class DependenciesAnswer(DependencySet dependencies, HealthSnapshot snapshot, long now) : JsonAnswer
{
    protected override int Status => 200;

    protected override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (Dependency dependency in dependencies)
        {
            writer.WriteBoolean(
                dependency.Name,
                snapshot.StatusAt(dependency.Index, now) is DependencyStatus.Pass or DependencyStatus.Warn
            );
        }

        writer.WriteEndObject();
    }
}
