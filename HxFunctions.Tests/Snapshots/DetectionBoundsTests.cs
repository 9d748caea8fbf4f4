using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Snapshots;

/// <summary>The promises by the formulas of docs/knowledge.md, in seconds.</summary>
public class DetectionBoundsTests
{
    /// <param name="urls">Which of PostgreSQL, Redis and Qdrant have a URL; their deadlines are 3, 2 and 4 s.</param>
    [Theory]
    [InlineData("p r", 2, 2, 5, 2, 2.5, 7, 5)]
    [InlineData("r", 2, 2, 5, 2, 2.5, 7, 4)] // the longest deadline is Redis's 2 s, and reopening takes the pace and one more
    [InlineData("p r q", 2, 2, 5, 2, 2.5, 7, 6)]
    [InlineData("", 2, 2, 5, 2, 2.5, 7, 5)] // someone else's checks alone have 3 s
    [InlineData("p r", 1, 1, 5, 2, 2, 7, 3)]
    [InlineData("p r", 4, 2, 5, 2, 3.5, 12, 5)] // two hung probes fit into a check, so that four failures take two
    [InlineData("p r", 5, 2, 5, 2, 4, 17, 5)]
    [InlineData("p r", 2, 2, 3.5, 2, 2.5, 9, 5)] // one hung probe fits
    [InlineData("p r", 2, 3, 5, 10, 10.5, 20, 30)] // checks at a slow pace
    public void Bounds_follow_from_the_configuration(
        string urls,
        int fall,
        int rise,
        double check,
        double pace,
        double killed,
        double hung,
        double reopened
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
                TimeSpan.FromSeconds(check + 1 + pace)
            ),
            DetectionBounds.From(settings)
        );
    }

    /// <summary>Half a second is added to each: what a busy machine may take.</summary>
    [Fact]
    public void Line_for_people_names_every_bound_with_a_margin() =>
        Assert.Equal(
            "While the guard is in use, a killed dependency closes its routes within 3 s, a hung one within 7.5 s, and they "
                + "reopen within 5.5 s after it recovers; "
                + "other instances follow within 2.5 s; + 8.5 s when the checking instance itself dies.",
            DetectionBounds.From(Settings("p r")).ToString()
        );

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
