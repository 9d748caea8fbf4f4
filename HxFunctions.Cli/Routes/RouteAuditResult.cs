using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Routes;

/// <summary>An operation, what is known about it and what the rules do with it.</summary>
/// <param name="Route">Its path without any base path.</param>
/// <param name="Rules">The rules that count for a request to it.</param>
/// <param name="Entry">The entry of GUARD_ROUTES that would guard it, or exempt it; <see langword="null"/> when none can.</param>
internal sealed record AuditedOperation(
    ApiOperation Operation,
    string Route,
    RouteJudgement Judgement,
    IReadOnlyList<GuardRule> Rules,
    string? Entry = null
)
{
    /// <summary>What the rules need, each once.</summary>
    public IEnumerable<string> Needs => Rules.SelectMany(rule => rule.Dependencies).Distinct(StringComparer.Ordinal);
}

/// <summary>What <c>hx routes check</c> finds.</summary>
internal sealed record RouteAuditResult
{
    /// <summary>The version that the document names.</summary>
    public string? Version { get; init; }

    public required IReadOnlyList<AuditedOperation> Operations { get; init; }

    /// <summary>Admin routes, known or likely, that no rule guards.</summary>
    public required IReadOnlyList<AuditedOperation> Unguarded { get; init; }

    /// <summary>Admin routes that an exemption of GUARD_ROUTES opens: the operator's decision, no finding.</summary>
    public required IReadOnlyList<AuditedOperation> Exempted { get; init; }

    /// <summary>Open routes that may be admin routes; no finding.</summary>
    public required IReadOnlyList<AuditedOperation> Possible { get; init; }

    /// <summary>Operations that do without the database and Redis, and that a rule closes.</summary>
    public required IReadOnlyList<AuditedOperation> Needless { get; init; }

    /// <summary>Entries of GUARD_ROUTES that match nothing in the document.</summary>
    public required IReadOnlyList<string> Unmatched { get; init; }

    /// <summary>Such entries that match a route of LiteLLM's list: it may be hidden, or not loaded yet. No finding.</summary>
    public required IReadOnlyList<string> Hidden { get; init; }

    public required int DefaultRules { get; init; }

    /// <summary>Default rules that match nothing in the document.</summary>
    public required int UnmatchedDefaultRules { get; init; }

    /// <summary>A base path that requests have by the document, while GUARD_BASE_PATH is not set and routes need it.</summary>
    public string? ForeignBasePath { get; init; }

    /// <summary>A base path that requests have by the document, and that is none of those that GUARD_BASE_PATH names.</summary>
    public string? OtherBasePath { get; init; }

    /// <summary>How many entries of the document were left out.</summary>
    public int Unreadable { get; init; }

    /// <summary>Whether there are default rules, and the document has nothing for them: then it isn't LiteLLM's, or is cut.</summary>
    public bool IsForeign => DefaultRules > 0 && UnmatchedDefaultRules == DefaultRules;

    public int GuardedCount => Operations.Count(operation => operation.Rules.Count > 0);

    /// <summary>How many operations LiteLLM's list has.</summary>
    public int KnownCount => Operations.Count(operation => operation.Judgement.Row is not null);

    public bool IsClean => Unguarded.Count == 0 && Needless.Count == 0 && Unmatched.Count == 0 && !IsForeign;
}
