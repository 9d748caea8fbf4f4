using System.Diagnostics.CodeAnalysis;

namespace HxFunctions.Core.Configuration;

/// <summary>A link that the status page shows.</summary>
internal sealed record StatusLink(string Title, Uri Address);

/// <summary>What an operator may put on the status page: a title, links, and where the runbook is.</summary>
/// <param name="Title">Names the deployment.</param>
/// <param name="Runbook">The page with a section for each reason; <see langword="null"/>: reasons are no links.</param>
internal sealed record StatusPageOptions(string Title, IReadOnlyList<StatusLink> Links, Uri? Runbook)
{
    public const int MaxTitleLength = 60;
    public const int MaxLinks = 8;

    public static StatusPageOptions Default { get; } = new("HxFunctions status", [], null);

    /// <summary>Reads the three variables. What is wrong is left out and is a hint, not a problem: a typing error in a link must not close
    /// routes.</summary>
    public static StatusPageOptions Read(VariableReader variables)
    {
        string title = variables.Text(Variables.StatusTitle) ?? Default.Title;
        if (title.Length > MaxTitleLength || title.Any(char.IsControl))
        {
            variables.AddHint(Variables.StatusTitle, $"is not shown: it must be one line of at most {MaxTitleLength} characters");
            title = Default.Title;
        }

        string? problem = null;
        IReadOnlyList<StatusLink> links = variables.Text(Variables.StatusLinks) is { } text ? ParseLinks(text, out problem) : [];
        if (problem is not null)
        {
            variables.AddHint(Variables.StatusLinks, $"is not shown: it {problem}");
        }

        Uri? runbook = null;
        if (variables.Text(Variables.StatusRunbook) is { } address && !TryParseAddress(address, out runbook, out problem))
        {
            variables.AddHint(Variables.StatusRunbook, $"is not used: it {problem}");
            runbook = null;
        }

        return new(title, links, runbook);
    }

    /// <summary>Reads <c>Title=https://…; Other=https://…</c>.</summary>
    public static IReadOnlyList<StatusLink> ParseLinks(string text, out string? problem)
    {
        problem = null;
        List<StatusLink> links = [];
        foreach (string entry in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            string title = equals < 0 ? "" : entry[..equals].TrimEnd();
            if (title.Length is 0 or > MaxTitleLength)
            {
                problem = $"must be links such as Dashboard=https://…; Chat=https://…, with titles of at most {MaxTitleLength} characters";
                return [];
            }

            if (!TryParseAddress(entry[(equals + 1)..].TrimStart(), out Uri? address, out problem))
            {
                return [];
            }

            links.Add(new(title, address));
        }

        if (links.Count <= MaxLinks)
        {
            return links;
        }

        problem = $"has more than {MaxLinks} links";
        return [];
    }

    /// <summary>Reads the address of a link. Whoever sees the page sees it, so it may hold no credential.</summary>
    public static bool TryParseAddress(string text, [NotNullWhen(true)] out Uri? address, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out address) || address is not { Scheme: "http" or "https", UserInfo: "" })
        {
            problem = "must use http:// or https:// URLs without a user name or password";
        }
        else if (UrlSecrets.HasKeyParameter(address))
        {
            problem = "has a URL with a key in it, which everyone who sees the page could read";
        }

        return problem is null;
    }

    /// <summary>The runbook's section about a reason, or <see langword="null"/> without a runbook.</summary>
    /// <param name="section">The section's name.</param>
    public string? RunbookOf(string section) => Runbook is null ? null : $"{Runbook.GetLeftPart(UriPartial.Query)}#{section}";
}
