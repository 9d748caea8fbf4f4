namespace HxFunctions.AspNetCore;

/// <summary>What the guard said.</summary>
internal enum Verdict
{
    Open,
    Closed,

    /// <summary>Nothing: no connection, no answer in time, or a server's error that isn't the guard's (RFC 5861 section 4).</summary>
    NoAnswer,

    /// <summary>Something that no guard says. It closes.</summary>
    Odd,
}

/// <summary>An answer to one question.</summary>
/// <param name="Trouble">What was wrong with an answer, or the lack of one, in a word for the log; empty for a verdict.</param>
internal sealed record GuardAnswer(Verdict Verdict, string Trouble = "")
{
    /// <summary>How long an open answer may be kept; <see langword="null"/>: not at all.</summary>
    public KeptLifetime? Lifetime { get; init; }

    /// <summary>Whether the trouble may be the caller's: a question that the guard can't read. It says nothing about the guard.</summary>
    public bool IsAboutTheQuestion { get; init; }

    /// <summary>A closed answer's Retry-After, in seconds.</summary>
    public int RetryAfter { get; init; }

    /// <summary>The guard's problem, for the caller; <see langword="null"/> unless asked for.</summary>
    public byte[]? Words { get; init; }
}
