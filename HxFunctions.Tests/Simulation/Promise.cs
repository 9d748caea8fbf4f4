using HxFunctions.Core.Configuration;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Simulation;

/// <summary>What the product promises with these settings, in seconds: the rows that it prints.</summary>
/// <param name="instances">How many there are. One that is alone is always the one that checks.</param>
internal sealed class Promise(HxSettings settings, int instances)
{
    private readonly DetectionBounds _bounds = DetectionBounds.From(settings);
    private readonly Dictionary<string, double> _rows = DetectionBounds
        .From(settings)
        .Rows.ToDictionary(row => row.Name, row => row.Seconds);

    /// <summary>A dependency that fails at once has closed its routes everywhere.</summary>
    public double ClosesKilled => _rows[instances == 1 ? "killed" : "killedAnywhere"];

    /// <summary>One that doesn't answer has.</summary>
    public double ClosesHung => _rows[instances == 1 ? "hung" : "hungAnywhere"];

    public double Reopens => _rows[instances == 1 ? "reopened" : "reopenedAnywhere"];

    /// <summary>The same by an instance that doesn't check.</summary>
    public double ReopensFollowing => _rows["reopenedAnywhere"];

    public double Takeover => _rows["takeover"];

    public double ClosesAlone => _rows["closedWithoutRedis"];

    public double ReopensAlone => _rows["reopenedWithoutRedis"];

    /// <summary>For how long what has happened may still show.</summary>
    public double Echo => 2 * _bounds.OneCutOff.TotalSeconds;

    /// <summary>How many commands an instance sends to Redis within half a second.</summary>
    public long CommandsPerLook => 30;

    /// <summary>Some instances don't reach what others reach: each may get its turn.</summary>
    public double ReopensWith(int cutOff) =>
        _rows["oneCutOff"] + ((cutOff - 1) * (_bounds.OneCutOff + _bounds.OtherInstances).TotalSeconds);

    public int ChecksPerMinute(bool isRedis)
    {
        double pace = settings.MaxStaleness.TotalSeconds;
        double perInstance = isRedis ? 2 * ((60 / pace) + 2) : 20;
        return (int)((2 * ((60 / pace) + 2)) + (instances * perInstance));
    }
}
