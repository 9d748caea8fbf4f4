namespace HxFunctions.Cli.Smoke;

internal enum SmokeOutcome
{
    Pass,

    /// <summary>It could not be looked at, or there is nothing to look at; the result says why.</summary>
    Skipped,

    Fail,
}

/// <summary>What one look at one thing gave. No text in it comes from a server, except a rule's prefix, which is checked.</summary>
/// <param name="Suite">What was looked at: the function app, the gateway, or a guarded route.</param>
/// <param name="Name">Which of its sides: with whose key, for a route.</param>
/// <param name="Request">Method and path.</param>
/// <param name="Took">Of the request that decided it.</param>
/// <param name="Found">In a few words, e.g. the status.</param>
/// <param name="Advice">What to do, or why it says little; may be empty.</param>
/// <param name="Verdict">The guard's for this request, when it was asked: <c>open</c> or <c>closed</c>.</param>
internal sealed record SmokeResult(
    string Suite,
    string Name,
    string Request,
    SmokeOutcome Outcome,
    TimeSpan Took,
    string Found,
    string Advice = "",
    string? Verdict = null
)
{
    /// <summary>The outcome as reports show it.</summary>
    public string Word =>
        Outcome switch
        {
            SmokeOutcome.Pass => "pass",
            SmokeOutcome.Fail => "fail",
            _ => "skipped",
        };
}
