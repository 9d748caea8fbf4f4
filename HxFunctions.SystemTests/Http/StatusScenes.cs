using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.SystemTests.Http;

/// <summary>The cases in which the page is looked at.</summary>
internal static class StatusScenes
{
    public const string Healthy = "healthy",
        OneDown = "one down",
        Unknown = "all unknown",
        Hostile = "hostile override",
        NoHistory = "no history",
        Week = "7 days of history",
        Override = "override",
        TwoDependencies = "two dependencies";

    public const string HostileText =
        "<script>document.title='owned'</script><img src=x onerror=alert(1)>\"'`--></style></title>\u202Edetrevni\u202C "
        + "\u200F\u2067 &amp; ";

    private const long Minute = StatusPast.Minute,
        Hour = StatusPast.Hour,
        Day = StatusPast.Day;

    private static readonly Dictionary<string, string?> Routes = new()
    {
        ["GUARD_ROUTES"] =
            "/key=postgres,redis; /user=postgres,redis; /team=postgres,redis; /v1/keys POST,DELETE=postgres,redis; "
            + "/v1/teams=postgres; /spend GET=postgres; /v1/rag=qdrant; /budget=postgres,redis",
    };

    public static Task<StatusScene> StartAsync(string scene, params (string Name, string? Value)[] variables) =>
        scene switch
        {
            Healthy => StartAsync(past => HealthyAsync(past, StatusScene.Ours), variables),
            OneDown => StartAsync(OneDownAsync, variables),
            Unknown => StartAsync(_ => Task.CompletedTask, variables),
            Hostile => HostileAsync(variables),
            NoHistory => StartAsync(past => AllPassAsync(past, 3 * Minute), variables),
            Week => StartAsync(WeekAsync, variables),
            Override => OverrideAsync(variables),
            // None of the third's: a dependency without a URL that no route needs is absent everywhere.
            TwoDependencies => StartAsync(
                past => HealthyAsync(past, [DependencyName.Postgres, DependencyName.Redis]),
                [("QDRANT_URL", null), ("GUARD_ROUTES", "/key=postgres,redis; /spend GET=postgres"), .. variables]
            ),
            _ => throw new ArgumentException(scene, nameof(scene)),
        };

    private static Task<StatusScene> StartAsync(Func<StatusPast, Task> plant, (string Name, string? Value)[] variables)
    {
        Dictionary<string, string?> all = new(Routes);
        foreach ((string name, string? value) in variables)
        {
            all[name] = value;
        }

        return StatusScene.StartAsync(plant, all);
    }

    public static async Task WeekAsync(StatusPast past)
    {
        await AllPassAsync(past, 2 * Day);
        foreach (string name in StatusScene.Ours)
        {
            await past.HistoryAsync(name, 7 * Day, LatencyOf(name), ago => PastOf(name, ago));
        }

        await PastIncidentsAsync(past);
    }

    private static async Task HealthyAsync(StatusPast past, string[] names)
    {
        await AllPassAsync(past, 20 * Hour, names);
        foreach (string name in names)
        {
            await past.HistoryAsync(name, 20 * Hour, LatencyOf(name), _ => (DependencyStatus.Pass, Reasons.Ok));
        }
    }

    private static async Task OneDownAsync(StatusPast past)
    {
        const long Since = (4 * Minute) + 12_000;
        await AllPassAsync(past, 2 * Day);
        await past.KnowAsync(DependencyName.Postgres, DependencyStatus.Fail, Reasons.ConnectionRefused, Since, 0.4);
        foreach (string name in StatusScene.Ours)
        {
            await past.HistoryAsync(
                name,
                7 * Day,
                LatencyOf(name),
                ago =>
                    name == DependencyName.Postgres && ago <= Since ? (DependencyStatus.Fail, Reasons.ConnectionRefused) : PastOf(name, ago)
            );
        }

        await past.TransitionAsync(DependencyName.Postgres, Since, DependencyStatus.Pass, DependencyStatus.Fail, Reasons.ConnectionRefused);
        await PastIncidentsAsync(past);
    }

    private static async Task<StatusScene> HostileAsync((string Name, string? Value)[] variables)
    {
        StatusScene scene = await StartAsync(past => HealthyAsync(past, StatusScene.Ours), variables);
        SnapshotBoard board = scene.Instance.Services.GetRequiredService<SnapshotBoard>();
        string reason = HostileText + new string('W', 1000) + string.Concat(Enumerable.Repeat(" ש\u202Eל<b>", 200));
        long endsAt = BootTimeProvider.Instance.GetTimestamp() + (BootTimeProvider.Instance.TimestampFrequency * 3600);
        // Longer than any that is taken: whatever comes out of the store is put on the page by these means. No store: it would put its own
        // in this one's place.
        GuardOverride value = new(true, reason[..2000], HostileText, DateTimeOffset.UtcNow.AddMinutes(-3));
        await scene.Redis.KillAsync();
        board.Publish(s => s with { Override = new(value, endsAt, "") });
        return scene;
    }

    /// <summary>Someone let everything pass while PostgreSQL is down.</summary>
    private static async Task<StatusScene> OverrideAsync((string Name, string? Value)[] variables)
    {
        StatusScene scene = await StartAsync(OneDownAsync, variables);
        long endsAt = BootTimeProvider.Instance.GetTimestamp() + (BootTimeProvider.Instance.TimestampFrequency * 26 * 60);
        await scene.Redis.KillAsync();
        scene
            .Instance.Services.GetRequiredService<SnapshotBoard>()
            .Publish(s =>
                s with
                {
                    Override = new(
                        new(false, "PostgreSQL fails over, keys are cached; INC-1234", "night shift", DateTimeOffset.UtcNow.AddMinutes(-4)),
                        endsAt,
                        ""
                    ),
                }
            );
        return scene;
    }

    private static async Task AllPassAsync(StatusPast past, long since, string[]? names = null)
    {
        foreach (string name in names ?? StatusScene.Ours)
        {
            await past.KnowAsync(name, DependencyStatus.Pass, Reasons.Ok, since, LatencyOf(name));
        }
    }

    /// <summary>An outage, a read-only time, a night in which nobody checked, and a short failure of each of the others.</summary>
    private static (DependencyStatus Status, string Reason)? PastOf(string name, long ago) =>
        (name, ago) switch
        {
            (_, > (3 * Day) and < (3 * Day) + (7 * Hour)) => null,
            (_, > 41 * Minute and < 45 * Minute) => null,
            (DependencyName.Postgres, > (5 * Hour) and < (5 * Hour) + (38 * Minute)) => (DependencyStatus.Fail, Reasons.Timeout),
            (DependencyName.Postgres, > (4 * Hour) + (40 * Minute) and < 5 * Hour) => (DependencyStatus.Warn, Reasons.ReadOnly),
            (DependencyName.Redis, > (4 * Day) + (2 * Hour) and < (4 * Day) + (2 * Hour) + (11 * Minute)) => (
                DependencyStatus.Fail,
                Reasons.OutOfMemory
            ),
            (DependencyName.Qdrant, > 26 * Minute and < 29 * Minute) => (DependencyStatus.Fail, Reasons.NotReady),
            _ => (DependencyStatus.Pass, Reasons.Ok),
        };

    private static async Task PastIncidentsAsync(StatusPast past)
    {
        await past.TransitionAsync(DependencyName.Qdrant, 26 * Minute, DependencyStatus.Fail, DependencyStatus.Pass, Reasons.Ok);
        await past.TransitionAsync(DependencyName.Qdrant, 29 * Minute, DependencyStatus.Pass, DependencyStatus.Fail, Reasons.NotReady);
        await past.TransitionAsync(
            DependencyName.Postgres,
            (4 * Hour) + (40 * Minute),
            DependencyStatus.Warn,
            DependencyStatus.Pass,
            Reasons.Ok
        );
        await past.TransitionAsync(DependencyName.Postgres, 5 * Hour, DependencyStatus.Fail, DependencyStatus.Warn, Reasons.ReadOnly);
        await past.TransitionAsync(
            DependencyName.Postgres,
            (5 * Hour) + (38 * Minute),
            DependencyStatus.Pass,
            DependencyStatus.Fail,
            Reasons.Timeout
        );
        await past.OverrideAsync(
            (5 * Hour) + (22 * Minute),
            (4 * Hour) + (37 * Minute),
            new(false, "PostgreSQL fails over, keys are cached; INC-1234", "night shift", DateTimeOffset.UnixEpoch),
            TimeSpan.FromHours(1)
        );
        // Its beginning could not be stored.
        await past.TransitionAsync(DependencyName.Redis, (4 * Day) + (2 * Hour), DependencyStatus.Fail, DependencyStatus.Pass, Reasons.Ok);
    }

    private static double LatencyOf(string name) =>
        name switch
        {
            DependencyName.Postgres => 2.1,
            DependencyName.Redis => 0.45,
            _ => 5.2,
        };
}
