using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Configuration;
using NCrontab;

namespace HxFunctions.Cli.LocalHost;

/// <summary>When a timer function runs, in UTC: NCRONTAB with six or five fields, or a constant interval.</summary>
/// <remarks>Reading and monitoring as in TimerSchedule and CronSchedule of azure-webjobs-sdk-extensions.</remarks>
internal sealed partial class TimerSchedule
{
    private readonly CrontabSchedule? _cron;
    private readonly TimeSpan _interval;

    private TimerSchedule(CrontabSchedule cron)
    {
        _cron = cron;
    }

    private TimerSchedule(TimeSpan interval)
    {
        _interval = interval;
    }

    /// <summary>Reads a schedule.</summary>
    /// <param name="expression">The trigger's text; <c>%NAME%</c> stands for a setting.</param>
    /// <param name="settings">Where settings are looked up.</param>
    /// <param name="now">From when on the schedule must have an occurrence.</param>
    /// <param name="schedule">The schedule.</param>
    /// <param name="problem">What is wrong, never quoting a setting's value.</param>
    public static bool TryParse(
        string expression,
        IConfiguration settings,
        DateTimeOffset now,
        [NotNullWhen(true)] out TimerSchedule? schedule,
        [NotNullWhen(false)] out string? problem
    )
    {
        schedule = null;
        string? missing = null;
        string resolved = Setting()
            .Replace(
                expression,
                match =>
                {
                    string? value = settings[match.Groups[1].Value];
                    missing ??= string.IsNullOrWhiteSpace(value) ? match.Groups[1].Value : null;
                    return value ?? "";
                }
            )
            .Trim();
        if (missing is not null)
        {
            problem = $"the setting {missing} that holds its schedule is not set";
            return false;
        }

        bool hasSeconds = resolved.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length != 5;
        if (Schedule.TryParse(resolved, hasSeconds) is { } cron)
        {
            schedule = new TimerSchedule(cron);
        }
        else if (TimeSpan.TryParse(resolved, CultureInfo.InvariantCulture, out TimeSpan interval) && interval > TimeSpan.Zero)
        {
            schedule = new TimerSchedule(interval);
        }

        if (schedule is null)
        {
            problem = $"the schedule '{expression}' is neither an NCRONTAB expression nor a time span over zero";
        }
        else if (schedule.Next(now) == DateTimeOffset.MaxValue)
        {
            problem = $"the schedule '{expression}' has no occurrence";
        }
        else
        {
            problem = null;
        }

        return problem is null;
    }

    /// <summary>The first occurrence after a time; <see cref="DateTimeOffset.MaxValue"/> when there is none.</summary>
    public DateTimeOffset Next(DateTimeOffset after)
    {
        if (_cron is null)
        {
            return DateTimeOffset.MaxValue - after > _interval ? after + _interval : DateTimeOffset.MaxValue;
        }

        DateTime next = _cron.GetNextOccurrence(after.UtcDateTime);
        return next.Date == DateTime.MaxValue.Date ? DateTimeOffset.MaxValue : new DateTimeOffset(next, TimeSpan.Zero);
    }

    /// <summary>Whether two occurrences lie less than a minute apart as a rule: such schedules are not monitored.</summary>
    public bool IsUnderOneMinute(DateTimeOffset now)
    {
        if (_cron is null)
        {
            return _interval < TimeSpan.FromMinutes(1);
        }

        // Only a schedule with every field but the seconds open recurs within every minute.
        string[] fields = _cron.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        DateTime start = now.UtcDateTime;
        return fields.Skip(1).All(field => field == "*") && _cron.GetNextOccurrences(start, start.AddMinutes(1)).Skip(1).Any();
    }

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Setting();
}
