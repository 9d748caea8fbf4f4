namespace HxFunctions.Core.Dependencies;

/// <summary>What one probe found.</summary>
/// <param name="Status"><see cref="DependencyStatus.Pass"/>, <see cref="DependencyStatus.Warn"/> or
/// <see cref="DependencyStatus.Fail"/>.</param>
/// <param name="Reason">One of <see cref="Reasons"/>, or a foreign check's token.</param>
/// <param name="Latency">How long the probe took.</param>
public readonly record struct ProbeOutcome(DependencyStatus Status, string Reason, TimeSpan Latency)
{
    public bool Failed => Status == DependencyStatus.Fail;
}
