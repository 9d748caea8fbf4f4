using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Http.Status;

/// <summary>What the page and the wall view share: icons, the headline, times, and links to the runbook.</summary>
internal static class StatusParts
{
    /// <summary>Each state has a shape of its own, too.</summary>
    public static void AddIcons(HtmlWriter html) =>
        html.Add(
            $"""<svg class="defs" width="0" height="0" aria-hidden="true"><symbol id="i-up" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7"/><path d="M5 8.5l2 2 4-4.5"/></symbol><symbol id="i-warn" viewBox="0 0 16 16"><path d="M8 1.5 15 14.5H1zM8 6.5v3.5M8 12.4v.1"/></symbol><symbol id="i-down" viewBox="0 0 16 16"><path d="M5 1h6l4 4v6l-4 4H5l-4-4V5zM5.5 5.5l5 5M10.5 5.5l-5 5"/></symbol><symbol id="i-unknown" viewBox="0 0 16 16"><path d="M8 1l7 7-7 7-7-7zM6.6 6.6a1.5 1.5 0 1 1 2 1.6q-.6.3-.6 1M8 11.2v.1"/></symbol></svg>"""
        );

    public static void AddHeadline(HtmlWriter html, StatusModel model)
    {
        Headline headline = model.Headline;
        string icon = headline switch
        {
            { IsUnknown: true } => "i-unknown",
            { State: HeadlineState.Open } => "i-up",
            { State: HeadlineState.Attention } => "i-warn",
            _ => "i-down",
        };
        html.Add(
            $"""<section class="headline {(headline.IsUnknown ? "unsure" : headline.StateName)}" aria-labelledby="headline"><svg class="icon" aria-hidden="true"><use href="#{icon}"/></svg><div><h1 id="headline" aria-live="polite">{headline.Title}</h1>"""
        );
        if (headline.Since is { } since)
        {
            html.Add($"""<p class="since">Since """);
            html.AddTime(since);
            html.Add($", for {StatusText.Duration(model.At - since)}</p>");
        }

        foreach (string detail in headline.Details)
        {
            html.Add($"<p><bdi>{detail}</bdi></p>");
        }

        html.Add($"</div></section>");
    }

    public static void AddIcon(HtmlWriter html, string style) =>
        html.Add($"""<svg class="icon" aria-hidden="true"><use href="#i-{style}"/></svg>""");

    /// <summary>Words that lead to the runbook's section about a reason, if there is a runbook.</summary>
    public static void AddReason(HtmlWriter html, StatusModel model, string reason, string words)
    {
        if (model.Options.RunbookOf(reason == Reasons.Unknown ? reason : Reasons.ForTag(reason)) is { } address)
        {
            html.Add($"""<a href="{address}" rel="noreferrer">{words}</a>""");
        }
        else
        {
            html.Add($"{words}");
        }
    }

    public static string StyleOf(DependencyStatus status) =>
        status switch
        {
            DependencyStatus.Pass => "up",
            DependencyStatus.Warn => "warn",
            DependencyStatus.Fail => "down",
            _ => "unknown",
        };

    /// <summary>For the tab: a disc while all is open, a triangle for a look, a square when something is closed.</summary>
    public static string IconOf(HeadlineState state)
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
