namespace HxFunctions.Tests;

/// <summary>Tests that measure time, or count what the whole process does: one after the other, while nothing else runs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1711", Justification = "xunit calls it a collection.")]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
