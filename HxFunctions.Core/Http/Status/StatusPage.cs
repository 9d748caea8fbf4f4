using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Core.Telemetry;

namespace HxFunctions.Core.Http.Status;

/// <summary>The status page: a model in, HTML out. Nothing in it names a host, a user or a key, and no link repeats the address.</summary>
internal static class StatusPage
{
    /// <summary>How often the page renews itself without JavaScript, in seconds. With it the script's own pace counts.</summary>
    private const int RefreshSeconds = 30;

    /// <param name="nonce">What the policy allows the style and the script by.</param>
    public static string Render(StatusModel model, string nonce)
    {
        HtmlWriter html = new();
        AddHead(html, model, nonce);
        html.Add($"""<body><a class="skip" href="#main">To the content</a>""");
        AddIcons(html);
        html.Add(
            $"""<header class="top"><p class="brand">HxFunctions status</p><p class="quiet small" id="as-of">As of <time datetime="{StatusText.Iso(model.At)}">{StatusText.Full(model.At)}</time> UTC</p></header>"""
        );
        html.Add(
            $"""<p class="notice lost" id="lost" role="status" hidden><strong>No answer.</strong> The app can't be reached or refuses the key. What is below is as old as the time above says.</p><main id="main" tabindex="-1">"""
        );
        AddHeadline(html, model);
        // Always there, so that what follows keeps its place when a notice comes or goes.
        html.Add($"<div>");
        AddNotices(html, model);
        html.Add($"</div>");
        AddDependencies(html, model);
        html.Add($"""<div class="columns">""");
        StatusTables.AddRules(html, model);
        StatusTables.AddIncidents(html, model);
        html.Add(
            $"""</div></main><footer id="foot"><p>HxFunctions {ProductVersion.Text}. Guard: {ModeWords(model.Mode)}. All times are UTC.</p></footer>"""
        );
        html.Add($"""<script nonce="{nonce}">""");
        html.AddAsset(StatusAsset.Script);
        html.Add($"</script></body></html>");
        return html.ToString();
    }

    private static void AddHead(HtmlWriter html, StatusModel model, string nonce)
    {
        html.Add(
            $"""<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">"""
        );
        html.Add(
            $"""<title>{model.Headline.Title} · HxFunctions</title><link rel="icon" id="icon" href="{IconOf(model.Headline.State)}">"""
        );
        html.Add($"""<noscript><meta http-equiv="refresh" content="{RefreshSeconds}"></noscript><style nonce="{nonce}">""");
        html.AddAsset(StatusAsset.Style);
        html.Add($"</style></head>");
    }

    /// <summary>Each state has a shape of its own, too.</summary>
    private static void AddIcons(HtmlWriter html) =>
        html.Add(
            $"""<svg class="defs" width="0" height="0" aria-hidden="true"><symbol id="i-up" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7"/><path d="M5 8.5l2 2 4-4.5"/></symbol><symbol id="i-warn" viewBox="0 0 16 16"><path d="M8 1.5 15 14.5H1zM8 6.5v3.5M8 12.4v.1"/></symbol><symbol id="i-down" viewBox="0 0 16 16"><path d="M5 1h6l4 4v6l-4 4H5l-4-4V5zM5.5 5.5l5 5M10.5 5.5l-5 5"/></symbol><symbol id="i-unknown" viewBox="0 0 16 16"><path d="M8 1l7 7-7 7-7-7zM6.6 6.6a1.5 1.5 0 1 1 2 1.6q-.6.3-.6 1M8 11.2v.1"/></symbol></svg>"""
        );

    private static void AddHeadline(HtmlWriter html, StatusModel model)
    {
        Headline headline = model.Headline;
        string icon = headline.State switch
        {
            HeadlineState.Open => "i-up",
            HeadlineState.Attention => "i-warn",
            _ => "i-down",
        };
        html.Add(
            $"""<section class="headline {headline.StateName}" aria-labelledby="headline"><svg class="icon" aria-hidden="true"><use href="#{icon}"/></svg><div><h1 id="headline" aria-live="polite">{headline.Title}</h1>"""
        );
        if (headline.Since is { } since)
        {
            html.Add(
                $"""<p class="since">Since <time datetime="{StatusText.Iso(since)}">{StatusText.Full(since)}</time> UTC, for {StatusText.Duration(model.At - since)}</p>"""
            );
        }

        foreach (string detail in headline.Details)
        {
            html.Add($"<p><bdi>{detail}</bdi></p>");
        }

        html.Add($"</div></section>");
    }

    private static void AddNotices(HtmlWriter html, StatusModel model)
    {
        if (model.Override is { } inEffect)
        {
            html.Add(
                $"""<section class="notice" aria-label="Override"><p><strong>Override: {inEffect.Value.Verdict}</strong>, set <time datetime="{StatusText.Iso(inEffect.Value.SetAt)}">{StatusText.Full(inEffect.Value.SetAt)}</time> UTC, ends in {StatusText.Duration(inEffect.EndsIn)}"""
            );
            if (inEffect.Value.By.Length > 0)
            {
                html.Add($", by <bdi>{inEffect.Value.By}</bdi>");
            }

            if (model.Mode == GuardMode.Off)
            {
                html.Add($"; without effect while the guard is off");
            }

            html.Add($""".</p><p><bdi>{inEffect.Value.Reason}</bdi></p></section>""");
        }

        if (model.Problems.Count > 0)
        {
            html.Add($"""<section class="notice" aria-label="Configuration"><p><strong>The configuration is wrong.</strong></p><ul>""");
            foreach (ConfigurationProblem problem in model.Problems)
            {
                html.Add($"<li><code>{problem.Variable}</code> {problem.Problem}</li>");
            }

            html.Add($"</ul></section>");
        }

        string? lacking = model switch
        {
            { History: HistoryCondition.Unavailable } =>
                "Redis gives no history at the moment. What follows is what this instance knows by itself; bars, curves and "
                    + "incidents come back with Redis.",
            { History: HistoryCondition.None, Problems.Count: 0 } =>
                "No history is kept without REDIS_URL. What follows is what this instance knows by itself.",
            { Store: StoreCondition.Unusable } =>
                "Redis can't be used to share knowledge at the moment. What follows is what this instance knows by itself, "
                    + "with the history from before.",
            _ => null,
        };
        if (lacking is not null)
        {
            html.Add($"""<p class="notice">{lacking}</p>""");
        }
    }

    private static void AddDependencies(HtmlWriter html, StatusModel model)
    {
        html.Add($"""<section aria-labelledby="dependencies"><div class="head"><h2 id="dependencies">Dependencies</h2>""");
        if (model.History == HistoryCondition.Available)
        {
            html.Add(
                $"""<ul class="legend" aria-label="How the bars are drawn"><li><svg viewBox="0 0 12 12" preserveAspectRatio="none" aria-hidden="true"><path class="f-up" d="M0 5h12v7H0z"/></svg>up</li><li><svg viewBox="0 0 12 12" preserveAspectRatio="none" aria-hidden="true"><path class="f-warn" d="M0 3h12v9H0z"/></svg>degraded</li><li><svg viewBox="0 0 12 12" preserveAspectRatio="none" aria-hidden="true"><path class="f-down" d="M0 0h12v12H0z"/></svg>down</li><li><svg viewBox="0 0 12 12" preserveAspectRatio="none" aria-hidden="true"><path class="f-gap" d="M0 10h12"/></svg>not known</li></ul>"""
            );
        }

        html.Add($"""</div><ul class="cards">""");
        for (int i = 0; i < model.Dependencies.Count; i++)
        {
            AddCard(html, model, model.Dependencies[i], i);
        }

        html.Add($"</ul></section>");
    }

    /// <param name="index">Makes identifiers: a name may hold anything.</param>
    private static void AddCard(HtmlWriter html, StatusModel model, DependencyView dependency, int index)
    {
        string style = StyleOf(dependency.Status);
        html.Add(
            $"""<li><article class="panel card" aria-labelledby="d{index}"><header><h3 id="d{index}"><bdi>{dependency.DisplayName}</bdi></h3><p class="state {style}"><svg class="icon" aria-hidden="true"><use href="#i-{style}"/></svg>{Headline.StateOf(dependency.Status)}</p></header><dl class="facts">"""
        );
        string reason =
            dependency.Status == DependencyStatus.Unknown && dependency.Reason == Reasons.Unknown
                ? "nothing trustworthy is known"
                : dependency.ReasonWords;
        html.Add($"<dt>Reason</dt><dd>{reason}</dd>");
        if (dependency is { Since: { } since, Latency: { } latency, Age: { } age })
        {
            html.Add(
                $"""<dt>Since</dt><dd><time datetime="{StatusText.Iso(since)}">{StatusText.Full(since)}</time> <span class="quiet">({StatusText.Duration(model.At - since)})</span></dd>"""
            );
            html.Add(
                $"<dt>Latency</dt><dd>{StatusText.Latency(latency.TotalMilliseconds)}</dd>"
                    + $"<dt>Checked</dt><dd>{StatusText.Duration(age)} ago</dd>"
            );
        }

        html.Add($"</dl>");
        if (dependency.Windows.Count > 0)
        {
            html.Add($"""<div class="bars">""");
            foreach (HistoryCells cells in dependency.Windows)
            {
                StatusCharts.AddBar(html, dependency, cells);
            }

            html.Add($"""</div><div class="curves">""");
            foreach (HistoryCells cells in dependency.Windows)
            {
                html.Add(
                    $"""<details name="latency-{index}"{(cells.Window == StatusWindow.Hour ? " open" : "")}><summary><span>Latency, {cells.Window.Title}</span> <span class="quiet">{StatusCharts.LatencySummary(cells)}</span></summary>"""
                );
                StatusCharts.AddCurve(html, dependency, cells);
                html.Add($"</details>");
            }

            html.Add($"</div>");
        }

        html.Add($"</article></li>");
    }

    private static string StyleOf(DependencyStatus status) =>
        status switch
        {
            DependencyStatus.Pass => "up",
            DependencyStatus.Warn => "warn",
            DependencyStatus.Fail => "down",
            _ => "unknown",
        };

    private static string ModeWords(GuardMode mode) =>
        mode switch
        {
            GuardMode.Enforce => "enforcing",
            GuardMode.Shadow => "shadow mode",
            _ => "off",
        };

    /// <summary>For the tab: a disc while all is open, a triangle for a look, a square when something is closed.</summary>
    private static string IconOf(HeadlineState state)
    {
        string shape = state switch
        {
            HeadlineState.Open => "%3Ccircle cx='8' cy='8' r='7' fill='%231a7a4a'/%3E",
            HeadlineState.Attention => "%3Cpath d='M8 1l7 14H1z' fill='%23d28a1c'/%3E",
            _ => "%3Cpath d='M1 1h14v14H1z' fill='%23b3261e'/%3E",
        };
        return $"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E{shape}%3C/svg%3E";
    }
}
