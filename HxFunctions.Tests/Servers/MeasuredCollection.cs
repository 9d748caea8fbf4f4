namespace HxFunctions.Tests.Servers;

/// <summary>Tests that measure time or count what a server was asked: alone, after all that may run side by side.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1711", Justification = "xunit calls it a collection.")]
public sealed class MeasuredCollection
{
    public const string Name = "measured";
}
