using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Guarding;

/// <summary>What is shown of a decision besides the verdict, and what is shown while nobody asks.</summary>
public class GuardPreviewTests
{
    private const string Routes = "/both=postgres,redis; /pg=postgres; /pg/deep=qdrant; /redis=redis; /vectors=qdrant";

    /// <summary>What is shown of a rule while nobody asks: knowledge counts until it expires, for a request would have it renewed. In use,
    /// a request is what decides.</summary>
    [Theory]
    [InlineData("ppp", 60, false, true, "")]
    [InlineData("ppp", 60, true, true, "postgres")]
    [InlineData("ppp", 66, false, true, "postgres")]
    [InlineData("fpp", 60, false, true, "postgres")]
    [InlineData("wpp", 60, false, true, "")]
    [InlineData("wpp", 60, false, false, "postgres")]
    public void Preview_goes_by_what_a_request_would_find(string states, double age, bool inUse, bool isRead, string missing)
    {
        GuardBench bench = new GuardBench(Routes).Know(states);
        bench.Time.Advance(TimeSpan.FromSeconds(age));
        if (inUse)
        {
            bench.Knowledge.NoteUse(bench.Time.GetTimestamp());
        }

        GuardDecision preview = bench.Guard.Preview(bench.Knowledge.Current, IndexOf(bench, "/pg"), isRead);

        Assert.Equal(missing, string.Join(',', bench.Names(preview.Missing)));
        Assert.Equal(("/pg", missing.Length > 0), (preview.Rule?.Route, preview.Closed));
    }

    [Fact]
    public void Preview_of_a_guard_that_is_off_misses_nothing_and_is_no_use()
    {
        GuardBench bench = new GuardBench(Routes, new() { GuardMode = GuardMode.Off }).Know("fff");

        GuardDecision preview = bench.Guard.Preview(bench.Knowledge.Current, IndexOf(bench, "/pg"), isRead: false);

        Assert.Equal((false, false, 0UL, 0UL), (preview.Closed, preview.VerdictIsClosed, preview.Needs, preview.Missing));
        Assert.False(bench.Knowledge.IsInUse);
    }

    [Theory]
    [InlineData(GuardMode.Enforce, true)]
    [InlineData(GuardMode.Shadow, true)]
    [InlineData(GuardMode.Off, false)]
    public async Task Decision_is_use_unless_the_guard_is_off(GuardMode mode, bool inUse)
    {
        GuardBench bench = new(Routes, new() { GuardMode = mode });

        await bench.DecideAsync("/other");

        Assert.Equal(inUse, bench.Knowledge.IsInUse);
    }

    /// <summary>Ages in seconds, of postgres, redis and qdrant: what the decision rests on is as old as the oldest of them that it
    /// needs.</summary>
    [Theory]
    [InlineData("/both", "ppp", 5, 2, 9, 5.0)]
    [InlineData("/both", "ppp", 2, 5, 9, 5.0)]
    [InlineData("/both", "upp", 2, 5, 9, 5.0)]
    [InlineData("/both", "ppp", 0, 0, 9, 0.0)]
    [InlineData("/both", "uup", 2, 5, 9, null)]
    [InlineData("/pg/deep", "ppp", 2, 5, 9, 9.0)]
    public void Age_is_that_of_the_oldest_record_needed(string path, string states, int postgres, int redis, int qdrant, double? age)
    {
        GuardBench bench = new(Routes);
        int passed = 0;
        foreach (
            (string name, char state, int old) in new[] { "postgres", "redis", "qdrant" }
                .Zip(states, [postgres, redis, qdrant])
                .OrderByDescending(d => d.Third)
        )
        {
            bench.Time.Advance(TimeSpan.FromSeconds(9 - old - passed));
            passed = 9 - old;
            if (state != 'u')
            {
                bench.Know(name, DependencyStatus.Fail);
            }
        }

        bench.Time.Advance(TimeSpan.FromSeconds(9 - passed));

        Assert.Equal(age, bench.Guard.Preview(bench.Knowledge.Current, IndexOf(bench, path), isRead: false).AgeSeconds);
    }

    /// <summary>Defaults: 2 + 5 s; without Redis 4 × 2 + 5 s for what isn't Redis.</summary>
    [Theory]
    [InlineData("/pg", true, 7)]
    [InlineData("/pg", false, 13)]
    [InlineData("/both", false, 13)]
    [InlineData("/redis", false, 7)]
    [InlineData("/vectors", false, 13)]
    [InlineData("/other", true, 7)]
    [InlineData("/other", false, 13)]
    public async Task Longest_age_is_that_of_what_is_needed_or_of_anything(string path, bool redis, double seconds)
    {
        GuardBench bench = new GuardBench(Routes).WithStore(redis ? StoreCondition.Usable : StoreCondition.Unusable);

        Assert.Equal(seconds, (await bench.DecideAsync(path)).MaxAgeSeconds);
    }

    private static int IndexOf(GuardBench bench, string prefix) => bench.Settings.Rules.ToList().FindIndex(r => r.Route == prefix);
}
