namespace HxFunctions.Core.Dependencies;

/// <summary>
/// A time limit for code that isn't ours. Its token is cancelled on a thread made for that, and what the token's callbacks throw ends
/// there.
/// </summary>
/// <remarks>
/// Drivers act in those callbacks. Npgsql's connects to the server to ask it to cancel the query, and waits: on the pool, every answer
/// would wait with it. And when the connection is closed at that moment, it throws: out of a timer's callback, that ends the process.
/// </remarks>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _outer;
    private readonly ITimer _timer;
    private readonly TimeProvider _time;
    private readonly TimeSpan _length;
    private readonly long _began;

    /// <param name="length">From now. Zero or less: it has passed.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public Deadline(TimeSpan length, TimeProvider time, CancellationToken cancellationToken = default)
    {
        _time = time;
        _length = length > TimeSpan.Zero ? length : TimeSpan.Zero;
        _began = time.GetTimestamp();
        Token = _source.Token;
        _outer = cancellationToken.UnsafeRegister(static deadline => ((Deadline)deadline!).Cancel(), this);
        _timer = time.CreateTimer(
            static deadline => ((Deadline)deadline!)._source.CancelAside(TaskScheduler.Default),
            this,
            _length > TimeSpan.Zero ? _length : Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        if (_length == TimeSpan.Zero)
        {
            // Nobody has registered anything yet.
            _source.Cancel();
        }
    }

    public CancellationToken Token { get; }

    public bool IsOver => Token.IsCancellationRequested;

    /// <summary>Never negative.</summary>
    public TimeSpan Left => _length - _time.GetElapsedTime(_began) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>From now on only the outer token ends it.</summary>
    public void Lift() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _timer.Dispose();
        _outer.Dispose();
        _source.Dispose();
    }

    private void Cancel()
    {
        try
        {
            _source.Cancel();
        }
        catch (Exception exception) when (exception is AggregateException or ObjectDisposedException)
        {
            // A driver's callback; or the deadline was given up at this moment.
        }
    }
}
