using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using NCrontab;

namespace HxFunctions.Core.Configuration;

/// <summary>NCRONTAB schedules with six fields, or intervals as <c>hh:mm:ss</c>: what the Functions timer trigger reads.</summary>
internal sealed class Schedule
{
    private static readonly DateTime ReferenceTime = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly CrontabSchedule? _cron;
    private readonly TimeSpan _interval;

    private Schedule(CrontabSchedule? cron, TimeSpan interval) => (_cron, _interval) = (cron, interval);

    /// <summary>The timer's schedule with these settings, which must be valid.</summary>
    public static Schedule Of(HxSettings settings) =>
        new(TryParse(settings.Schedule ?? FromInterval(settings.Interval)), settings.Interval);

    /// <summary>The first occurrence after a time, in UTC.</summary>
    public DateTimeOffset Next(DateTimeOffset after) =>
        _cron is null ? after + _interval : new DateTimeOffset(_cron.GetNextOccurrence(after.UtcDateTime), TimeSpan.Zero);

    /// <summary>The longest time that passes between two occurrences, looked for over two days (two hours when only seconds and minutes are
    /// restricted): a schedule that leaves out a day has a gap that is never accepted.</summary>
    /// <param name="most">The longest gap that is accepted.</param>
    public static bool TryGetLongestGap(string schedule, TimeSpan most, out TimeSpan gap, [NotNullWhen(false)] out string? problem)
    {
        gap = default;
        problem = null;
        if (TryParseTimeSpan(schedule, out gap) && gap > TimeSpan.Zero && gap <= most)
        {
            return true;
        }

        gap = default;
        if (TryParse(schedule) is not { } parsed)
        {
            problem = "must be an NCRONTAB expression with six fields, like */30 * * * * *";
            return false;
        }

        // As NCrontab writes it: "*" for a field that restricts nothing, however it was written. It joins the last three with "and".
        string[] fields = parsed.ToString().Split(' ');
        if (fields[3..].Any(field => field != "*"))
        {
            problem = $"leaves gaps of more than {most.TotalMinutes} minutes: there are days on which it never occurs";
            return false;
        }

        DateTime end = ReferenceTime + (fields[2] == "*" ? TimeSpan.FromHours(2) : TimeSpan.FromDays(2));
        DateTime last = parsed.GetNextOccurrence(ReferenceTime.AddSeconds(-1), end);
        if (last >= end)
        {
            gap = TimeSpan.MaxValue;
        }

        while (last < end && gap <= most)
        {
            DateTime next = parsed.GetNextOccurrence(last, end + most + most);
            if (next - last > gap)
            {
                gap = next - last;
            }

            last = next;
        }

        if (gap <= most)
        {
            return true;
        }

        problem = $"leaves gaps of more than {most.TotalMinutes} minutes";
        return false;
    }

    /// <summary>Whether a schedule is an interval. In Azure that is for App Service plans (TimerTriggerAttribute of
    /// azure-functions-dotnet-worker): elsewhere the scale controller wakes the app, and reads NCRONTAB alone. Flex Consumption refuses it
    /// at start (Azure's diagnostic event AZFD0015).</summary>
    public static bool IsTimeSpan(string schedule) => TryParseTimeSpan(schedule, out _);

    private static bool TryParseTimeSpan(string schedule, out TimeSpan interval) =>
        TimeSpan.TryParseExact(schedule, "c", CultureInfo.InvariantCulture, out interval);

    /// <returns><see langword="null"/> when it is no NCRONTAB expression. Never throws.</returns>
    private static CrontabSchedule? TryParse(string expression)
    {
        try
        {
            return CrontabSchedule.TryParse(expression, new CrontabSchedule.ParseOptions { IncludingSeconds = true });
        }
        catch (OverflowException)
        {
            // NCrontab 3.4 lets a number through that is no Int32.
            return null;
        }
    }

    /// <summary>
    /// The schedule for an interval: NCRONTAB where it is a number of seconds that divides a minute, or of whole minutes that divides an
    /// hour; else <c>hh:mm:ss</c>, which timers read, too.
    /// </summary>
    public static string FromInterval(TimeSpan interval)
    {
        double seconds = interval.TotalSeconds;
        if (seconds is >= 1 and < 60 && seconds % 1 == 0 && 60 % seconds == 0)
        {
            return $"*/{(int)seconds} * * * * *";
        }

        double minutes = interval.TotalMinutes;
        if (minutes is >= 1 and < 60 && minutes % 1 == 0 && 60 % minutes == 0)
        {
            return $"0 */{(int)minutes} * * * *";
        }

        return interval.ToString("c", CultureInfo.InvariantCulture);
    }
}
