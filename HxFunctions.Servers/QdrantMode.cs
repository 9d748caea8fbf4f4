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

    /// <summary>503 on everything but /healthz and /livez.</summary>
    NotReady,

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
