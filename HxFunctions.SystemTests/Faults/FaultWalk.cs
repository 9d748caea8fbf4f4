using System.Diagnostics;
using System.Globalization;
using System.Net;
using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Integration;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Faults;

/// <summary>
/// Walks one instance of the whole product through a fault: started into it, mended, broken in steady state, mended, broken again before it
/// is up, mended. One process all the way, in which everything must be back at its level in the end.
/// </summary>
internal sealed class FaultWalk
{
    public const string OtherRoute = "/v1/others";

    /// <summary>How long a guard request may wait for a check when too little is known (docs/knowledge.md), and what a busy machine
    /// adds.</summary>
    private static readonly TimeSpan SlowestGuard = TimeSpan.FromSeconds(1 + 1);

    /// <summary>What a busy machine may take to run a continuation whose time has come.</summary>
    private static readonly TimeSpan ProbeMargin = TimeSpan.FromSeconds(2);

    /// <summary>A request that touches nothing takes a millisecond.</summary>
    private static readonly TimeSpan Standstill = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private static readonly string[] Questions =
    [
        "healthz/live",
        "healthz/ready",
        "healthz/deps",
        "health/all",
        "health/db",
        "health/cache",
        "health/vector",
        "guard/verdicts",
        "guard/check/v1/keys",
        "guard?path=/v1/keys&method=GET",
        "override",
        "status",
        "status/history",
        "no/such/route",
    ];

    private readonly FaultCell _cell;
    private readonly FaultStage _stage;
    private readonly HxInstance _hx;
    private readonly GuardTraffic _traffic;
    private readonly StateWatch _watch;
    private (TimeSpan Guard, TimeSpan Live) _slowest;
    private TimeSpan _standstill;

    private FaultWalk(FaultStage stage, HxInstance hx, GuardTraffic traffic, StateWatch watch)
    {
        _cell = stage.Cell;
        _stage = stage;
        _hx = hx;
        _traffic = traffic;
        _watch = watch;
    }

    /// <exception cref="DisturbedWalkException">Something is not as the cell says, and the machine stood still meanwhile.</exception>
    /// <exception cref="Exception">Something is not as the cell says.</exception>
    public static async Task<FaultResult> RunAsync(FaultCell cell, PostgresServer shared, LeakHunter hunter)
    {
        await using FaultStage stage = await FaultStage.StartAsync(cell, shared);
        await cell.Break(stage);
        FaultResult result;
        await using (HxInstance hx = await HxInstance.StartAsync(stage.Variables(), hunter.Attach))
        {
            hx.Seen = hunter.Look;
            await using StateWatch watch = new(hx, cell.Dependency);
            await using GuardTraffic traffic = new(hx, Pace);
            result = await new FaultWalk(stage, hx, traffic, watch).UndisturbedAsync();
        }

        hunter.Look("Redis", cell.Name, await RedisDump.OfAsync(stage.Redis));
        return result;
    }

    private async Task<FaultResult> UndisturbedAsync()
    {
        try
        {
            return await WalkAsync();
        }
        catch (Exception exception)
        {
            TakeSlowest();
            if (_standstill >= Standstill)
            {
                throw new DisturbedWalkException(_standstill, exception);
            }

            if (_stage.Front is { } front)
            {
                throw new InvalidOperationException($"{exception.Message}\n{front.Condition}. Its log:\n{front.Log}", exception);
            }

            throw;
        }
    }

    private void TakeSlowest()
    {
        _slowest = _traffic.TakeSlowest();
        if (_slowest.Live > _standstill)
        {
            _standstill = _slowest.Live;
        }
    }

    private async Task<FaultResult> WalkAsync()
    {
        await WarmUpAsync();
        Held atStart = await BrokenAsync(mark: 0);
        if (_cell.OnlyAtStart)
        {
            return Result(atStart, null, null, closedAtOnce: true);
        }

        await _cell.Mend(_stage);
        await OpenAsync();
        (int sockets, int? atServer) = await LevelAsync();

        int mark = _watch.Count;
        await _cell.Break(_stage);
        Held steady = await BrokenAsync(mark);
        DependencyState first = _watch.Since(mark).First(IsHeldBroken);

        mark = _watch.Count;
        await _cell.Mend(_stage);
        if (IsSeenAtOnce)
        {
            await _watch.UntilAsync(mark, s => s is { Status: DependencyStatus.Fail, ConsecutivePasses: > 0 }, "on its way up");
        }
        else
        {
            await OpenAsync();
        }

        int rising = IsSeenAtOnce ? mark : _watch.Count;
        mark = _watch.Count;
        await _cell.Break(_stage);
        Held recovering = await BrokenAsync(mark);
        if (IsSeenAtOnce && _watch.Since(rising).Any(s => s.Status == DependencyStatus.Pass))
        {
            Assert.Fail("It was up for a moment while its rise was pending.");
        }

        await _cell.Mend(_stage);
        await OpenAsync();
        await BackAtLevelAsync(sockets, atServer);
        return Result(atStart, steady, recovering, first.ConsecutiveFailures < 2);
    }

    /// <summary>Whether each probe meets the fault, so that one that breaks again on its way up can't be up in between.</summary>
    private bool IsSeenAtOnce => _cell is { Fitful: false, NewConnectionsOnly: false, Status: DependencyStatus.Fail };

    /// <summary>Waits until the route is closed and the reason has settled, and asks everything else meanwhile.</summary>
    private async Task<Held> BrokenAsync(int mark)
    {
        await _traffic.UntilAsync(HttpStatusCode.ServiceUnavailable, Patience);
        DependencyState held = await _watch.UntilAsync(mark, HasSettled, $"{_cell.Status}/{_cell.Reason}");
        foreach (DependencyState state in _watch.Since(mark).Where(IsHeldBroken))
        {
            Assert.True(_cell.Allows(state.Reason), $"It is {state.Status} for {state.Reason}.");
        }

        if (_cell.Status == DependencyStatus.Warn)
        {
            Assert.Equal(HttpStatusCode.OK, (await _hx.GuardAsync(method: "GET")).Status);
        }

        foreach (string question in Questions)
        {
            await _hx.GetAsync(question);
        }
        // What the others need is no business of this one's.
        await _hx.UntilAsync(HttpStatusCode.OK, Patience, OtherRoute);
        return new(held.Status, _cell.Reason);
    }

    private bool IsHeldBroken(DependencyState state) => state.Status == _cell.Status;

    /// <summary>Not what was held before and still is while it rises.</summary>
    private bool HasSettled(DependencyState state) =>
        IsHeldBroken(state)
        && (state.Status == DependencyStatus.Warn || state.ConsecutiveFailures > 0)
        && (_cell.Fitful ? _cell.Allows(state.Reason) : state.Reason == _cell.Reason);

    private async Task OpenAsync()
    {
        await _traffic.UntilAsync(HttpStatusCode.OK, Patience);
        foreach (string question in Questions)
        {
            await _hx.GetAsync(question);
        }
    }

    /// <summary>The first requests of a process are compiled; they are no measure.</summary>
    private async Task WarmUpAsync()
    {
        foreach (string question in Questions)
        {
            await _hx.GetAsync(question);
        }

        TakeSlowest();
    }

    private async Task<(int Sockets, int? AtServer)> LevelAsync() => (Sockets.To(_stage.Port), await _stage.ServerConnectionsAsync());

    /// <summary>Connections that were abandoned are closed, not kept: as many as before the fault, and one at least, which may just have
    /// been renewed then.</summary>
    private async Task BackAtLevelAsync(int sockets, int? atServer)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            (int socketsNow, int? atServerNow) = await LevelAsync();
            if (socketsNow <= Math.Max(1, sockets) && (atServerNow ?? 0) <= Math.Max(1, atServer ?? 0))
            {
                return;
            }

            Assert.True(
                Stopwatch.GetElapsedTime(started) < Patience,
                $"{socketsNow} sockets, {sockets} before; the server has {atServerNow} connections, {atServer} before."
            );
            await Task.Delay(100);
        }
    }

    private FaultResult Result(Held atStart, Held? steady, Held? recovering, bool closedAtOnce)
    {
        TakeSlowest();
        (TimeSpan guard, TimeSpan live) = _slowest;
        FaultFigures figures = new(guard, live, _watch.SlowestProbe);
        Assert.True(
            guard < SlowestGuard + live,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The guard took {guard.TotalSeconds:0.00} s, /healthz/live {live.TotalSeconds:0.00} s."
            )
        );
        Assert.True(
            figures.Probe < TimeSpan.FromSeconds(_cell.ProbeTimeout) + ProbeMargin,
            string.Create(
                CultureInfo.InvariantCulture,
                $"A probe took {figures.Probe.TotalSeconds:0.00} s, its deadline is {_cell.ProbeTimeout:0.0} s."
            )
        );
        if (steady is not null && !_cell.Fitful)
        {
            Assert.Equal(_cell.ClosesAtOnce, closedAtOnce);
        }

        Assert.True(_traffic.ModelsStayedOpen, "/v1/models was closed.");
        return new(_cell, atStart, steady, recovering, closedAtOnce, figures);
    }
}
