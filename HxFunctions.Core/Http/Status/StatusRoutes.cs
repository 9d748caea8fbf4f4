using HxFunctions.Core.Configuration;
using HxFunctions.Core.Routing;

namespace HxFunctions.Core.Http.Status;

/// <summary>Routes that need the same and fare alike, as one row.</summary>
/// <param name="Needs">Display names.</param>
/// <param name="Rules">At least one.</param>
internal sealed record RouteGroup(IReadOnlyList<string> Needs, IReadOnlyList<RuleView> Rules)
{
    public RuleView First => Rules[0];

    /// <summary>How many routes, not rules: one may have a rule per method.</summary>
    public static int CountRoutes(IEnumerable<RouteGroup> groups) =>
        groups.SelectMany(g => g.Rules).Select(r => r.Rule.Route).Distinct(StringComparer.Ordinal).Count();

    public bool IsClosed => First.IsClosedFor(v => v.Closed, reads: true) || First.IsClosedFor(v => v.Closed, reads: false);

    /// <summary>In the order of the rules.</summary>
    public static IReadOnlyList<RouteGroup> Of(IEnumerable<RuleView> rules) =>
        [
            .. JoinMethods(rules)
                .GroupBy(r => (Needs: string.Join('\n', r.Rule.Dependencies), Fate: FateOf(r)))
                .Select(g => new RouteGroup([.. g.First().Rule.Dependencies.Select(DependencyKind.DisplayNameOf)], [.. g])),
        ];

    /// <summary>LiteLLM's list has a rule per method. The rules of a route that need the same become one: a row for reads alone would say
    /// that the route's writes are not guarded.</summary>
    private static IEnumerable<RuleView> JoinMethods(IEnumerable<RuleView> rules)
    {
        ILookup<bool, RuleView> byList = rules.ToLookup(r => r.Rule.Origin == RuleOrigin.LiteLlm);
        return byList[false]
            .Concat(
                byList[true].GroupBy(r => (r.Rule.Route, string.Join('\n', r.Rule.Dependencies))).Select(route => route.Aggregate(Join))
            );
    }

    private static RuleView Join(RuleView one, RuleView other) =>
        new(
            one.Rule with
            {
                Methods = one.Rule.Methods | other.Rule.Methods,
            },
            one.HasReads ? one.Read : other.Read,
            one.HasWrites ? one.Write : other.Write
        );

    private static (VerdictKey? Read, VerdictKey? Write) FateOf(RuleView rule) =>
        (rule.HasReads ? KeyOf(rule.Read) : null, rule.HasWrites ? KeyOf(rule.Write) : null);

    private static VerdictKey KeyOf(VerdictView verdict) => new(verdict.Closed, verdict.WouldBeClosed, string.Join('\n', verdict.Missing));

    private readonly record struct VerdictKey(bool Closed, bool WouldBeClosed, string Missing);
}

/// <summary>The guarded routes, grouped by what they need.</summary>
internal static class StatusRoutes
{
    /// <summary>How many rules are shown: a configuration may hold a thousand.</summary>
    private const int MaxRules = 200;

    public static void Add(HtmlWriter html, StatusModel model)
    {
        html.Add(
            $"""<section aria-labelledby="routes"><div class="head"><h2 id="routes">Guarded routes</h2><p class="quiet small">Everything else is open.</p></div><div class="panel table">"""
        );
        if (model.Rules.Count == 0)
        {
            html.Add($"""<p class="none quiet">{EmptyStates.NoRoute}</p></div></section>""");
            return;
        }

        html.Add(
            $"""<table><caption>Verdict per route, grouped by what the routes need</caption><thead><tr><th scope="col">Route</th><th scope="col">Reads</th><th scope="col">Writes</th></tr></thead>"""
        );
        (IEnumerable<RuleView> shown, int leftOut) = Choose(model.Rules);
        foreach (
            IGrouping<string, RouteGroup> needs in RouteGroup.Of(shown).GroupBy(g => WordList.And([.. g.Needs]), StringComparer.Ordinal)
        )
        {
            int routes = RouteGroup.CountRoutes(needs);
            html.Add(
                $"""<tbody><tr class="needs"><th scope="rowgroup" colspan="3">Need <bdi>{needs.Key}</bdi> <span class="quiet small">{routes} {(routes == 1 ? "route" : "routes")}</span></th></tr>"""
            );
            foreach (RouteGroup group in needs)
            {
                AddRow(html, model, group);
            }

            html.Add($"</tbody>");
        }

        html.Add($"</table>");
        if (leftOut > 0)
        {
            html.Add($"""<p class="quiet small none">{leftOut} more: /guard/verdicts lists all.</p>""");
        }

        html.Add($"</div></section>");
    }

    /// <summary>When not all fit, those that are closed must be among them. LiteLLM's list takes a line, however long it is.</summary>
    private static (IEnumerable<RuleView> Shown, int LeftOut) Choose(IReadOnlyList<RuleView> rules)
    {
        RuleView[] own = [.. rules.Where(r => r.Rule.Origin != RuleOrigin.LiteLlm)];
        if (own.Length <= MaxRules)
        {
            return (rules, 0);
        }

        IEnumerable<RuleView> first = own.OrderBy(r =>
                !r.IsClosedFor(v => v.Closed, reads: false) && !r.IsClosedFor(v => v.Closed, reads: true)
            )
            .Take(MaxRules);
        return (first.Concat(rules.Where(r => r.Rule.Origin == RuleOrigin.LiteLlm)), own.Length - MaxRules);
    }

    private static void AddRow(HtmlWriter html, StatusModel model, RouteGroup group)
    {
        html.Add($"""<tr><th scope="row"><ul class="routes">""");
        foreach (RuleView rule in group.Rules.Where(r => r.Rule.Origin != RuleOrigin.LiteLlm))
        {
            html.Add($"<li><code>{rule.Rule.Route}</code>");
            if (rule.Rule.Methods != GuardMethods.All)
            {
                html.Add(
                    $""" <span class="quiet small">{GuardMethod.Format(rule.Rule.Methods).Replace(",", ", ", StringComparison.Ordinal)}</span>"""
                );
            }

            html.Add($"</li>");
        }

        int listed = group
            .Rules.Where(r => r.Rule.Origin == RuleOrigin.LiteLlm)
            .Select(r => r.Rule.Route)
            .Distinct(StringComparer.Ordinal)
            .Count();
        if (listed > 0)
        {
            html.Add($"<li>{RuleNames.OfList(listed)}</li>");
        }

        html.Add($"</ul></th>");
        AddVerdict(html, model, group.First.HasReads, group.First.Read);
        AddVerdict(html, model, group.First.HasWrites, group.First.Write);
        html.Add($"</tr>");
    }

    private static void AddVerdict(HtmlWriter html, StatusModel model, bool applies, VerdictView verdict)
    {
        if (!applies)
        {
            html.Add($"""<td class="quiet">not guarded</td>""");
            return;
        }

        string style =
            !verdict.Closed ? "up"
            : verdict.WouldBeClosed && model.IsUnknown(verdict.Missing) ? "unknown"
            : "down";
        html.Add($"""<td><span class="verdict {style}">""");
        StatusParts.AddIcon(html, style);
        html.Add($" {(verdict.Closed ? "closed" : "open")}</span>");
        string missing = string.Join(", ", verdict.Missing.Select(DependencyKind.DisplayNameOf));
        if (verdict.Closed && verdict.WouldBeClosed)
        {
            html.Add($"<small>{missing}{(style == "unknown" ? " unknown" : "")}</small>");
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
