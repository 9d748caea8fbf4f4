namespace HxFunctions.SystemTests.Packaging;

/// <summary>Tests that build packages: one after the other, since some pack out of the same folders, and beside the other
/// collections.</summary>
[CollectionDefinition(Name, DisableParallelization = false)]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1711", Justification = "xunit calls it a collection.")]
public sealed class PackagesCollection
{
    public const string Name = "packages";
}
