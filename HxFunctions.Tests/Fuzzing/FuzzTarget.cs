namespace HxFunctions.Tests.Fuzzing;

/// <summary>A reader of text that comes from outside.</summary>
/// <param name="Name">As tests and the documentation call it.</param>
/// <param name="Seeds">Values that it takes, and near misses; mutation begins with them.</param>
/// <param name="Words">What means something to it; mutation puts them anywhere.</param>
/// <param name="Read">
/// Reads a text, holds what comes of it against what is promised, and says in a few words what it was. It may throw nothing: whatever it
/// throws is a finding. </param>
/// <param name="Memory">What reading one text may allocate.</param>
internal sealed record FuzzTarget(
    string Name,
    IReadOnlyList<string> Seeds,
    IReadOnlyList<string> Words,
    Func<string, string> Read,
    MemoryBound Memory
);

/// <summary>Bytes that may be allocated for a text: so many at any rate, and so many for each character. That's the work, too, and doesn't
/// depend on the machine.</summary>
internal readonly record struct MemoryBound(long Base, long PerCharacter)
{
    public long For(string text) => Base + (PerCharacter * text.Length);
}
