using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Http.Status;

/// <summary>The table of what happened.</summary>
internal static class StatusIncidents
{
    public static void Add(HtmlWriter html, StatusModel model)
    {
        html.Add(
            $"""<section aria-labelledby="incidents"><div class="head"><h2 id="incidents">Incidents</h2><p class="quiet small">Last 7 days</p></div><div class="panel table">"""
        );
        if (model.Incidents.Count == 0)
        {
            html.Add(
                $"""<p class="none quiet">{(model.History == HistoryCondition.Available ? EmptyStates.NoIncident : EmptyStates.NoIncidentKnown)}</p></div></section>"""
            );
            return;
        }

        html.Add(
            $"""<table><caption>Incidents: ongoing first, then the newest</caption><thead><tr><th scope="col">What</th><th scope="col">Start</th><th scope="col">End</th><th scope="col">Duration</th></tr></thead><tbody>"""
        );
        foreach (Incident incident in model.Incidents)
        {
            html.Add($"""<tr><th scope="row">""");
            switch (incident)
            {
                case DependencyIncident dependency:
                    AddWhat(html, model, dependency);
                    break;
                case OverrideIncident set:
                    AddWhat(html, set);
                    break;
            }

            html.Add($"</th>");
            AddWhen(html, incident, model.HistoryAt);
            html.Add($"</tr>");
        }

        html.Add($"</tbody></table>");
        if (model.IncidentsLeftOut > 0)
        {
            html.Add($"""<p class="quiet small none">{model.IncidentsLeftOut} more.</p>""");
        }

        html.Add($"</div></section>");
    }

    private static void AddWhat(HtmlWriter html, StatusModel model, DependencyIncident incident)
    {
        html.Add(
            $"""<bdi>{DependencyKind.DisplayNameOf(incident.Dependency)}</bdi><small>{(incident.Worst == DependencyStatus.Warn ? "degraded: " : "")}"""
        );
        if (incident.Reason == Reasons.Unknown)
        {
            html.Add($"reason not recorded");
        }
        else
        {
            StatusParts.AddReason(html, model, incident.Reason, Headline.Words(incident.Reason));
        }

        html.Add($"</small>");
    }

    private static void AddWhat(HtmlWriter html, OverrideIncident incident)
    {
        html.Add($"""Manual override: {incident.Verdict}<small><bdi>{incident.Reason}</bdi></small>""");
        if (incident.By.Length > 0)
        {
            html.Add($"<small>by <bdi>{incident.By}</bdi></small>");
        }
    }

    private static void AddWhen(HtmlWriter html, Incident incident, long now)
    {
        html.Add($"<td>");
        if (incident.Start is { } start)
        {
            AddTime(html, start);
        }
        else
        {
            html.Add($"not recorded");
        }

        if (incident is DependencyIncident { StartAfter: { } after })
        {
            html.Add($"<small>after ");
            AddTime(html, after);
            html.Add($"</small>");
        }

        html.Add($"</td><td>");
        if (incident.End is { } end)
        {
            AddTime(html, end);
            if (incident is OverrideIncident { ClearedBy: { } by })
            {
                html.Add($"<small>cleared{(by.Length > 0 ? " by " : "")}<bdi>{by}</bdi></small>");
            }
        }
        else
        {
            html.Add($"""<strong class="down">ongoing</strong>""");
        }

        html.Add($"</td><td>{(incident.Duration(now) is { } duration ? StatusText.Duration(duration) : "unknown")}</td>");
    }

    private static void AddTime(HtmlWriter html, long at)
    {
        DateTimeOffset moment = DateTimeOffset.FromUnixTimeMilliseconds(at);
        html.AddTime(moment, $"{StatusText.Day(moment)} {StatusText.Clock(moment)}");
    }
}
