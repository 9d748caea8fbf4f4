using System.Text.Json;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Http.Status;

/// <summary>What happened, of <c>/status/history</c>: incidents of dependencies, and manual overrides.</summary>
internal static class IncidentJson
{
    /// <param name="now">Redis's clock, in milliseconds since 1970.</param>
    public static void WriteIncident(this Utf8JsonWriter writer, DependencyIncident incident, long now)
    {
        writer.WriteStartObject();
        writer.WriteString("dependency", incident.Dependency);
        writer.WriteString("status", incident.Worst.Wire());
        writer.WriteString("reason", incident.Reason);
        writer.WriteMoment("start", incident.Start);
        if (incident.StartAfter is not null)
        {
            writer.WriteMoment("startAfter", incident.StartAfter);
        }

        writer.WriteMoment("end", incident.End);
        writer.WriteSeconds("durationSeconds", incident.Duration(now)?.TotalSeconds);
        writer.WriteEndObject();
    }

    /// <inheritdoc cref="WriteIncident"/>
    public static void WriteOverride(this Utf8JsonWriter writer, OverrideIncident incident, long now)
    {
        writer.WriteStartObject();
        writer.WriteString("verdict", incident.Verdict);
        writer.WriteString("reason", incident.Reason);
        writer.WriteString("by", incident.By);
        writer.WriteMoment("start", incident.Start);
        writer.WriteMoment("end", incident.End);
        if (incident.ClearedBy is { } by)
        {
            writer.WriteString("clearedBy", by);
        }

        writer.WriteSeconds("durationSeconds", incident.Duration(now)?.TotalSeconds);
        writer.WriteEndObject();
    }
}
