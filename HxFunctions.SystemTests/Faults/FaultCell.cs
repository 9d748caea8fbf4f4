using HxFunctions.Core.Dependencies;

namespace HxFunctions.SystemTests.Faults;

/// <summary>One fault of one dependency: how it is made and mended, and what is to be held of it.</summary>
internal sealed record FaultCell
{
    /// <summary>The dependency that breaks.</summary>
    public required string Dependency { get; init; }

    /// <summary>One of <see cref="FaultCatalog.Faults"/>.</summary>
    public required string Fault { get; init; }

    /// <summary>Why there is no such fault. Null: there is, and the rest says how.</summary>
    public string? Senseless { get; init; }

    public Func<FaultStage, Task> Break { get; init; } = _ => Task.CompletedTask;

    public Func<FaultStage, Task> Mend { get; init; } = _ => Task.CompletedTask;

    public DependencyStatus Status { get; init; } = DependencyStatus.Fail;

    /// <summary>What is held once it has settled.</summary>
    public string Reason { get; init; } = Reasons.Error;

    /// <summary>What may be held besides, on the way or in turns.</summary>
    public IReadOnlyList<string> Besides { get; init; } = [];

    /// <summary>The network breaks, not the server.</summary>
    public bool ThroughProxy { get; init; }

    /// <summary>Nothing answers: short deadlines, for they are waited for.</summary>
    public bool Hangs { get; init; }

    /// <summary>Connections that are open already don't notice: it shows within an interval, when a new one is made.</summary>
    public bool NewConnectionsOnly { get; init; }

    /// <summary>Up and down by turns: what is held depends on when the probes come.</summary>
    public bool Fitful { get; init; }

    /// <summary>Can't begin or end while the instance runs; <see cref="Note"/> says why.</summary>
    public bool OnlyAtStart { get; init; }

    /// <summary>The URL asks for TLS.</summary>
    public bool Tls { get; init; }

    /// <summary>The URL's host has no address.</summary>
    public bool UnknownHost { get; init; }

    /// <summary>Starts what stands before the server, or beside it. Null: the instance connects to the server, and to it alone.</summary>
    public Func<FaultStage, Task<FaultFront>>? Front { get; init; }

    /// <summary>The rest of PostgreSQL's URL.</summary>
    public Func<FaultStage, string> Query { get; init; } = _ => "";

    /// <summary>What a reader of the table should know.</summary>
    public string? Note { get; init; }

    public string Name => $"{Dependency}, {Fault}";

    public double ProbeTimeout => Hangs ? 0.5 : 2;

    public double CheckTimeout => Hangs ? 1.5 : 3.2;

    public double Interval => Hangs ? 2 : 4;

    /// <summary>Whether one probe is enough to close a route that is open.</summary>
    public bool ClosesAtOnce => Status == DependencyStatus.Warn || Reasons.IsDefinite(Reason);

    public bool Allows(string reason) => reason == Reason || Besides.Contains(reason);
}

/// <summary>What stands before the server, or beside it.</summary>
/// <param name="Place">Hosts and ports as the URL names them.</param>
/// <param name="Port">The port that the instance connects to first.</param>
internal sealed record FaultFront(string Place, int Port, IAsyncDisposable Server);
