using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Snapshots;

public class CheckScheduleTests
{
    private static readonly CheckSchedule Schedule = new(Staleness: 2_000, AlonePace: 8_000, CheckTimeout: 5_000);

    [Theory]
    [InlineData(false, StoreCondition.Usable, true, CheckRole.Idle)]
    [InlineData(false, StoreCondition.Unusable, false, CheckRole.Idle, true)]
    [InlineData(true, StoreCondition.Unusable, false, CheckRole.Leader, true)]
    [InlineData(true, StoreCondition.Usable, false, CheckRole.Follower, true)]
    [InlineData(false, StoreCondition.Unusable, false, CheckRole.Idle)]
    [InlineData(true, StoreCondition.Usable, true, CheckRole.Leader)]
    [InlineData(true, StoreCondition.Usable, false, CheckRole.Follower)]
    [InlineData(true, StoreCondition.Unusable, true, CheckRole.Alone)]
    [InlineData(true, StoreCondition.Unusable, false, CheckRole.Alone)]
    [InlineData(true, StoreCondition.Absent, false, CheckRole.Leader)]
    [InlineData(true, StoreCondition.Untried, false, CheckRole.Follower)]
    public void Role_follows_use_store_and_lease(
        bool active,
        StoreCondition store,
        bool lease,
        CheckRole expected,
        bool redisWorks = false
    ) => Assert.Equal(expected, CheckSchedule.RoleOf(active, store, lease, redisWorks));

    [Theory]
    [InlineData(CheckRole.Idle, 100, true, true, CheckSchedule.Never)]
    [InlineData(CheckRole.Follower, 100, true, true, 5_600)] // it steps in between 5 and 6 s; a pass counts for 7 s
    [InlineData(CheckRole.Follower, null, true, true, CheckSchedule.Never)]
    [InlineData(CheckRole.Leader, 100, false, false, 2_100)]
    [InlineData(CheckRole.Leader, 100, true, false, 2_100)]
    [InlineData(CheckRole.Leader, null, false, false, 0)]
    [InlineData(CheckRole.Alone, 100, true, false, 2_100)]
    [InlineData(CheckRole.Alone, 100, false, true, 7_300)]
    [InlineData(CheckRole.Alone, null, false, true, 0)]
    [InlineData(CheckRole.Alone, 100, false, false, CheckSchedule.Never)]
    public void Due_follows_the_role(CheckRole role, int? last, bool isRedis, bool needed, long expected) =>
        Assert.Equal(expected, Schedule.Due(role, last, isRedis, needed, jitter: 0.5));
}
