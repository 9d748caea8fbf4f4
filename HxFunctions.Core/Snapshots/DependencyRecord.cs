using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Snapshots;

/// <summary>The state of a dependency as it is stored and shared.</summary>
/// <param name="Latency">How long the server took to answer the last probe; without an answer, how long that probe took.</param>
/// <param name="CheckedAt">When, by the wall clock of the instance that checked: for people. Age is reckoned otherwise.</param>
/// <param name="Sequence">Grows by one with each check that lands, whoever makes it.</param>
/// <param name="Source">The instance that checked.</param>
public sealed record DependencyRecord(DependencyState State, TimeSpan Latency, DateTimeOffset CheckedAt, long Sequence, string Source);
