using HxFunctions.Core.Configuration;
using HxFunctions.Core.Snapshots;
using HxFunctions.Core.Telemetry;

namespace HxFunctions.Core.Http.Status;

/// <summary>The status page: a model in, HTML out. Nothing in it names a host, a user or a key, and no link repeats the address.</summary>
internal static class StatusPage
{
    /// <summary>How often the page renews itself without JavaScript, in seconds. With it the script's own pace counts.</summary>
    private const int RefreshSeconds = 30;

    /// <param name="nonce">What the policy allows the style and the script by.</param>
    /// <param name="wall">For a screen on the wall: less, and larger.</param>
    public static string Render(StatusModel model, string nonce, bool wall = false)
    {
        HtmlWriter html = new();
        AddHead(html, model, nonce);
        html.Add($"""<body class="{(wall ? "wall" : "page")}"><a class="skip" href="#main">To the content</a>""");
        StatusParts.AddIcons(html);
        AddTop(html, model, wall);
        html.Add(
            $"""<p class="notice lost" id="lost" role="status" hidden><strong>No answer.</strong> The app can't be reached or refuses the key. Everything below is as old as the time above.</p><main id="main" tabindex="-1">"""
        );
        if (wall)
        {
            StatusWall.Add(html, model);
        }
        else
        {
            AddContent(html, model);
        }

        html.Add($"""</main><footer id="foot">""");
        if (!wall)
        {
            AddFoot(html, model);
        }

        html.Add($"""</footer><script nonce="{nonce}">""");
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
            $"""<title>{model.Headline.Title} · {model.Options.Title}</title><link rel="icon" id="icon" href="{StatusParts.IconOf(model.Headline.State)}">"""
        );
        html.Add($"""<noscript><meta http-equiv="refresh" content="{RefreshSeconds}"></noscript><style nonce="{nonce}">""");
        html.AddAsset(StatusAsset.Style);
        html.Add($"</style></head>");
    }

    private static void AddTop(HtmlWriter html, StatusModel model, bool wall)
    {
        html.Add($"""<header class="top"><p class="brand"><bdi>{model.Options.Title}</bdi></p>""");
        if (!wall && model.Options.Links.Count > 0)
        {
            html.Add($"""<nav aria-label="Links"><ul class="links">""");
            foreach (StatusLink link in model.Options.Links)
            {
                html.Add($"""<li><a href="{link.Address.AbsoluteUri}" rel="noreferrer"><bdi>{link.Title}</bdi></a></li>""");
            }

            html.Add($"</ul></nav>");
        }

        html.Add($"""<p class="quiet small" id="as-of">As of """);
        html.AddTime(model.At);
        html.Add($"</p></header>");
    }

    private static void AddContent(HtmlWriter html, StatusModel model)
    {
        StatusParts.AddHeadline(html, model);
        // Always there, so that what follows keeps its place when a notice comes or goes.
        html.Add($"<div>");
        AddNotices(html, model);
        html.Add($"</div>");
        StatusCards.Add(html, model);
        html.Add($"""<div class="columns">""");
        StatusRoutes.Add(html, model);
        StatusIncidents.Add(html, model);
        html.Add($"</div>");
    }

    private static void AddNotices(HtmlWriter html, StatusModel model)
    {
        if (model.Override is { } inEffect)
        {
            AddOverride(html, model, inEffect);
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
                "Redis gives no history at the moment. This page shows what this instance knows; bars, curves and incidents come back "
                    + "with Redis.",
            { History: HistoryCondition.None, Problems.Count: 0 } =>
                "No history is kept without REDIS_URL. Set it, and bars, curves and incidents appear here. This page shows what this "
                    + "instance knows.",
            { Store: StoreCondition.Unusable } =>
                "Instances can't share what they know through Redis at the moment. This page shows what this instance knows, with the "
                    + "history from before.",
            _ => null,
        };
        if (lacking is not null)
        {
            html.Add($"""<p class="notice">{lacking}</p>""");
        }
    }

    /// <summary>Who, why and since when.</summary>
    private static void AddOverride(HtmlWriter html, StatusModel model, StatusOverride inEffect)
    {
        GuardOverride value = inEffect.Value;
        html.Add(
            $"""<section class="notice" aria-label="Override"><p><strong>Manual override: all guarded routes {value.Verdict}</strong>{(model.Mode == GuardMode.Off ? " (no effect while the guard is off)" : "")}</p><dl class="facts">"""
        );
        html.Add($"<dt>Why</dt><dd><bdi>{value.Reason}</bdi></dd><dt>Who</dt><dd>");
        if (value.By.Length > 0)
        {
            html.Add($"<bdi>{value.By}</bdi>");
        }
        else
        {
            html.Add($"not given");
        }

        html.Add($"</dd><dt>Since</dt><dd>");
        html.AddTime(value.SetAt);
        html.Add(
            $"""</dd><dt>Ends</dt><dd>in {StatusText.Duration(inEffect.EndsIn)}, or with <code>hx override clear</code></dd></dl></section>"""
        );
    }

    private static void AddFoot(HtmlWriter html, StatusModel model)
    {
        html.Add(
            $"""<p>HxFunctions {ProductVersion.Text}. Guard: {ModeWords(model.Mode)}. Times are UTC; with JavaScript, your local time is beside them.</p>"""
        );
        html.Add(
            $"""<p>Add your key to use these: <code>/status?view=wall</code> (for a screen on the wall), <code>/{Endpoints.StatusFeedRoute}</code> (incidents as an Atom feed), <code>/badge/all.svg</code> (a badge; a dependency's name in place of <code>all</code>), <code>/{Endpoints.StatusHistoryRoute}</code> (JSON).</p>"""
        );
    }

    private static string ModeWords(GuardMode mode) =>
        mode switch
        {
            GuardMode.Enforce => "enforcing",
            GuardMode.Shadow => "shadow mode",
            _ => "off",
        };
}
