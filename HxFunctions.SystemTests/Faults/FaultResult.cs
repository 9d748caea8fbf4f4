using HxFunctions.Core.Dependencies;

namespace HxFunctions.SystemTests.Faults;

/// <summary>What a walk through one cell found.</summary>
/// <param name="AtStart">By an instance that was started into the fault.</param>
/// <param name="Steady">After everything was well.</param>
/// <param name="Recovering">When it broke again on its way up. Null with <see cref="Steady"/>: it can only be there at the start.</param>
/// <param name="ClosedAtOnce">Whether one failed probe closed the open route.</param>
internal sealed record FaultResult(FaultCell Cell, Held AtStart, Held? Steady, Held? Recovering, bool ClosedAtOnce, FaultFigures Figures);

/// <summary>What is held of the dependency, and with it of its routes.</summary>
internal sealed record Held(DependencyStatus Status, string Reason);

/// <summary>The slowest of each: answers of the guard, answers of the request that touches nothing in the same time, probes.</summary>
internal sealed record FaultFigures(TimeSpan Guard, TimeSpan Live, TimeSpan Probe);
