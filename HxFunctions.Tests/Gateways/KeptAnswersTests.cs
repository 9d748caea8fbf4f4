using System.Globalization;
using HxFunctions.AspNetCore;
using HxFunctions.Core.Http;
using Microsoft.Extensions.Time.Testing;
using GuardAnswer = HxFunctions.Core.Http.GuardAnswer;

namespace HxFunctions.Tests.Gateways;

/// <summary>Which answers may be kept, for how long, and how many.</summary>
public class KeptAnswersTests
{
    private static readonly KeptLifetime Lifetime = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), TimeSpan.FromHours(1));

    /// <summary>Seconds of max-age, stale-while-revalidate and stale-if-error; empty: not to be kept.</summary>
    [Theory]
    [InlineData(GuardAnswer.Keepable, "1 10 3600")]
    [InlineData("PRIVATE, Max-Age=1, Stale-While-Revalidate=10, STALE-IF-ERROR=3600", "1 10 3600")]
    [InlineData("stale-if-error=60,private,max-age=2", "2 0 60")]
    [InlineData("private, max-age=0, stale-if-error=9", "0 0 9")]
    [InlineData("private, max-age=99999999, stale-if-error=99999999", "3600 0 3600")]
    [InlineData("private, max-age=1, stale-if-error=1, stale-if-error=3600", "1 0 0")]
    [InlineData("private, max-age=1, stale-if-error=-1", "1 0 0")]
    [InlineData("private, max-age=1, stale-if-error=1.5", "1 0 0")]
    [InlineData("private, max-age=1, stale-if-error", "1 0 0")]
    [InlineData("private, max-age=1, stale-while-revalidate=99999999999", "1 0 0")]
    [InlineData("no-store", "")]
    [InlineData("private, max-age=1, no-store", "")]
    [InlineData("private, max-age=1, no-cache", "")]
    [InlineData("max-age=1, stale-if-error=3600", "")]
    [InlineData("public, max-age=1", "")]
    [InlineData("private", "")]
    [InlineData("private, max-age=x", "")]
    [InlineData("private, s-maxage=1", "")]
    [InlineData("", "")]
    public void Cache_control_says_how_long(string header, string seconds) => Assert.Equal(seconds, Told(("Cache-Control", header)));

    [Fact]
    public void Answer_out_of_another_cache_or_for_no_other_request_is_not_kept()
    {
        (string, string) keepable = ("Cache-Control", GuardAnswer.Keepable);
        Assert.Equal("1 10 3600", Told(keepable, ("Vary", GuardedRequest.HeaderNames)));
        Assert.Equal("", Told(keepable, ("Vary", "*")));
        Assert.Equal("", Told(keepable, ("Age", "3")));
        Assert.Equal("", Told(keepable, ("Cache-Control", "no-store")));
    }

    [Theory]
    [InlineData(0, "Fresh")]
    [InlineData(0.999, "Fresh")]
    [InlineData(1, "WhileAsking")]
    [InlineData(10.999, "WhileAsking")]
    [InlineData(11, "WithoutAnswer")]
    [InlineData(3600.999, "WithoutAnswer")]
    [InlineData(3601, "Over")]
    public void Use_follows_the_age(double seconds, string use) =>
        Assert.Equal(use, Lifetime.UseAt(TimeSpan.FromSeconds(seconds)).ToString());

    /// <summary>The machine slept, which only the wall clock counts; or the wall clock was set back.</summary>
    [Theory]
    [InlineData(5, 5, "WhileAsking")]
    [InlineData(5, 7200, "Over")]
    [InlineData(7200, 5, "Over")]
    [InlineData(5, -7200, "WhileAsking")]
    public void Answer_is_as_old_as_the_clock_says_that_counts_more(double counted, double onTheWall, string use)
    {
        FakeTimeProvider time = new(DateTimeOffset.UnixEpoch.AddDays(1));
        KeptAnswer kept = new(
            time.GetTimestamp() - (long)(counted * time.TimestampFrequency),
            time.GetUtcNow() - TimeSpan.FromSeconds(onTheWall),
            Lifetime
        );
        Assert.Equal(use, kept.UseAt(time).ToString());
    }

    [Fact]
    public void There_are_never_more_than_so_many_and_those_in_use_stay()
    {
        KeptAnswers kept = new(capacity: 100);
        GuardQuestion used = Question(-1);
        kept.Keep(used, new(0, default, Lifetime));
        for (int i = 0; i < 10_000; i++)
        {
            kept.Keep(Question(i), new(0, default, Lifetime));
            Assert.InRange(kept.Count, 1, 100);
            // Each 40th request is for it.
            if (i % 40 == 0)
            {
                Assert.NotNull(kept.Find(used));
            }
        }

        Assert.NotNull(kept.Find(used));
        Assert.Null(kept.Find(Question(9_000)));
        Assert.NotNull(kept.Find(Question(9_999)));
    }

    [Fact]
    public void Removed_answer_is_gone_from_both_halves()
    {
        KeptAnswers kept = new(capacity: 4);
        for (int i = 0; i < 4; i++)
        {
            kept.Keep(Question(i), new(0, default, Lifetime));
        }

        Assert.Equal(4, kept.Count);
        kept.Remove(Question(0));
        kept.Remove(Question(3));
        Assert.Null(kept.Find(Question(0)));
        Assert.Null(kept.Find(Question(3)));
        Assert.Equal(2, kept.Count);
    }

    [Fact]
    public void Long_path_is_not_kept()
    {
        KeptAnswers kept = new(capacity: 100);
        foreach (int length in new[] { KeptAnswers.MaxPathLength, KeptAnswers.MaxPathLength + 1 })
        {
            kept.Keep(new("GET", "/".PadRight(length, 'a')), new(0, default, Lifetime));
        }

        Assert.Equal(1, kept.Count);
    }

    private static GuardQuestion Question(int number) => new("GET", string.Create(CultureInfo.InvariantCulture, $"/v1/models/{number}"));

    private static string Told(params (string Name, string Value)[] headers)
    {
        using HttpResponseMessage response = new();
        foreach ((string name, string value) in headers)
        {
            response.Headers.TryAddWithoutValidation(name, value);
        }

        return KeptLifetime.Of(response.Headers) is { } kept
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{kept.MaxAge.TotalSeconds} {kept.WhileRevalidate.TotalSeconds} {kept.IfError.TotalSeconds}"
            )
            : "";
    }
}
