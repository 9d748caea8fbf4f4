namespace HxFunctions.Tests.Simulation.Redis;

/// <summary>How each write of the last 60 s of true time is undone, newest first.</summary>
/// <param name="trueMicroseconds">The true time, which no one sets.</param>
internal sealed class UndoLog(Func<long> trueMicroseconds)
{
    /// <summary>How far back writes can be undone, in microseconds.</summary>
    public const long Reach = 60_000_000;

    private readonly List<(long At, Action Undo)> _log = [];
    private int _first;

    public void Add(Action undo)
    {
        long now = trueMicroseconds();
        while (_first < _log.Count && _log[_first].At < now - Reach)
        {
            _log[_first++] = default;
        }

        if (_first > 64 && _first > _log.Count / 2)
        {
            _log.RemoveRange(0, _first);
            _first = 0;
        }

        _log.Add((now, undo));
    }

    /// <summary>Undoes what was written later than this many microseconds ago.</summary>
    public void Undo(long lostMicroseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lostMicroseconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lostMicroseconds, Reach);
        long kept = trueMicroseconds() - lostMicroseconds;
        while (_log.Count > _first && _log[^1].At > kept)
        {
            Action undo = _log[^1].Undo;
            _log.RemoveAt(_log.Count - 1);
            undo();
        }
    }
}
