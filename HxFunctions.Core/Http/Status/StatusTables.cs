using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;

namespace HxFunctions.Core.Http.Status;

/// <summary>The tables: what each rule comes to, and what happened.</summary>
internal static class StatusTables
{
    /// <summary>How many rules are shown: a configuration may hold a thousand.</summary>
    private const int MaxRules = 200;

    public static void AddRules(HtmlWriter html, StatusModel model)
    {
        html.Add(
            $"""<section aria-labelledby="routes"><div class="head"><h2 id="routes">Guarded routes</h2><p class="quiet small">Everything else is open.</p></div>"""
        );
        html.Add(
            $"""<div class="panel table"><table><caption>Verdict per rule</caption><thead><tr><th scope="col">Route, and what it needs</th><th scope="col">Reads</th><th scope="col">Writes</th></tr></thead><tbody>"""
        );
        RuleView[] own = [.. model.Rules.Where(r => r.Rule.Origin != RuleOrigin.LiteLlm)];
        // When not all fit, those that are closed must be among them.
        IEnumerable<RuleView> shown =
            own.Length > MaxRules
                ? own.OrderBy(r => !r.IsClosedFor(v => v.Closed, reads: false) && !r.IsClosedFor(v => v.Closed, reads: true)).Take(MaxRules)
                : own;
        foreach (RuleView rule in shown)
        {
            html.Add($"""<tr><th scope="row"><code>{rule.Rule.Route}</code>""");
            if (rule.Rule.Methods != GuardMethods.All)
            {
                html.Add(
                    $""" <span class="quiet small">{GuardMethod.Format(rule.Rule.Methods).Replace(",", ", ", StringComparison.Ordinal)}</span>"""
                );
            }

            html.Add($"<small>{string.Join(", ", rule.Rule.Dependencies.Select(DependencyKind.DisplayNameOf))}</small></th>");
            AddVerdict(html, rule.HasReads, rule.Read);
            AddVerdict(html, rule.HasWrites, rule.Write);
            html.Add($"</tr>");
        }

        AddListed(html, model);
        html.Add($"</tbody></table>");
        if (own.Length > MaxRules)
        {
            html.Add($"""<p class="quiet small none">{own.Length - MaxRules} more: /guard/verdicts tells all.</p>""");
        }

        html.Add($"</div></section>");
    }

    /// <summary>The rules of LiteLLM's list, a row for those that need the same: they are two hundred, and fare alike.</summary>
    private static void AddListed(HtmlWriter html, StatusModel model)
    {
        foreach (
            IGrouping<string, RuleView> group in model
                .Rules.Where(r => r.Rule.Origin == RuleOrigin.LiteLlm)
                .GroupBy(r => string.Join(", ", r.Rule.Dependencies.Select(DependencyKind.DisplayNameOf)), StringComparer.Ordinal)
        )
        {
            int routes = group.Select(r => r.Rule.Route).Distinct(StringComparer.Ordinal).Count();
            RuleView? reads = group.FirstOrDefault(r => r.HasReads && r.Rule.Writing == GuardMethods.None),
                writes = group.FirstOrDefault(r => r.HasWrites);
            html.Add($"""<tr><th scope="row">{RuleNames.OfList(routes)}<small>{group.Key}</small></th>""");
            AddVerdict(html, reads is not null, (reads ?? group.First()).Read);
            AddVerdict(html, writes is not null, (writes ?? group.First()).Write);
            html.Add($"</tr>");
        }
    }

    public static void AddIncidents(HtmlWriter html, StatusModel model)
    {
        html.Add(
            $"""<section aria-labelledby="incidents"><div class="head"><h2 id="incidents">Incidents</h2><p class="quiet small">Last 7 days, times in UTC</p></div><div class="panel table">"""
        );
        if (model.Incidents.Count == 0)
        {
            html.Add(
                $"""<p class="none quiet">{(model.History == HistoryCondition.Available ? "None." : "No history to tell of any.")}</p></div></section>"""
            );
            return;
        }

        html.Add(
            $"""<table><caption>Incidents, those that last first, then the newest first</caption><thead><tr><th scope="col">What</th><th scope="col">Start</th><th scope="col">End</th><th scope="col">Duration</th></tr></thead><tbody>"""
        );
        foreach (Incident incident in model.Incidents)
        {
            html.Add($"""<tr><th scope="row">""");
            switch (incident)
            {
                case DependencyIncident dependency:
                    AddWhat(html, dependency);
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

    private static void AddWhat(HtmlWriter html, DependencyIncident incident)
    {
        string reason = incident.Reason == Reasons.Unknown ? "reason not recorded" : Headline.Words(incident.Reason);
        html.Add(
            $"""<bdi>{DependencyKind.DisplayNameOf(incident.Dependency)}</bdi><small>{(incident.Worst == DependencyStatus.Warn ? "degraded: " : "")}{reason}</small>"""
        );
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

        html.Add($"</td><td>{(incident.Duration(now) is { } duration ? StatusText.Duration(duration) : "not known")}</td>");
    }

    private static void AddTime(HtmlWriter html, long at)
    {
        DateTimeOffset moment = DateTimeOffset.FromUnixTimeMilliseconds(at);
        html.Add($"""<time datetime="{StatusText.Iso(moment)}">{StatusText.Day(moment)} {StatusText.Clock(moment)}</time>""");
    }

    private static void AddVerdict(HtmlWriter html, bool applies, VerdictView verdict)
    {
        if (!applies)
        {
            html.Add($"""<td class="quiet">not guarded</td>""");
            return;
        }

        string missing = string.Join(", ", verdict.Missing.Select(DependencyKind.DisplayNameOf));
        html.Add(
            $"""<td><span class="verdict {(verdict.Closed ? "down" : "up")}"><svg class="icon" aria-hidden="true"><use href="#{(verdict.Closed ? "i-down" : "i-up")}"/></svg> {(verdict.Closed ? "closed" : "open")}</span>"""
        );
        if (verdict.Closed && verdict.WouldBeClosed)
        {
            html.Add($"<small>{missing}</small>");
        }
        else if (verdict.Closed)
        {
            html.Add($"<small>manual override</small>");
        }
        else if (verdict.WouldBeClosed)
        {
            html.Add($"<small>would be closed: {missing}</small>");
        }

        html.Add($"</td>");
    }
}
