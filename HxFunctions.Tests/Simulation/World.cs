using System.Globalization;

namespace HxFunctions.Tests.Simulation;

/// <summary>
/// Time, chance and order of a simulated fleet. One thread runs everything: whenever several things could happen next, a seeded die
/// decides, and when nothing can, the clock jumps to the next moment at which something does. So one seed gives one history.
/// </summary>
/// <param name="seed">Of the die.</param>
/// <param name="tells">Whether the history is written down; it costs time.</param>
/// <param name="plant">What is wrong with the product in it; <see langword="null"/>: nothing.</param>
internal sealed class World(int seed, bool tells, Plant? plant = null)
{
    public const long Second = TimeSpan.TicksPerSecond;

    /// <summary>More pieces of code than ever run at one moment, unless they keep each other going.</summary>
    private const int MaxSteps = 100_000;

    /// <summary>When the simulation begins, for people and for Redis's clock.</summary>
    public static readonly DateTimeOffset Begin = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Action, (long At, long Order)> _later = new();
    private readonly List<SimulatedScheduler.Ready> _ready = [];
    private readonly List<string> _story = [];
    private ulong _fingerprint = 14695981039346656037;
    private long _order;
    private int _steps;
    private readonly int _thread = Environment.CurrentManagedThreadId;

    /// <summary>The true time, in ticks of 100 ns since the start.</summary>
    public long Now { get; private set; }

    public double Seconds => (double)Now / Second;

    public Random Dice { get; } = new(seed);

    public Plant? Plant => plant;

    /// <summary>The first property that didn't hold, in words.</summary>
    public string? Violation { get; private set; }

    /// <summary>A number over all that has happened: equal histories have equal ones.</summary>
    public ulong Fingerprint => _fingerprint;

    public IReadOnlyList<string> Story => _story;

    /// <summary>Has something happen at a moment, or now if that is over.</summary>
    public void At(long moment, Action happens)
    {
        if (IsOnOwnThread())
        {
            _later.Enqueue(happens, (Math.Max(moment, Now), _order++));
        }
    }

    /// <summary>Has something happen after a time.</summary>
    public void After(double seconds, Action happens) => At(Now + (long)(seconds * Second), happens);

    public void Add(SimulatedScheduler.Ready ready)
    {
        if (IsOnOwnThread())
        {
            _ready.Add(ready);
        }
    }

    /// <summary>What runs elsewhere runs behind the die's back.</summary>
    private bool IsOnOwnThread()
    {
        if (_thread == Environment.CurrentManagedThreadId)
        {
            return true;
        }

        Fail($"S0: code of an instance runs outside of the simulation: {Environment.StackTrace}");
        return false;
    }

    /// <summary>Between two numbers.</summary>
    public double Between(double least, double most) => least + (Dice.NextDouble() * (most - least));

    /// <summary>Lets time pass.</summary>
    /// <param name="until">A moment; the simulation ends earlier when a property doesn't hold.</param>
    public void RunUntil(long until)
    {
        while (Violation is null)
        {
            if (_ready.Count > 0)
            {
                int chosen = _ready.Count == 1 ? 0 : Dice.Next(_ready.Count);
                SimulatedScheduler.Ready next = _ready[chosen];
                _ready[chosen] = _ready[^1];
                _ready.RemoveAt(_ready.Count - 1);
                next.Run();
                if (++_steps > MaxSteps)
                {
                    Fail("S5: it does not come to rest");
                }
            }
            else if (_later.TryPeek(out _, out (long At, long Order) due) && due.At <= until)
            {
                if (due.At > Now)
                {
                    (Now, _steps) = (due.At, 0);
                }

                _later.Dequeue()();
            }
            else
            {
                Now = until;
                return;
            }
        }
    }

    /// <summary>Writes down what has happened, for people and for comparing histories.</summary>
    public void Tell(string who, FormattableString what)
    {
        string text = FormattableString.Invariant(what);
        Count(Now);
        foreach (char c in text)
        {
            Count(c);
        }

        if (tells)
        {
            _story.Add(string.Create(CultureInfo.InvariantCulture, $"{Seconds, 9:0.000}  {who, -8}  {text}"));
        }
    }

    /// <summary>Makes something part of the fingerprint alone.</summary>
    public void Count(long number)
    {
        _fingerprint = (_fingerprint ^ (ulong)number) * 1099511628211;
    }

    /// <summary>A property doesn't hold: the simulation ends.</summary>
    public void Fail(string property)
    {
        Violation ??= string.Create(CultureInfo.InvariantCulture, $"at {Seconds:0.000} s: {property}");
    }
}
