namespace Microsoft.Azure.Functions.Worker;

/// <summary>A timer's occurrences, in UTC. Stands in for the worker package's type of this name.</summary>
public class ScheduleStatus
{
    /// <summary>When the previous run began; <see cref="DateTime.MinValue"/> before the first.</summary>
    public DateTime Last { get; set; }

    /// <summary>The next scheduled occurrence; in the function itself: the one that it runs for.</summary>
    public DateTime Next { get; set; }

    /// <summary>When this was last written; <see cref="DateTime.MinValue"/> before the first run ended.</summary>
    public DateTime LastUpdated { get; set; }
}
