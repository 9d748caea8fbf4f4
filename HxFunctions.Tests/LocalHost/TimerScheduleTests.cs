using System.Globalization;
using HxFunctions.Cli.LocalHost;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Tests.LocalHost;

public class TimerScheduleTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 23, 59, 58, TimeSpan.Zero);

    [Theory]
    [InlineData("*/10 * * * * *", "2026-02-01T00:00:00Z", true)]
    [InlineData("5,35 * * * * *", "2026-02-01T00:00:05Z", true)]
    [InlineData("0 * * * * *", "2026-02-01T00:00:00Z", false)]
    [InlineData("*/30 */5 * * * *", "2026-02-01T00:00:00Z", false)]
    [InlineData("0 30 9 * * 1-5", "2026-02-02T09:30:00Z", false)]
    [InlineData("*/5 * * * *", "2026-02-01T00:00:00Z", false)]
    [InlineData("* * * * *", "2026-02-01T00:00:00Z", false)]
    [InlineData("  0  0 12 29 2 *  ", "2028-02-29T12:00:00Z", false)]
    [InlineData("00:00:30", "2026-02-01T00:00:28Z", true)]
    [InlineData("00:01:00", "2026-02-01T00:00:58Z", false)]
    [InlineData("1.00:00:00", "2026-02-01T23:59:58Z", false)]
    [InlineData("%SCHEDULE%", "2026-02-01T00:15:00Z", false)]
    [InlineData("0 %minute% * * * *", "2026-02-01T00:15:00Z", false)]
    public void Schedule_gives_the_next_occurrence_in_utc(string expression, string next, bool underOneMinute)
    {
        Assert.True(TimerSchedule.TryParse(expression, Settings(), Now, out TimerSchedule? schedule, out _));

        Assert.Equal(DateTimeOffset.Parse(next, CultureInfo.InvariantCulture), schedule.Next(Now));
        Assert.Equal(underOneMinute, schedule.IsUnderOneMinute(Now));
    }

    [Theory]
    [InlineData("%NOT_SET%", "the setting NOT_SET that holds its schedule is not set")]
    [InlineData("%EMPTY%", "the setting EMPTY that holds its schedule is not set")]
    [InlineData("%BROKEN%", "the schedule '%BROKEN%' is neither an NCRONTAB expression nor a time span over zero")]
    [InlineData("", "the schedule '' is neither an NCRONTAB expression nor a time span over zero")]
    [InlineData("0 61 * * * *", "the schedule '0 61 * * * *' is neither an NCRONTAB expression nor a time span over zero")]
    [InlineData("3709551616 * * * * *", "the schedule '3709551616 * * * * *' is neither an NCRONTAB expression nor a time span over zero")]
    [InlineData("* * * *", "the schedule '* * * *' is neither an NCRONTAB expression nor a time span over zero")]
    [InlineData("00:00:00", "the schedule '00:00:00' is neither an NCRONTAB expression nor a time span over zero")]
    [InlineData("-00:00:30", "the schedule '-00:00:30' is neither an NCRONTAB expression nor a time span over zero")]
    [InlineData("0 0 0 30 2 *", "the schedule '0 0 0 30 2 *' has no occurrence")]
    public void Schedule_that_cannot_run_is_refused(string expression, string problem)
    {
        Assert.False(TimerSchedule.TryParse(expression, Settings(), Now, out _, out string? actual));
        Assert.Equal(problem, actual);
    }

    private static IConfiguration Settings() =>
        new ConfigurationBuilder()
            .AddInMemoryCollection([
                new("SCHEDULE", "0 15 * * * *"),
                new("MINUTE", "15"),
                new("EMPTY", " "),
                new("BROKEN", "what the setting holds"),
            ])
            .Build();
}
