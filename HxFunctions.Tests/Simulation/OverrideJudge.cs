using HxFunctions.Core.Configuration;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Simulation;

/// <summary>
/// S3: an override is in effect on every instance that reaches Redis soon after it was set, ends when it ends, stays cleared when it was
/// cleared, and the answer to its setter is true.
/// </summary>
internal sealed class OverrideJudge(World world, HxSettings settings, SimulatedStore store, Place[] places)
{
    /// <summary>After a read has brought it, in seconds.</summary>
    private const double Margin = 1.5;

    /// <summary>What reading and putting back an override may add to its life, each time by as long as a message takes, in
    /// seconds.</summary>
    private const double EndMargin = 3;

    private readonly HashSet<string> _refused = [];

    /// <summary>When each ends: by when it was asked for at the earliest, and by when it was answered at the latest.</summary>
    private readonly Dictionary<string, (long Earliest, long Latest)> _ends = [];

    /// <summary>By how much Redis's clock had been set when an override was, in seconds: its end is a moment on that clock.</summary>
    private readonly Dictionary<string, double> _stepsBefore = [];

    /// <summary>The same when an instance had it in effect first: from then on it goes by its own clock.</summary>
    private readonly Dictionary<(string Instance, string Reason), double> _stepsBySight = [];
    private int _count;
    private bool _isAsking;

    /// <summary>What must be in effect: a reason, or <see langword="null"/> for none; not looked at while <see cref="_isSure"/> is
    /// not.</summary>
    private string? _expected;
    private bool _isSure = true;
    private long _since;
    private double _steps;

    /// <summary>By how much Redis's clock has been set in all, the most that it was, and when it stood there last.</summary>
    private double _clock;
    private double _furthest;
    private long _lastFurthest;
    private long _lastForgotten = -3600 * World.Second;
    private long _memoryLost = -3600 * World.Second;

    /// <summary>How many reads it takes until all have it again: who puts it back must know the new clock, where that is ahead by more than
    /// a second, messages included.</summary>
    private int _readsAfterLoss = 2;

    /// <summary>By how much Redis's clock was set ahead, in seconds, since everybody could last have read it.</summary>
    private double _aheadUnread;
    private long _lastStep = -3600 * World.Second;

    /// <summary>Whether Redis has it again since it lost what it knew: an instance that remembers has reached it.</summary>
    private bool _isPutBack = true;

    /// <summary>An instance is told to override.</summary>
    public void Set(Place place, bool closed, double seconds)
    {
        if (_isAsking || place.Instance is not { IsPaused: false } instance)
        {
            return;
        }

        string reason = $"override {++_count}";
        TimeSpan lasts = TimeSpan.FromSeconds(Math.Max(1, seconds));
        world.Tell(place.Name, $"is told: {(closed ? "closed" : "open")} for {lasts.TotalSeconds:0.0} s, {reason}");
        _isAsking = true;
        double stepsBefore = _steps;
        long asked = world.Now;
        GuardOverride value = new(closed, reason, "sre", World.Begin + TimeSpan.FromTicks(world.Now));
        instance.SetOverride(
            value,
            lasts,
            taken =>
            {
                _ends[reason] = (asked + lasts.Ticks, world.Now + lasts.Ticks);
                _stepsBefore[reason] = stepsBefore;
                Answered(place, taken, reason);
            }
        );
    }

    public void Clear(Place place)
    {
        if (_isAsking || place.Instance is not { IsPaused: false } instance)
        {
            return;
        }

        world.Tell(place.Name, $"is told to clear the override");
        _isAsking = true;
        instance.ClearOverride("sre", taken => Answered(place, taken, null));
    }

    /// <summary>An instance is about to end: what only it remembers, or was told, is gone.</summary>
    public void Forget(Place place)
    {
        _lastForgotten = world.Now;
        if (_isAsking || !_isPutBack || world.Now - _since < 5 * World.Second)
        {
            _isSure = false;
            _isAsking = false;
        }
    }

    /// <summary>Redis's clock was set, or Redis has lost what it knew.</summary>
    public void Disturb(double shift, bool losesMemory)
    {
        _steps += Math.Abs(shift);
        _aheadUnread = Math.Max(0, shift) + (Seconds(_lastStep) < settings.MaxStaleness.TotalSeconds + Margin ? _aheadUnread : 0);
        _lastStep = world.Now;
        if (_clock >= _furthest)
        {
            _lastFurthest = world.Now;
        }

        _clock += shift;
        _furthest = Math.Max(_furthest, _clock);
        if (losesMemory)
        {
            _memoryLost = world.Now;
            _readsAfterLoss = _aheadUnread > 0.5 ? 3 : 2;
            _isPutBack = false;
            // Nobody may be left who remembers, or nobody have read it but its setter.
            _isSure &=
                world.Now - _lastForgotten > 15 * World.Second
                && Seconds(_since) > (2 * settings.MaxStaleness.TotalSeconds) + Margin
                && (_expected is null || Array.Exists(places, CanPutBack));
        }
    }

    /// <summary>Whether an instance remembers what must be in effect, or was until its end, and reaches Redis.</summary>
    private bool CanPutBack(Place place) =>
        place.Instance is { IsPaused: false } instance
        && place.Links["redis"].State == LinkState.Fine
        && instance.Snapshot.Override?.Value?.Reason == _expected;

    /// <summary>Looks at what is in effect at an instance.</summary>
    public void Look(Place place)
    {
        if (place.Instance is not { IsPaused: false } instance)
        {
            return;
        }

        string? inEffect = instance.OverrideInEffect?.Reason;
        if (inEffect is not null)
        {
            _stepsBySight.TryAdd((instance.Name, inEffect), _steps);
        }

        if (inEffect is not null && _refused.Contains(inEffect))
        {
            world.Fail($"S3: {inEffect} is in effect on {instance.Name}, whose setter was told that it wasn't taken");
        }

        if (
            inEffect is not null
            && _ends.TryGetValue(inEffect, out (long Earliest, long Latest) ends)
            && Seconds(ends.Latest) > EndMargin + StepsUntilSight(instance, inEffect)
        )
        {
            world.Fail($"S3: {inEffect} is in effect on {instance.Name} {Seconds(ends.Latest):0.0} s after its end");
        }

        if (!_isSure || _isAsking)
        {
            return;
        }

        // What Redis has lost is put back by whoever remembers it, and may be put right by whoever knows better.
        double reads = Seconds(_memoryLost) < (_readsAfterLoss + 1) * settings.MaxStaleness.TotalSeconds ? _readsAfterLoss : 1;
        long since = Math.Max(Math.Max(_since, instance.StartedAt), Math.Max(place.LastDisturbed, _memoryLost));
        foreach (long? bad in (long?[])[store.Server.LastNotUp, place.Links["redis"].LastNotFine])
        {
            since = Math.Max(since, bad ?? 0);
        }

        if (since == long.MaxValue || Seconds(since) < (reads * settings.MaxStaleness.TotalSeconds) + Margin)
        {
            return;
        }

        _isPutBack |= inEffect == _expected;
        bool hasEnded = _expected is not null && Seconds(_ends[_expected].Earliest) > -Margin - StepsUntilSight(instance, _expected);
        if (inEffect != _expected && !(hasEnded && inEffect is null))
        {
            world.Fail($"S3: on {instance.Name}, {inEffect ?? "no override"} is in effect, and should be {_expected ?? "none"}");
        }
    }

    /// <summary>By how much Redis's clock was set while an override was there that this instance hadn't read yet.</summary>
    private double StepsUntilSight(SimulatedInstance instance, string reason) =>
        _stepsBySight.GetValueOrDefault((instance.Name, reason), _steps) - _stepsBefore[reason];

    /// <summary>How many seconds ago a moment was.</summary>
    private double Seconds(long moment) => (double)(world.Now - moment) / World.Second;

    private void Answered(Place place, OverrideOutcome outcome, string? reason)
    {
        if (!_isAsking)
        {
            return;
        }

        _isAsking = false;
        world.Tell(place.Name, $"answers: {outcome}");
        if (outcome == OverrideOutcome.Taken)
        {
            // Not promised (docs/knowledge.md): who knows neither what Redis has just lost nor the clock of before can't say that this is
            // later.
            bool isOrdered = _isPutBack || _clock >= _furthest || place.Instance!.StartedAt < _lastFurthest;
            (_expected, _since, _isSure, _isPutBack) = (reason, world.Now, isOrdered, true);
        }
        else if (outcome == OverrideOutcome.NotKnown)
        {
            _isSure = false;
        }
        else if (reason is not null)
        {
            _refused.Add(reason);
        }
    }
}
