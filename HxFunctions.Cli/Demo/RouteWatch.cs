using System.Diagnostics;

namespace HxFunctions.Cli.Demo;

/// <summary>What a caller of the gateway got.</summary>
/// <param name="At">When, as <see cref="Stopwatch.GetTimestamp"/>.</param>
/// <param name="Status">The HTTP status; 0: no answer.</param>
/// <param name="Detail">The problem's own words, when it was one.</param>
/// <param name="RetryAfter">In seconds.</param>
internal sealed record TrafficAnswer(long At, int Status, string? Detail, int? RetryAfter)
{
    public static TrafficAnswer Now(int status, string? detail, int? retryAfter) =>
        new(Stopwatch.GetTimestamp(), status, detail, retryAfter);
}

/// <summary>An answer that is right.</summary>
/// <param name="Detail">The problem's own words; null: none, it is no problem.</param>
internal sealed record Expected(int Status, string? Detail)
{
    public static readonly Expected Open = new(200, null);

    public static Expected Closed(string missing) => new(503, $"Gateway dependency unavailable: {missing}.");

    public bool Is(TrafficAnswer answer) => answer.Status == Status && answer.Detail == Detail;
}

/// <summary>How a route's answers are to change: from one to the other once, and never back.</summary>
/// <param name="before">What is right until the change; null: anything.</param>
/// <param name="after">What is right from then on.</param>
internal sealed class Expectation(Expected? before, Expected after)
{
    private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends with the change.</summary>
    public Task Met => _met.Task;

    /// <summary>The first right answer.</summary>
    public TrafficAnswer? First { get; private set; }

    /// <summary>How many answers were neither.</summary>
    public int Wrong { get; private set; }

    public TrafficAnswer? FirstWrongAnswer { get; private set; }

    public void Observe(TrafficAnswer answer)
    {
        if (after.Is(answer))
        {
            First ??= answer;
            _met.TrySetResult();
        }
        else if (First is not null || before?.Is(answer) == false)
        {
            FirstWrongAnswer ??= answer;
            Wrong++;
        }
    }

    /// <summary>How long after <paramref name="since"/> the change came; zero when it came before; null when it did not come.</summary>
    public TimeSpan? After(long since) =>
        First is { At: var at }
            ? at > since
                ? Stopwatch.GetElapsedTime(since, at)
                : TimeSpan.Zero
            : null;
}

/// <summary>One route of the steady traffic, and what became of its requests.</summary>
internal sealed class RouteWatch(HttpMethod method, string path)
{
    private readonly Lock _lock = new();
    private Expectation _expectation = new(null, Expected.Open);
    private TrafficAnswer? _last;
    private long _since;
    private int _count;

    public HttpMethod Method => method;

    public string Path => path;

    /// <summary>Called with the last answer and the new one when those differ.</summary>
    public Action<RouteWatch, TrafficAnswer, TrafficAnswer>? Changed { get; set; }

    /// <summary>The last answer, for how long it has been that one, and how many there were in all.</summary>
    public (TrafficAnswer? Last, TimeSpan For, int Count) Now
    {
        get
        {
            lock (_lock)
            {
                return (_last, _last is null ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_since), _count);
            }
        }
    }

    /// <summary>From now on answers are held against this, and no longer against the last one.</summary>
    public Expectation Expect(Expected? before, Expected after)
    {
        lock (_lock)
        {
            return _expectation = new(before, after);
        }
    }

    public void Observe(TrafficAnswer answer)
    {
        TrafficAnswer? last;
        bool differs;
        lock (_lock)
        {
            last = _last;
            differs = last?.Status != answer.Status || last.Detail != answer.Detail;
            if (differs)
            {
                _since = answer.At;
            }

            _last = answer;
            _count++;
            _expectation.Observe(answer);
        }

        if (differs && last is not null)
        {
            Changed?.Invoke(this, last, answer);
        }
    }

    public override string ToString() => $"{method} {path}";
}
