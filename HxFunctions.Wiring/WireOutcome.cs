namespace HxFunctions.Wiring;

/// <summary>How a command of <c>hx wire</c> ended.</summary>
internal enum WireResult
{
    /// <summary>Files and services are as they should be. Nothing was written.</summary>
    NothingToDo,

    /// <summary>Something would have to be changed. Nothing was written.</summary>
    Pending,

    Done,

    /// <summary>A step failed.</summary>
    Failed,

    /// <summary>The services did not come up, and run on the old files again.</summary>
    RolledBack,

    /// <summary>Something failed half-way and could not be taken back.</summary>
    NotRolledBack,
}

/// <summary>What a command of <c>hx wire</c> came to.</summary>
/// <param name="Result">How it ended.</param>
/// <param name="Sentence">The same for people, with what to do next. No secrets.</param>
/// <param name="Backup">The time stamp of the backup that it made or used, if any.</param>
internal sealed record WireOutcome(WireResult Result, string Sentence, string? Backup = null)
{
    /// <summary>Whether nothing is left to do.</summary>
    public bool IsGood => Result is WireResult.NothingToDo or WireResult.Done;
}
