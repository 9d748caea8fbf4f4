using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;
using HxFunctions.Core.Telemetry;

namespace HxFunctions.Core.Http;

/// <summary>
/// The shape of draft-inadarei-api-health-check-06 (an expired individual draft: its names, not a claim to conform), with <c>unknown</c> as
/// a fourth status.
/// </summary>
internal sealed class HealthAnswer(
    IReadOnlyList<Dependency> shown,
    HealthSnapshot snapshot,
    HxSettings settings,
    long now,
    IReadOnlyList<string> notes
) : JsonAnswer
{
    protected override int Status => Worst() is DependencyStatus.Pass or DependencyStatus.Warn ? 200 : 503;

    protected override string ContentType => Health;

    protected override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("status", Worst().Wire());
        writer.WriteString("version", "1");
        writer.WriteString("releaseId", ProductVersion.Text);
        writer.WriteSeconds("ageSeconds", OldestAge());
        if (settings.Problems.Count > 0)
        {
            writer.WriteStrings("problems", settings.Problems.Select(problem => problem.ToString()));
        }

        if (notes.Count > 0)
        {
            writer.WriteStrings("notes", notes);
        }

        writer.WriteStartObject("checks");
        foreach (Dependency dependency in shown)
        {
            WriteCheck(writer, dependency);
        }

        writer.WriteEndObject();
        if (snapshot.OverrideAt(now) is { } inEffect)
        {
            writer.WriteOverride(snapshot, inEffect, now);
        }

        writer.WriteEndObject();
    }

    private void WriteCheck(Utf8JsonWriter writer, Dependency dependency)
    {
        DependencyStatus status = snapshot.StatusAt(dependency.Index, now);
        DependencyKnowledge known = snapshot.Dependencies[dependency.Index];
        writer.WriteStartArray($"{dependency.Name}:responseTime");
        writer.WriteStartObject();
        writer.WriteString("componentId", dependency.Name);
        writer.WriteString("componentType", DependencyKind.Find(dependency.Name) is null ? "component" : "datastore");
        writer.WriteString("status", status.Wire());
        writer.WriteString(
            "reason",
            settings.Problems.Count > 0 ? Reasons.Misconfigured
                : status == DependencyStatus.Unknown ? Reasons.Unknown
                : known.Record!.State.Reason
        );
        if (status != DependencyStatus.Unknown && known.Record!.State.Detail is { } detail)
        {
            writer.WriteString("detail", detail);
        }

        if (status != DependencyStatus.Unknown)
        {
            DependencyRecord record = known.Record!;
            writer.WriteNumber("observedValue", Math.Round(record.Latency.TotalMilliseconds, 3));
            writer.WriteString("observedUnit", "ms");
            writer.WriteString("time", record.CheckedAt);
            writer.WriteString("since", record.State.Since);
            writer.WriteSeconds("ageSeconds", snapshot.Ages.Seconds(now - known.ObservedAt));
            writer.WriteNumber("consecutivePasses", record.State.ConsecutivePasses);
            writer.WriteNumber("consecutiveFailures", record.State.ConsecutiveFailures);
        }

        WriteAffected(writer, dependency, status);
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    /// <summary>The routes that can't work because of it.</summary>
    private void WriteAffected(Utf8JsonWriter writer, Dependency dependency, DependencyStatus status)
    {
        if (status == DependencyStatus.Pass)
        {
            return;
        }

        IEnumerable<GuardRule> affected = settings.Rules.Where(r => r.Dependencies.Contains(dependency.Name));
        writer.WriteStrings("affectedEndpoints", affected.Select(rule => rule.Route).Distinct(StringComparer.Ordinal));
    }

    private double? OldestAge()
    {
        DependencyKnowledge[] known = [.. shown.Select(d => snapshot.Dependencies[d.Index]).Where(k => k.Record is not null)];
        return known.Length == 0 ? null : known.Max(k => snapshot.Ages.Seconds(now - k.ObservedAt));
    }

    /// <summary>The worst counts: fail, then unknown, then warn.</summary>
    private DependencyStatus Worst()
    {
        DependencyStatus[] all = [.. shown.Select(d => snapshot.StatusAt(d.Index, now))];
        if (all.Length == 0 && notes.Count > 0)
        {
            return DependencyStatus.Unknown;
        }

        if (all.Contains(DependencyStatus.Fail))
        {
            return DependencyStatus.Fail;
        }

        if (settings.Problems.Count > 0 || all.Contains(DependencyStatus.Unknown))
        {
            return DependencyStatus.Unknown;
        }

        return all.Contains(DependencyStatus.Warn) ? DependencyStatus.Warn : DependencyStatus.Pass;
    }
}
