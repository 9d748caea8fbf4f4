using HxFunctions.Core.Configuration;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Simulation;

/// <summary>A place in the fleet, where one process runs after the other.</summary>
internal sealed class Place : IDisposable
{
    private readonly World _world;
    private readonly HxSettings _settings;
    private readonly SimulatedServer[] _servers;
    private readonly SimulatedStore _store;
    private readonly char _letter;
    private readonly TimeSpan _wrongBy;
    private readonly List<SimulatedInstance> _all = [];
    private bool _hasTraffic;
    private bool _isLater;

    public Place(World world, int index, HxSettings settings, SimulatedServer[] servers, SimulatedStore store)
    {
        (_world, _settings, _servers, _store) = (world, settings, servers, store);
        _letter = (char)('a' + index);
        _wrongBy = TimeSpan.FromSeconds(world.Between(-90, 90));
        Links = servers.ToDictionary(server => server.Name, _ => new Link(world));
    }

    public Dictionary<string, Link> Links { get; }

    /// <summary>The process that runs; <see langword="null"/>: none.</summary>
    public SimulatedInstance? Instance { get; private set; }

    public StoreKeys Keys => _all[0].Keys;

    public string Name => $"{_letter}{_all.Count}";

    /// <summary>When this place, or its traffic, was last disturbed.</summary>
    public long LastDisturbed { get; private set; } = long.MinValue;

    /// <summary>When it last went on after a pause, or another took the place of one that was paused.</summary>
    public long ResumedAt { get; private set; } = long.MinValue;

    public long TrafficSince { get; private set; }

    public bool HasTraffic
    {
        get => _hasTraffic;
        set
        {
            if (_hasTraffic == value)
            {
                return;
            }

            _hasTraffic = value;
            TrafficSince = value ? _world.Now : long.MaxValue;
            Disturb();
            _world.Tell(Name, value ? (FormattableString)$"gets requests" : $"gets no requests");
        }
    }

    public void Start()
    {
        SimulatedInstance instance = new(_world, $"{_letter}{_all.Count + 1}", _settings, _servers, _store, Links, _wrongBy, _isLater);
        _all.Add(instance);
        Instance = instance;
        _world.Tell(Name, _isLater ? (FormattableString)$"starts, of a later version" : $"starts");
        instance.Start(_world.Dice.NextDouble());
    }

    /// <param name="seconds">Until another takes its place.</param>
    public void Kill(double seconds)
    {
        if (Instance is not { } instance)
        {
            return;
        }

        _world.Tell(Name, $"is killed");
        bool stoodStill = instance.IsPaused;
        instance.Kill();
        Replace(seconds, stoodStill);
    }

    /// <param name="seconds">Until another takes its place.</param>
    /// <param name="toLater">Whether that one is of a later version than the tests' own.</param>
    public void Upgrade(double seconds, bool toLater)
    {
        if (Instance is not { IsPaused: false } instance)
        {
            return;
        }

        _world.Tell(Name, $"stops");
        _isLater = toLater;
        instance.Stop(() =>
        {
            _world.Tell(instance.Name, $"has stopped");
            instance.Kill();
        });
        Replace(seconds);
    }

    public void Pause(double seconds)
    {
        if (Instance is not { IsPaused: false } instance)
        {
            return;
        }

        _world.Tell(Name, $"is paused");
        instance.Pause();
        Disturb();
        _world.After(
            seconds,
            () =>
            {
                if (Instance == instance)
                {
                    ResumedAt = _world.Now;
                    Disturb();
                    _world.Tell(Name, $"goes on");
                }

                instance.Resume();
            }
        );
    }

    /// <summary>Live checks, one after the other.</summary>
    public void LoopLive(long until)
    {
        if (_world.Now < until && Instance is { } instance)
        {
            instance.CheckNow(() => _world.After(0.002, () => LoopLive(until)));
        }
    }

    public void Dispose()
    {
        foreach (SimulatedInstance instance in _all)
        {
            instance.Dispose();
        }
    }

    private void Replace(double seconds, bool stoodStill = false)
    {
        Instance = null;
        Disturb();
        _world.After(
            seconds,
            () =>
            {
                if (stoodStill)
                {
                    ResumedAt = _world.Now;
                }

                Disturb();
                Start();
            }
        );
    }

    private void Disturb() => LastDisturbed = _world.Now;
}
