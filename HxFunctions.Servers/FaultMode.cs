namespace HxFunctions.Servers;

/// <summary>What <see cref="FaultProxy"/> does to connections.</summary>
internal enum FaultMode
{
    /// <summary>Bytes go through both ways.</summary>
    Pass,

    /// <summary>Nobody listens: connects are refused.</summary>
    Refuse,

    /// <summary>Connects hang, see <see cref="BacklogHole"/>.</summary>
    Unaccepted,

    /// <summary>Connects succeed and are reset (RST) at the client's first byte; sooner, some connects would fail already.</summary>
    Reset,

    /// <summary>Connects succeed and bytes are held back both ways, until the mode changes.</summary>
    Silent,

    /// <summary>The first <see cref="FaultProxy.StallAfter"/> bytes of the server come through; the rest is held back until the mode
    /// changes.</summary>
    Stall,

    /// <summary>The server's bytes come through one by one, <see cref="FaultProxy.DripDelay"/> apart.</summary>
    Drip,

    /// <summary>Each of the server's bytes comes through as 0xF5, which begins no answer of PostgreSQL, Redis, TLS or HTTP.</summary>
    Garbage,
}
