namespace Microsoft.Azure.Functions.Worker;

/// <summary>What a timer function learns about its timer. Stands in for the worker package's type of this name.</summary>
public class TimerInfo
{
    /// <summary>The occurrences around this one; null when not monitored or when the schedule is under one minute.</summary>
    public ScheduleStatus? ScheduleStatus { get; set; }

    /// <summary>Whether this run makes up for a missed one. Always false in LocalHost, which stores no occurrences.</summary>
    public bool IsPastDue { get; set; }
}
