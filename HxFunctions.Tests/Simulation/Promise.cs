using HxFunctions.Core.Configuration;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Simulation;

/// <summary>What the product promises with these settings, in seconds.</summary>
internal sealed class Promise(HxSettings settings)
{
    private readonly DetectionBounds _bounds = DetectionBounds.From(settings);

    /// <summary>A hung dependency has closed its routes everywhere.</summary>
    public double Closes => (_bounds.Hung + _bounds.OtherInstances).TotalSeconds;

    public double Reopens => (_bounds.Reopened + _bounds.OtherInstances).TotalSeconds;

    public double Takeover => _bounds.Takeover.TotalSeconds;

    public double ClosesAlone => _bounds.ClosedWithoutRedis.TotalSeconds;

    public double ReopensAlone => _bounds.ReopenedWithoutRedis.TotalSeconds;

    /// <summary>The instance that checks doesn't reach what others reach.</summary>
    public double ReopensIsolated => _bounds.OneCutOff.TotalSeconds;

    /// <summary>How many commands an instance sends to Redis within half a second.</summary>
    public long CommandsPerLook => 30;

    public int ChecksPerMinute(int instances, bool isRedis)
    {
        double pace = settings.MaxStaleness.TotalSeconds;
        double perInstance = isRedis ? 2 * ((60 / pace) + 2) : 20;
        return (int)((2 * ((60 / pace) + 2)) + (instances * perInstance));
    }
}
