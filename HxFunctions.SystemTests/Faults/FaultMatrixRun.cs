using System.Diagnostics;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Faults;

/// <summary>Walks through all cells, several at once, and hunts for leaks meanwhile.</summary>
public sealed class FaultMatrixRun : IAsyncLifetime
{
    /// <summary>Most of a walk is waiting; more at once would only make each other slow.</summary>
    private const int AtOnce = 6;

    /// <summary>How often a cell is walked through on a machine that stood still meanwhile.</summary>
    private const int Attempts = 3;

    private readonly Dictionary<string, Task<FaultResult>> _walks = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _places = new(AtOnce);
    private readonly long _started = Stopwatch.GetTimestamp();
    private PostgresServer? _shared;
    private TelemetryHunt? _telemetry;

    internal LeakHunter Hunter { get; } = new(Canaries.OfTheMatrix);

    /// <summary>How long it has all taken.</summary>
    internal TimeSpan Took => Stopwatch.GetElapsedTime(_started);

    public async Task InitializeAsync()
    {
        _shared = await FaultStage.StartPostgresAsync();
        _telemetry = new(Hunter);
        // Off the tests' own context, which has few threads. The slow ones first.
        foreach (FaultCell cell in FaultCatalog.Selected.OrderByDescending(c => c.Hangs || c.NewConnectionsOnly))
        {
            _walks[cell.Name] = Task.Run(() => WalkAsync(cell));
        }
    }

    public async Task DisposeAsync()
    {
        await EndedAsync();
        _telemetry?.Dispose();
        Hunter.Dispose();
        _places.Dispose();
        if (_shared is not null)
        {
            await _shared.DisposeAsync();
        }
    }

    internal Task<FaultResult> ResultAsync(string cell) => _walks[cell];

    internal Task<FaultResult[]> ResultsAsync() => Task.WhenAll(_walks.Values);

    /// <summary>Waits until all walks have ended, well or not.</summary>
    internal Task EndedAsync() => Task.WhenAll(_walks.Values).ContinueWith(static _ => { }, TaskScheduler.Default);

    internal void Observe() => _telemetry!.Observe();

    private async Task<FaultResult> WalkAsync(FaultCell cell)
    {
        await _places.WaitAsync();
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                try
                {
                    return await FaultWalk.RunAsync(cell, _shared!, Hunter);
                }
                catch (DisturbedWalkException) when (attempt < Attempts)
                {
                    // Another walk, on a machine that moves.
                }
            }
        }
        finally
        {
            _places.Release();
        }
    }
}
