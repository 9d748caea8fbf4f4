using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Http.Status;

/// <summary>The page for a screen on the wall: what is up, what is closed, and how the day was, without scrolling.</summary>
internal static class StatusWall
{
    /// <summary>How many dependencies have a card, and how many may have a bar in it.</summary>
    private const int MaxCards = 12,
        MaxCardsWithBar = 8;

    private const int MaxGroups = 3;

    public static void Add(HtmlWriter html, StatusModel model)
    {
        StatusParts.AddHeadline(html, model);
        html.Add($"""<div class="lines">""");
        AddNotice(html, model);
        html.Add($"</div>");
        // Those that are up give way.
        DependencyView[] shown =
            model.Dependencies.Count <= MaxCards
                ? [.. model.Dependencies]
                : [.. model.Dependencies.OrderBy(d => d.Status == DependencyStatus.Pass).Take(MaxCards)];
        html.Add($"""<ul class="cards n{shown.Length}">""");
        foreach (DependencyView dependency in shown)
        {
            AddCard(html, model, dependency, withBar: shown.Length <= MaxCardsWithBar);
        }

        html.Add($"""</ul><div class="lines">""");
        AddRoutes(html, model);
        AddLast(html, model, model.Dependencies.Count - shown.Length);
        html.Add($"</div>");
    }

    private static void AddNotice(HtmlWriter html, StatusModel model)
    {
        if (model.Override is { } inEffect)
        {
            html.Add($"""<p class="line">Override {inEffect.Value.Verdict}, ends in {StatusText.Duration(inEffect.EndsIn)}""");
            if (inEffect.Value.By.Length > 0)
            {
                html.Add($", set by <bdi>{inEffect.Value.By}</bdi>");
            }

            html.Add($": <bdi>{inEffect.Value.Reason}</bdi></p>");
        }

        string? lacking =
            model.Problems.Count > 0 ? "The configuration is wrong: see /status."
            : model.History == HistoryCondition.Unavailable ? "No history: Redis can't be read."
            : model.Dependencies.Count == 0 ? "No dependency is configured."
            : null;
        if (lacking is not null)
        {
            html.Add($"""<p class="line">{lacking}</p>""");
        }
    }

    private static void AddCard(HtmlWriter html, StatusModel model, DependencyView dependency, bool withBar)
    {
        string style = StatusParts.StyleOf(dependency.Status);
        html.Add(
            $"""<li class="panel card is-{style}"><header><h2 class="line"><bdi>{dependency.DisplayName}</bdi></h2><p class="state {style}">"""
        );
        StatusParts.AddIcon(html, style);
        string words = (dependency.Status, dependency.Reason) switch
        {
            (DependencyStatus.Pass, _) => "",
            (DependencyStatus.Unknown, Reasons.Unknown) => EmptyStates.NotChecked,
            _ => dependency.ReasonWords,
        };
        // Where there is little room, the reason matters more.
        string duration =
            dependency.Since is { } since && (withBar || words.Length == 0) ? $"for {StatusText.Duration(model.At - since)}" : "";
        html.Add(
            $"""{Headline.StateOf(dependency.Status)}</p></header><p class="why">{words}{(words.Length > 0 && duration.Length > 0 ? ", " : "")}{duration}</p>"""
        );
        if (withBar && dependency.Windows.FirstOrDefault(w => w.Window == StatusWindow.Day) is { Uptime.Words: { } uptime } day)
        {
            html.Add($"""<p class="line">24 hours: <b>{uptime}</b> up</p>""");
            StatusBar.AddAlone(html, dependency, day);
        }

        html.Add($"</li>");
    }

    private static void AddRoutes(HtmlWriter html, StatusModel model)
    {
        IGrouping<string, RouteGroup>[] groups =
        [
            .. RouteGroup
                .Of(model.Rules)
                .GroupBy(g => WordList.And([.. g.Needs]), StringComparer.Ordinal)
                .OrderBy(needs => !needs.Any(g => g.IsClosed)),
        ];
        foreach (IGrouping<string, RouteGroup> needs in groups.Take(MaxGroups))
        {
            int all = RouteGroup.CountRoutes(needs),
                closed = RouteGroup.CountRoutes(needs.Where(g => g.IsClosed));
            string style =
                closed == 0 ? "up"
                : needs.Where(g => g.IsClosed).All(g => model.IsUnknown(g.First.Write.Missing)) ? "unknown"
                : "down";
            html.Add($"""<p class="line"><span class="{style}">""");
            StatusParts.AddIcon(html, style);
            html.Add(
                $" <b>{(closed == 0 ? "open" : closed == all ? "closed" : $"{closed} closed")}</b></span>: "
                    + $"{all} {(all == 1 ? "route needs" : "routes need")} <bdi>{needs.Key}</bdi></p>"
            );
        }

        if (groups.Length > MaxGroups)
        {
            html.Add(
                $"""<p class="line quiet">and {RouteGroup.CountRoutes(groups.Skip(MaxGroups).SelectMany(n => n))} more routes: /status lists them</p>"""
            );
        }
    }

    private static void AddLast(HtmlWriter html, StatusModel model, int leftOut)
    {
        html.Add($"""<p class="line quiet">""");
        if (leftOut > 0)
        {
            html.Add($"{leftOut} more dependencies: /status. ");
        }

        if (model.Incidents.OfType<DependencyIncident>().FirstOrDefault() is not { } last)
        {
            html.Add($"{(model.History == HistoryCondition.Available ? "No incident in the last 7 days" : "No history of incidents")}</p>");
            return;
        }

        html.Add($"{(last.IsOver ? "Last" : "Ongoing")} incident: <bdi>{DependencyNameOf(last)}</bdi>");
        if (last.Reason != Reasons.Unknown)
        {
            html.Add($", {Headline.Words(last.Reason)}");
        }

        if (last.Duration(model.HistoryAt) is { } duration)
        {
            html.Add($", {StatusText.Duration(duration)}");
        }

        if (last.End is { } end)
        {
            html.Add($", ended {StatusText.Duration(TimeSpan.FromMilliseconds(model.HistoryAt - end))} ago");
        }

        html.Add($"</p>");
    }

    private static string DependencyNameOf(DependencyIncident incident) => Configuration.DependencyKind.DisplayNameOf(incident.Dependency);
}
