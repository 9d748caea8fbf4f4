namespace HxFunctions.Servers;

/// <summary>How <see cref="QdrantSimulator"/> answers.</summary>
internal enum QdrantMode
{
    /// <summary>As a healthy Qdrant 1.19.</summary>
    Healthy,

    /// <summary>Takes connections and requests and never answers.</summary>
    Hang,

    /// <summary>The healthy answer, <see cref="QdrantSimulator.Delay"/> later.</summary>
    Slow,

    /// <summary>200 application/json with bytes that are no JSON.</summary>
    Garbage,

    /// <summary>307 to a path of the simulator's own that answers healthily, so that a client that follows redirects is found
    /// out.</summary>
    Redirect,

    /// <summary>503 with a page, as a proxy answers for a Qdrant that is down. Qdrant itself answers 503 to /readyz alone: until its
    /// collections are loaded, nothing listens.</summary>
    NotReady,

    /// <summary>Lists its collections, whose shards were not loaded: after a kill while it started, with recovery mode allowed.</summary>
    Recovery,

    /// <summary>Lists its collections to a key that may read none of them.</summary>
    OtherAccess,

    /// <summary>200 with JSON that begins as a list of collections and goes on for as long as the client reads.</summary>
    HugeBody,

    /// <summary>500 on everything.</summary>
    ServerError,

    /// <summary>The healthy list of collections, compressed by gzip though nobody asked for it.</summary>
    Gzip,

    /// <summary>The healthy list of collections behind a UTF-8 byte order mark.</summary>
    ByteOrderMark,

    /// <summary>200 with valid JSON that isn't a list of collections.</summary>
    WrongJson,
}
