using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Http.Status;

/// <summary>A card per dependency: its state, why, since when, and how it was.</summary>
internal static class StatusCards
{
    public static void Add(HtmlWriter html, StatusModel model)
    {
        html.Add($"""<section aria-labelledby="dependencies"><div class="head"><h2 id="dependencies">Dependencies</h2>""");
        if (model.Dependencies.Any(HasHistory))
        {
            html.Add(
                $"""<ul class="legend" aria-label="How the bars are drawn"><li><svg viewBox="0 0 12 12" preserveAspectRatio="none" aria-hidden="true"><path class="f-up" d="M0 5h12v7H0z"/></svg>up</li><li><svg viewBox="0 0 12 12" preserveAspectRatio="none" aria-hidden="true"><path class="f-warn" d="M0 3h12v9H0z"/></svg>degraded</li><li><svg viewBox="0 0 12 12" preserveAspectRatio="none" aria-hidden="true"><path class="f-down" d="M0 0h12v12H0z"/></svg>down</li><li><svg viewBox="0 0 12 12" preserveAspectRatio="none" aria-hidden="true"><path class="f-gap" d="M0 10h12"/></svg>no data</li></ul>"""
            );
        }

        html.Add($"</div>");
        if (model.Dependencies.Count == 0)
        {
            html.Add(
                $"""<p class="panel none quiet">No dependency is configured. Set PG_URL, REDIS_URL, QDRANT_URL or DEPENDENCIES: each dependency then has a card here.</p></section>"""
            );
            return;
        }

        html.Add($"""<ul class="cards{(model.Dependencies.Count is 2 or 4 ? " pairs" : "")}">""");
        for (int i = 0; i < model.Dependencies.Count; i++)
        {
            AddCard(html, model, model.Dependencies[i], i);
        }

        html.Add($"</ul></section>");
    }

    private static bool HasHistory(DependencyView dependency) => dependency.Windows.Any(w => w.Uptime.Known > 0);

    /// <param name="index">Makes identifiers: a name may hold anything.</param>
    private static void AddCard(HtmlWriter html, StatusModel model, DependencyView dependency, int index)
    {
        string style = StatusParts.StyleOf(dependency.Status);
        html.Add(
            $"""<li><article class="panel card is-{style}" aria-labelledby="d{index}"><header><h3 id="d{index}"><bdi>{dependency.DisplayName}</bdi></h3><p class="state {style}">"""
        );
        StatusParts.AddIcon(html, style);
        html.Add($"""{Headline.StateOf(dependency.Status)}</p></header><dl class="facts">""");
        AddReason(html, model, dependency);
        if (dependency is { Since: { } since, Latency: { } latency, Age: { } age })
        {
            html.Add($"<dt>Since</dt><dd>");
            html.AddTime(since);
            html.Add($""" <span class="quiet">({StatusText.Duration(model.At - since)})</span></dd>""");
            html.Add(
                $"<dt>Latency</dt><dd>{StatusText.Latency(latency.TotalMilliseconds)}</dd>"
                    + $"<dt>Checked</dt><dd>{StatusText.Duration(age)} ago</dd>"
            );
        }

        html.Add($"</dl>");
        if (HasHistory(dependency))
        {
            AddHistory(html, dependency, index);
        }
        else if (dependency.Windows.Count > 0)
        {
            html.Add($"""<p class="quiet small">No history yet. Uptime, bars and latency curves appear here with the first check.</p>""");
        }

        html.Add($"</article></li>");
    }

    /// <summary>Why it isn't up, and what to check or wait for.</summary>
    private static void AddReason(HtmlWriter html, StatusModel model, DependencyView dependency)
    {
        if (dependency.Status == DependencyStatus.Pass)
        {
            return;
        }

        bool isUnchecked = dependency is { Status: DependencyStatus.Unknown, Reason: Reasons.Unknown };
        html.Add($"<dt>Reason</dt><dd>");
        StatusParts.AddReason(html, model, dependency.Reason, isUnchecked ? EmptyStates.NotChecked : dependency.ReasonWords);
        html.Add($"</dd>");
        if (isUnchecked)
        {
            html.Add(
                $"<dt>Next</dt><dd>The timer checks every {StatusText.Duration(model.Interval)}. "
                    + $"A request to a route that needs it starts a check at once.</dd>"
            );
        }
        else if (Advice.For(dependency.Reason, dependency.Name, dependency.Detail) is { Length: > 0 } advice)
        {
            html.Add($"<dt>What to check</dt><dd>{advice}</dd>");
        }
    }

    private static void AddHistory(HtmlWriter html, DependencyView dependency, int index)
    {
        html.Add($"""<div class="bars">""");
        foreach (HistoryCells cells in dependency.Windows)
        {
            StatusBar.Add(html, dependency, cells);
        }

        html.Add($"""</div><div class="curves">""");
        foreach (HistoryCells cells in dependency.Windows)
        {
            html.Add(
                $"""<details name="latency-{index}"{(cells.Window == StatusWindow.Hour ? " open" : "")}><summary><span>Latency, {cells.Window.Title}</span> <span class="quiet">{LatencyCurve.Summary(cells)}</span></summary>"""
            );
            LatencyCurve.Add(html, dependency, cells);
            html.Add($"</details>");
        }

        html.Add($"</div>");
    }
}
