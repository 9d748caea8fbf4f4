namespace HxFunctions.Wiring;

/// <summary>How a step of <c>hx wire</c> ended.</summary>
internal enum StepResult
{
    Pass,
    Fail,

    /// <summary>Not tried: left out by an option, or a step before it failed.</summary>
    Skipped,
}

/// <summary>One step of <c>hx wire</c>, as it is printed.</summary>
/// <param name="Name">What was done, for people: <c>restart hx-litellm-gateway.service</c>.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Detail">One line on what came out. No secrets and no content of files.</param>
/// <param name="Advice">What to do now; <see langword="null"/> unless the step failed.</param>
internal sealed record WireStep(string Name, StepResult Result, TimeSpan Duration, string Detail, string? Advice);
