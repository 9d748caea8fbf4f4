namespace Microsoft.Azure.Functions.Worker;

/// <summary>Marks the parameter that receives the timer's state. Stands in for the worker package's attribute of this name.</summary>
/// <param name="schedule">NCRONTAB with six or five fields, a time span <c>hh:mm:ss</c>, or <c>%SETTING%</c> that holds one of
/// them.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class TimerTriggerAttribute(string schedule) : Attribute
{
    /// <summary>The schedule as written, settings not resolved.</summary>
    public string Schedule { get; } = schedule;

    /// <summary>Whether <see cref="TimerInfo.ScheduleStatus"/> is kept; true by default, never for schedules under one minute.</summary>
    public bool UseMonitor { get; set; } = true;

    /// <summary>Whether the function also runs once when the host starts; false by default.</summary>
    public bool RunOnStartup { get; set; }
}
