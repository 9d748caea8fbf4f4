using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;
using HxFunctions.Core.Telemetry;

namespace HxFunctions.Core.Http.Status;

/// <summary><c>/status/history</c>: the page in JSON. The shape is in openapi.json and docs/status.md.</summary>
internal sealed class StatusJson(StatusModel model) : JsonAnswer
{
    protected override int Status => 200;

    protected override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("at", model.At);
        writer.WriteString("releaseId", ProductVersion.Text);
        writer.WriteString("mode", model.Mode.Wire());
        writer.WriteString("store", WireOf(model.Store));
        writer.WriteString(
            "history",
            model.History switch
            {
                HistoryCondition.Available => "available",
                HistoryCondition.Unavailable => "unavailable",
                _ => "none",
            }
        );
        WriteHeadline(writer);
        if (model.Problems.Count > 0)
        {
            writer.WriteStartArray("problems");
            foreach (string problem in model.Problems.Select(p => p.ToString()))
            {
                writer.WriteStringValue(problem);
            }

            writer.WriteEndArray();
        }

        if (model.Override is { } inEffect)
        {
            writer.WriteOverride(inEffect.Value, inEffect.EndsIn.TotalSeconds);
        }

        writer.WriteStartArray("dependencies");
        foreach (DependencyView dependency in model.Dependencies)
        {
            WriteDependency(writer, dependency);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("rules");
        foreach (RuleView rule in model.Rules)
        {
            WriteRule(writer, rule);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("incidents");
        foreach (DependencyIncident incident in model.Incidents.OfType<DependencyIncident>())
        {
            WriteIncident(writer, incident);
        }

        writer.WriteEndArray();
        // Beside the others, not among them: an older hx watch expects a dependency's name in each of those.
        writer.WriteStartArray("overrides");
        foreach (OverrideIncident incident in model.Incidents.OfType<OverrideIncident>())
        {
            WriteOverride(writer, incident);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static string WireOf(StoreCondition store) =>
        store switch
        {
            StoreCondition.Absent => "absent",
            StoreCondition.Untried => "untried",
            StoreCondition.Usable => "usable",
            _ => "unusable",
        };

    private void WriteHeadline(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("headline");
        writer.WriteString("state", model.Headline.StateName);
        writer.WriteString("title", model.Headline.Title);
        writer.WriteStartArray("details");
        foreach (string detail in model.Headline.Details)
        {
            writer.WriteStringValue(detail);
        }

        writer.WriteEndArray();
        WriteMoment(writer, "since", model.Headline.Since);
        writer.WriteEndObject();
    }

    private static void WriteDependency(Utf8JsonWriter writer, DependencyView dependency)
    {
        writer.WriteStartObject();
        writer.WriteString("name", dependency.Name);
        writer.WriteString("status", dependency.Status.Wire());
        writer.WriteString("reason", dependency.Reason);
        if (dependency.Detail is { } detail)
        {
            writer.WriteString("detail", detail);
        }

        WriteMoment(writer, "since", dependency.Since);
        if (dependency.Latency is { } latency)
        {
            writer.WriteNumber("latencyMs", Math.Round(latency.TotalMilliseconds, 3));
        }
        else
        {
            writer.WriteNull("latencyMs");
        }

        WriteMoment(writer, "checkedAt", dependency.CheckedAt);
        writer.WriteSeconds("ageSeconds", dependency.Age?.TotalSeconds);
        writer.WriteStartObject("windows");
        foreach (HistoryCells cells in dependency.Windows)
        {
            writer.WriteStartObject(cells.Window.Name);
            writer.WriteString("start", DateTimeOffset.FromUnixTimeMilliseconds(cells.Start));
            writer.WriteNumber("cellSeconds", cells.Window.CellLength / 1000);
            if (cells.Uptime.Percent is { } percent)
            {
                writer.WriteNumber("uptimePercent", percent);
            }
            else
            {
                writer.WriteNull("uptimePercent");
            }

            writer.WriteSeconds("downSeconds", cells.Uptime.DownTime.TotalSeconds);
            writer.WriteSeconds("noDataSeconds", cells.Uptime.NoData.TotalSeconds);
            writer.WriteStartArray("cells");
            foreach (HistoryCell cell in cells.Cells)
            {
                WriteCell(writer, cell);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>A cell in which nothing was known is null; one without a check of its own has no latency.</summary>
    private static void WriteCell(Utf8JsonWriter writer, in HistoryCell cell)
    {
        if (cell.Worst == DependencyStatus.Unknown)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("status", cell.Worst.Wire());
        writer.WriteString("reason", cell.Reason);
        writer.WriteNumber("count", cell.Count);
        if (cell.Count > 0)
        {
            writer.WriteNumber("medianMs", Math.Round(cell.MedianMs, 2));
            writer.WriteNumber("p95Ms", Math.Round(cell.Percentile95Ms, 2));
            writer.WriteNumber("largestMs", Math.Round(cell.LargestMs, 2));
        }

        writer.WriteEndObject();
    }

    private static void WriteRule(Utf8JsonWriter writer, RuleView rule)
    {
        writer.WriteStartObject();
        writer.WriteString("rule", rule.Rule.Route);
        if (rule.Rule.Methods == GuardMethods.All)
        {
            writer.WriteNull("methods");
        }
        else
        {
            writer.WriteStartArray("methods");
            foreach (string method in GuardMethod.Format(rule.Rule.Methods).Split(','))
            {
                writer.WriteStringValue(method);
            }

            writer.WriteEndArray();
        }

        WriteNames(writer, "needs", rule.Rule.Dependencies);
        WriteVerdict(writer, "read", rule.Read);
        WriteVerdict(writer, "write", rule.Write);
        writer.WriteEndObject();
    }

    private static void WriteVerdict(Utf8JsonWriter writer, string property, VerdictView verdict)
    {
        writer.WriteStartObject(property);
        writer.WriteString("verdict", verdict.Closed ? "closed" : "open");
        writer.WriteString("wouldBe", verdict.WouldBeClosed ? "closed" : "open");
        WriteNames(writer, "missing", verdict.Missing);
        writer.WriteEndObject();
    }

    private void WriteOverride(Utf8JsonWriter writer, OverrideIncident incident)
    {
        writer.WriteStartObject();
        writer.WriteString("verdict", incident.Verdict);
        writer.WriteString("reason", incident.Reason);
        writer.WriteString("by", incident.By);
        WriteMoment(writer, "start", incident.Start);
        WriteMoment(writer, "end", incident.End);
        if (incident.ClearedBy is { } by)
        {
            writer.WriteString("clearedBy", by);
        }

        writer.WriteSeconds("durationSeconds", incident.Duration(model.HistoryAt)?.TotalSeconds);
        writer.WriteEndObject();
    }

    private void WriteIncident(Utf8JsonWriter writer, DependencyIncident incident)
    {
        writer.WriteStartObject();
        writer.WriteString("dependency", incident.Dependency);
        writer.WriteString("status", incident.Worst.Wire());
        writer.WriteString("reason", incident.Reason);
        WriteMoment(writer, "start", incident.Start);
        if (incident.StartAfter is not null)
        {
            WriteMoment(writer, "startAfter", incident.StartAfter);
        }

        WriteMoment(writer, "end", incident.End);
        writer.WriteSeconds("durationSeconds", incident.Duration(model.HistoryAt)?.TotalSeconds);
        writer.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter writer, string property, IReadOnlyList<string> names)
    {
        writer.WriteStartArray(property);
        foreach (string name in names)
        {
            writer.WriteStringValue(name);
        }

        writer.WriteEndArray();
    }

    private static void WriteMoment(Utf8JsonWriter writer, string property, long? milliseconds) =>
        WriteMoment(writer, property, milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null);

    private static void WriteMoment(Utf8JsonWriter writer, string property, DateTimeOffset? at)
    {
        if (at is { } moment)
        {
            writer.WriteString(property, moment);
        }
        else
        {
            writer.WriteNull(property);
        }
    }
}
