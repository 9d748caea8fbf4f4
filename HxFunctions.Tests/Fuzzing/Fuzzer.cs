using System.Diagnostics;
using System.Numerics;
using System.Text;
using HxFunctions.Tests.Servers;

namespace HxFunctions.Tests.Fuzzing;

/// <summary>
/// Mutates what a target reads, and goes on from the texts whose outcome was a new one, so that it works its way into the reader without
/// seeing its code. The same seed and number of cases give the same texts.
/// </summary>
internal sealed class Fuzzer(FuzzTarget target, int seed)
{
    private const int MaxKept = 4000;
    private const int MaxShrinkingTries = 2000;

    private readonly Random _random = new(seed);
    private readonly List<string> _corpus = [.. target.Seeds];
    private readonly HashSet<string> _outcomes = [];
    private string _current = "";
    private long _began = Stopwatch.GetTimestamp();

    /// <summary>How many texts had an outcome of their own.</summary>
    public int Outcomes => _outcomes.Count;

    /// <summary>The most that was allocated for one text, in parts of what it may.</summary>
    public double HighestUse { get; private set; }

    /// <summary>Fails the test with the first finding: an exception, a broken promise, too much memory, or no end.</summary>
    public void Run(int cases)
    {
        Task work = Task.Factory.StartNew(
            () => Work(cases),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        while (Task.WaitAny([work], TimeSpan.FromSeconds(1)) < 0)
        {
            // A thread can't be stopped; the test that fails here leaves it behind.
            if (Stopwatch.GetElapsedTime(Volatile.Read(ref _began)) > Eventually.Patience)
            {
                Assert.Fail($"{target.Name}: no end with {Show(Volatile.Read(ref _current))}");
            }
        }

        work.GetAwaiter().GetResult();
    }

    /// <summary>As a C# string literal, for the seeds of a test.</summary>
    private static string Show(string text)
    {
        StringBuilder shown = new("\"");
        foreach (char c in text.Length > 2000 ? text[..2000] : text)
        {
            shown.Append(c is >= ' ' and <= '~' and not ('"' or '\\') ? c.ToString() : $"\\u{(int)c:x4}");
        }

        return shown.Append('"').Append(text.Length > 2000 ? $" and so on, {text.Length} characters" : "").ToString();
    }

    private void Work(int cases)
    {
        foreach (string text in target.Seeds)
        {
            Try(text);
        }

        Mutator mutator = new(_random, target.Words);
        for (int i = 0; i < cases; i++)
        {
            string text = mutator.Mutate(_corpus[_random.Next(_corpus.Count)], _corpus[_random.Next(_corpus.Count)]);
            if (Try(text) && _corpus.Count < MaxKept)
            {
                _corpus.Add(text);
            }
        }
    }

    /// <returns>Whether its outcome was new.</returns>
    private bool Try(string text)
    {
        Volatile.Write(ref _current, text);
        Volatile.Write(ref _began, Stopwatch.GetTimestamp());
        if (Judge(text, out string outcome, out long allocated) is { } finding)
        {
            Assert.Fail($"{target.Name}, seed {seed}: {finding.Message}\nText: {Show(Shrink(text, finding.Kind))}\n{finding.Detail}");
        }

        HighestUse = Math.Max(HighestUse, (double)allocated / target.Memory.For(text));
        return _outcomes.Add($"{outcome} {BitOperations.Log2((uint)text.Length + 1)}");
    }

    private Finding? Judge(string text, out string outcome, out long allocated)
    {
        Finding? finding = ReadOnce(text, out outcome, out allocated);
        // What is made once and kept is no cost of this text.
        return finding is { Kind: Finding.Memory } ? ReadOnce(text, out outcome, out allocated) : finding;
    }

    private Finding? ReadOnce(string text, out string outcome, out long allocated)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        outcome = "";
        allocated = 0;
        try
        {
            outcome = target.Read(text);
        }
        catch (Exception exception)
        {
            return new(exception.GetType().Name, exception.Message, exception.ToString());
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        long most = target.Memory.For(text);
        return allocated <= most ? null : new(Finding.Memory, $"{allocated} bytes for {text.Length} characters, where {most} may be", "");
    }

    /// <summary>Leaves out what the finding doesn't need.</summary>
    private string Shrink(string text, string kind)
    {
        int tries = 0;
        for (int size = Math.Max(1, text.Length / 2); size >= 1; size /= 2)
        {
            for (int start = 0; start + size <= text.Length && tries < MaxShrinkingTries; tries++)
            {
                string shorter = text.Remove(start, size);
                if (Judge(shorter, out _, out _)?.Kind == kind)
                {
                    text = shorter;
                }
                else
                {
                    start += size;
                }
            }
        }

        return text;
    }

    private sealed record Finding(string Kind, string Message, string Detail)
    {
        public const string Memory = "memory";
    }
}
