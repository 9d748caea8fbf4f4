namespace HxFunctions.SystemTests.Soak;

/// <summary>What is true of a dependency, whatever anyone knows of it.</summary>
internal enum Condition
{
    Up,

    /// <summary>Answers, and takes no writes (PostgreSQL only).</summary>
    ReadOnly,

    Down,
}
