namespace HxFunctions.SystemTests.Servers;

/// <summary>Tests that need real servers: one after the other, with one shared PostgreSQL and one shared redis-server, beside the other
/// collections.</summary>
[CollectionDefinition(Name, DisableParallelization = false)]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1711", Justification = "xunit calls it a collection.")]
public sealed class ServersCollection : ICollectionFixture<PostgresFixture>, ICollectionFixture<RedisFixture>
{
    public const string Name = "servers";
}

/// <summary>Tests that measure time: one after the other, while nothing else runs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1711", Justification = "xunit calls it a collection.")]
public sealed class MeasuredCollection
{
    public const string Name = "measured";
}
