namespace HxFunctions.SystemTests.Faults;

/// <summary>
/// A walk went wrong while the machine stood still: a request that touches nothing waited as well. Deadlines of half a second then tell of
/// the machine, not of the product.
/// </summary>
internal sealed class DisturbedWalkException(TimeSpan standstill, Exception inner)
    : Exception($"The machine stood still for {standstill.TotalMilliseconds:0} ms. {inner.Message}", inner);
