using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Snapshots;

/// <summary>The promises by the formulas of docs/knowledge.md, in seconds.</summary>
public class DetectionBoundsTests
{
    /// <param name="urls">Which of PostgreSQL, Redis and Qdrant have a URL; their deadlines are 3, 2 and 4 s.</param>
    [Theory]
    [InlineData("p r", 2, 2, 5, 2, 2.5, 7, 5, 13, 19, 15)]
    [InlineData("r", 2, 2, 5, 2, 2.5, 7, 4, 13, 18, 15)] // the longest deadline is Redis's 2 s, and reopening takes the pace and one more
    [InlineData("p r q", 2, 2, 5, 2, 2.5, 7, 6, 13, 20, 15)]
    [InlineData("", 2, 2, 5, 2, 2.5, 7, 5, 13, 19, 15)] // someone else's checks alone have 3 s
    [InlineData("p r", 1, 1, 5, 2, 2, 7, 3, 13, 11, 13)]
    [InlineData("p r", 4, 2, 5, 2, 3.5, 12, 5, 21, 19, 20)] // two hung probes fit into a check, so that four failures take two
    [InlineData("p r", 5, 2, 5, 2, 4, 17, 5, 29, 19, 25)]
    [InlineData("p r", 2, 2, 3.5, 2, 2.5, 9, 5, 19.5, 19, 17)] // one hung probe fits
    [InlineData("p r", 2, 3, 5, 10, 10.5, 20, 30, 35, 93, 70)] // checks at a slow pace
    public void Bounds_follow_from_the_configuration(
        string urls,
        int fall,
        int rise,
        double check,
        double pace,
        double killed,
        double hung,
        double reopened,
        double alone,
        double reopenedAlone,
        double oneCutOff
    )
    {
        HxSettings settings = Settings(urls) with
        {
            Fall = fall,
            Rise = rise,
            CheckTimeout = TimeSpan.FromSeconds(check),
            MaxStaleness = TimeSpan.FromSeconds(pace),
            QdrantTimeout = TimeSpan.FromSeconds(4),
        };

        Assert.Equal(
            new DetectionBounds(
                TimeSpan.FromSeconds(killed),
                TimeSpan.FromSeconds(hung),
                TimeSpan.FromSeconds(reopened),
                TimeSpan.FromSeconds(pace),
                TimeSpan.FromSeconds(check + 1 + pace),
                TimeSpan.FromSeconds(alone),
                TimeSpan.FromSeconds(reopenedAlone),
                TimeSpan.FromSeconds(oneCutOff)
            ),
            DetectionBounds.From(settings)
        );
    }

    /// <summary>Half a second is added to each but those that come on top of another: what a busy machine may take.</summary>
    [Fact]
    public void Line_for_people_names_every_bound_with_a_margin() =>
        Assert.Equal(
            "While the guard is in use, a killed dependency closes its routes within 3 s, a hung one within 7.5 s, and they "
                + "reopen within 5.5 s after it recovers; "
                + "other instances follow within 2 s, so on every instance it is 5 s, 9.5 s and 7.5 s; "
                + "+ 8 s if the checking instance itself dies. Without Redis, each "
                + "instance checks for itself: within 13.5 s and 19.5 s. If only one instance can't reach a dependency, it keeps routes "
                + "closed for 15.5 s at most. API Management's cache of verdicts adds 2 s.",
            DetectionBounds.From(Settings("p r")).ToString()
        );

    /// <summary>What is promised with the defaults, whatever else changes.</summary>
    [Theory]
    [InlineData("killed", 3)]
    [InlineData("hung", 8)]
    [InlineData("reopened", 6)]
    [InlineData("killedAnywhere", 5)]
    [InlineData("hungAnywhere", 9.5)]
    [InlineData("reopenedAnywhere", 7.5)]
    [InlineData("takeover", 8.5)]
    [InlineData("closedWithoutRedis", 14)]
    [InlineData("reopenedWithoutRedis", 20)]
    [InlineData("oneCutOff", 15.5)]
    public void Defaults_keep_what_was_promised(string name, double most) =>
        Assert.InRange(DetectionBounds.From(Settings("p r q")).Rows.Single(row => row.Name == name).Seconds, most - 1, most);

    private static HxSettings Settings(string urls)
    {
        Assert.True(PostgresUrl.TryParse("postgresql://u:p@127.0.0.1/db", out PostgresUrl? postgres, out _));
        Assert.True(RedisUrl.TryParse("redis://127.0.0.1", out RedisUrl? redis, out _));
        Assert.True(QdrantUrl.TryParse("http://127.0.0.1:6333", out QdrantUrl? qdrant, out _));
        return new()
        {
            Postgres = urls.Contains('p') ? postgres : null,
            Redis = urls.Contains('r') ? redis : null,
            Qdrant = urls.Contains('q') ? qdrant : null,
        };
    }
}
