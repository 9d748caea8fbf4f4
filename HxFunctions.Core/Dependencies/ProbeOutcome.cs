namespace HxFunctions.Core.Dependencies;

/// <summary>What one probe found.</summary>
/// <param name="Status"><see cref="DependencyStatus.Pass"/>, <see cref="DependencyStatus.Warn"/> or
/// <see cref="DependencyStatus.Fail"/>.</param>
/// <param name="Reason">One of <see cref="Reasons"/>, or a foreign check's token.</param>
/// <param name="Latency">How long the server took to answer the question; without an answer, how long the probe took.</param>
/// <param name="Detail">What the reason alone doesn't say: the command that a Redis lacks. See
/// <see cref="Reasons.SanitizeDetail"/>.</param>
public readonly record struct ProbeOutcome(DependencyStatus Status, string Reason, TimeSpan Latency, string? Detail = null)
{
    public bool Failed => Status == DependencyStatus.Fail;
}
