using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
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
            writer.WriteStrings("problems", model.Problems.Select(p => p.ToString()));
        }

        if (model.Override is { } inEffect)
        {
            writer.WriteOverride(inEffect.Value, inEffect.EndsIn.TotalSeconds);
        }

        writer.WriteStartArray("dependencies");
        foreach (DependencyView dependency in model.Dependencies)
        {
            writer.WriteDependency(dependency);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("rules");
        foreach (RuleView rule in model.Rules)
        {
            writer.WriteRule(rule);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("incidents");
        foreach (DependencyIncident incident in model.Incidents.OfType<DependencyIncident>())
        {
            writer.WriteIncident(incident, model.HistoryAt);
        }

        writer.WriteEndArray();
        // Beside the others, not among them: an older hx watch expects a dependency's name in each of those.
        writer.WriteStartArray("overrides");
        foreach (OverrideIncident incident in model.Incidents.OfType<OverrideIncident>())
        {
            writer.WriteOverride(incident, model.HistoryAt);
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
        writer.WriteStrings("details", model.Headline.Details);
        writer.WriteMoment("since", model.Headline.Since);
        writer.WriteEndObject();
    }
}
