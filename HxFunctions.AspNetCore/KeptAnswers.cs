namespace HxFunctions.AspNetCore;

/// <summary>That no rule guards a path: kept since it was asked about.</summary>
/// <param name="askedAt">A time stamp of the <see cref="TimeProvider"/>: the question's, not the answer's.</param>
/// <param name="askedAtUtc">The same moment on the wall clock.</param>
internal sealed class KeptAnswer(long askedAt, DateTimeOffset askedAtUtc, KeptLifetime lifetime)
{
    private int _isAsking;

    /// <remarks>Time stamps don't count the time for which the machine sleeps, except on Windows; the wall clock may be set. What is taken
    /// for too old is only asked about again, so the greater age counts.</remarks>
    public KeptUse UseAt(TimeProvider time)
    {
        TimeSpan counted = time.GetElapsedTime(askedAt),
            onTheWall = time.GetUtcNow() - askedAtUtc;
        return lifetime.UseAt(counted > onTheWall ? counted : onTheWall);
    }

    /// <summary>Whether the caller is the one to ask again. One at a time is.</summary>
    public bool TryBeginAsking() => Interlocked.CompareExchange(ref _isAsking, 1, 0) == 0;

    public void EndAsking() => Volatile.Write(ref _isAsking, 0);
}

/// <summary>
/// The answers that are kept, at most so many. They stand in two halves: what is used moves to the younger one; when that is full, it
/// becomes the older one, whose answers go. So a stranger who asks for ever new paths doesn't drive out those in use.
/// </summary>
/// <param name="capacity">How many there may be; 0: none.</param>
internal sealed class KeptAnswers(int capacity)
{
    /// <summary>Longer ones are asked about each time: no model's path is, and 10,000 of them have 20 MB at most.</summary>
    public const int MaxPathLength = 1024;

    private readonly Lock _lock = new();
    private Dictionary<GuardQuestion, KeptAnswer> _younger = [];
    private Dictionary<GuardQuestion, KeptAnswer> _older = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _younger.Count + _older.Count;
            }
        }
    }

    public KeptAnswer? Find(GuardQuestion question)
    {
        lock (_lock)
        {
            if (_younger.TryGetValue(question, out KeptAnswer? answer))
            {
                return answer;
            }

            if (_older.Remove(question, out answer))
            {
                Add(question, answer);
            }

            return answer;
        }
    }

    public void Keep(GuardQuestion question, KeptAnswer answer)
    {
        if (capacity == 0 || question.Path.Length > MaxPathLength)
        {
            return;
        }

        lock (_lock)
        {
            _older.Remove(question);
            Add(question, answer);
        }
    }

    public void Remove(GuardQuestion question)
    {
        lock (_lock)
        {
            _younger.Remove(question);
            _older.Remove(question);
        }
    }

    /// <summary>Under the lock.</summary>
    private void Add(GuardQuestion question, KeptAnswer answer)
    {
        if (_younger.Count >= Math.Max(1, capacity / 2) && !_younger.ContainsKey(question))
        {
            (_older, _younger) = (_younger, []);
        }

        _younger[question] = answer;
    }
}
