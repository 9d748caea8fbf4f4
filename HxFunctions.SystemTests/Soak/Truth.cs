namespace HxFunctions.SystemTests.Soak;

/// <summary>What was true of one dependency, and when: every change with the moments between which it came into effect.</summary>
/// <remarks>Times are seconds since the start of the soak.</remarks>
internal sealed class Truth
{
    private readonly Lock _lock = new();
    private Change[] _changes = [new(Condition.Up, 0, double.NegativeInfinity, double.NegativeInfinity)];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Change> Changes => Volatile.Read(ref _changes);

    /// <summary>Notes that a change begins; to be called before anything is done.</summary>
    /// <param name="noticedWithin">The documented bound until an instance that checks goes by it.</param>
    public void Begin(double now, Condition condition, double noticedWithin)
    {
        lock (_lock)
        {
            Volatile.Write(ref _changes, [.. _changes, new(condition, noticedWithin, now, double.PositiveInfinity)]);
        }
    }

    /// <summary>Notes that the change that was begun last is in full effect.</summary>
    public void Complete(double now)
    {
        lock (_lock)
        {
            Volatile.Write(ref _changes, [.. _changes[..^1], _changes[^1] with { Completed = now }]);
        }
    }

    /// <param name="Condition">What is true from then on.</param>
    /// <param name="NoticedWithin">The documented bound, in seconds.</param>
    /// <param name="Begun">Before this, what was before was true.</param>
    /// <param name="Completed">From here on the new condition is; in between either.</param>
    internal sealed record Change(Condition Condition, double NoticedWithin, double Begun, double Completed);
}
