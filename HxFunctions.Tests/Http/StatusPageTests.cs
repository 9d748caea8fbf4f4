using System.Diagnostics;
using System.Globalization;
using System.Text;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Probing;
using HxFunctions.Core.Snapshots;
using Xunit.Abstractions;

namespace HxFunctions.Tests.Http;

/// <summary>The page as text: its size, and that nothing gets into it as markup.</summary>
public class StatusPageTests(ITestOutputHelper output)
{
    private const long Now = 1_800_000_012_345;
    private const int Most = 150_000;

    /// <summary>Seven days that flap all the time, so that no two neighbouring cells can be drawn as one. Also says how long it takes, for docs/status.md.</summary>
    [Theory]
    [InlineData(3, 23)]
    [InlineData(10, 23)]
    public void Page_over_7_days_is_small_enough_however_they_went(int dependencies, int rules)
    {
        StatusModel Model() => Flapping(dependencies, rules);
        int size = Encoding.UTF8.GetByteCount(StatusPage.Render(Model(), "nonce"));

        double[] rounds = [.. Enumerable.Range(0, 100).Select(_ =>
        {
            long started = Stopwatch.GetTimestamp();
            StatusPage.Render(Model(), "nonce");
            return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }).Order()];
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{dependencies} dependencies: {size} bytes, aggregated and rendered in {rounds[50]:0.0} ms (median; fastest {rounds[0]:0.0})."));

        Assert.InRange(size, 1, Most);
    }

    [Fact]
    public void Page_of_a_thousand_rules_is_small_enough_and_shows_the_closed_ones() =>
        Assert.InRange(Encoding.UTF8.GetByteCount(StatusPage.Render(Flapping(3, 1000), "nonce")), 1, Most);

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"onmouseover=alert(1) x=\"")]
    [InlineData("'><img src=x onerror=alert(1)>")]
    [InlineData("</title></style></script><!--")]
    [InlineData("&lt;b&gt; & &amp;")]
    public void Text_of_others_is_never_markup(string text)
    {
        StatusModel model = Flapping(1, 1);
        model = model with
        {
            Override = new(new(true, text, text, DateTimeOffset.UnixEpoch), TimeSpan.FromMinutes(1)),
            Headline = model.Headline with { Title = text, Details = [text] },
            Dependencies = [model.Dependencies[0] with { Name = text, Reason = text }],
            Problems = [new ConfigurationProblem(text, text)],
            Incidents = [new(text, DependencyStatus.Fail, text, 1, 2, 3)],
            Rules = [new(new(text, GuardMethods.All, [text]), new(true, true, [text]), new(false, true, [text]))],
        };
        string tame = StatusPage.Render(model, "nonce");
        string harmless = StatusPage.Render(Flapping(1, 1), "nonce");

        Assert.DoesNotContain(text, tame, StringComparison.Ordinal);
        // Elements and attributes that our own markup doesn't have.
        foreach (string mark in new[] { "<img", "onerror=", "onmouseover=", "<!--" }.Where(m => text.Contains(m, StringComparison.Ordinal)))
            Assert.DoesNotContain(mark, tame.Replace("onerror&#x3D;", "", StringComparison.Ordinal).Replace("=alert(1)", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(Count(harmless, "<script"), Count(tame, "<script"));
    }

    [Fact]
    public void Page_holds_no_inline_style_no_handler_and_no_address()
    {
        string page = StatusPage.Render(Flapping(3, 23), "nonce");
        string markup = page.Replace(StatusAsset.Style.Content, "", StringComparison.Ordinal).Replace(StatusAsset.Script.Content, "", StringComparison.Ordinal);

        Assert.DoesNotContain(" style=", markup, StringComparison.Ordinal);
        Assert.DoesNotMatch(" on[a-z]+=", markup);
        Assert.DoesNotMatch("(href|src|action)=\"(?!#|data:image/svg)", markup);
        Assert.DoesNotMatch("content=\"[0-9]+; *url", markup);
        Assert.DoesNotContain("url(", StatusAsset.Style.Content, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", StatusAsset.Style.Content, StringComparison.OrdinalIgnoreCase);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static StatusModel Flapping(int dependencies, int rules)
    {
        DependencyView[] views =
        [
            .. Enumerable.Range(0, dependencies).Select(i => new DependencyView(
                string.Create(CultureInfo.InvariantCulture, $"dependency-{i}"), DependencyStatus.Fail, Reasons.AuthenticationFailed, DateTimeOffset.UnixEpoch, TimeSpan.FromMilliseconds(1234.5),
                DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(1), [.. StatusWindow.All.Select(w => StatusHistory.Aggregate(FlappingHistory, w, Now, 65_000))])),
        ];
        VerdictView closed = new(true, true, ["dependency-0", "dependency-1"]);
        RuleView[] all = [.. Enumerable.Range(0, rules).Select(i => new RuleView(new(string.Create(CultureInfo.InvariantCulture, $"/v1/organization/{i}"), GuardMethods.All, ["dependency-0", "dependency-1"]), closed, closed))];
        Incident[] incidents = [.. Enumerable.Range(0, StatusModel.MostIncidents).Select(i => new Incident("dependency-0", DependencyStatus.Fail, Reasons.AuthenticationFailed, Now - i, null, Now))];
        return new(
            DateTimeOffset.UnixEpoch, GuardMode.Enforce, StoreCondition.Usable, HistoryCondition.Available, Now, [], null,
            Headline.Of(GuardMode.Enforce, false, null, views, all), views, all, incidents);
    }

    private static DependencyHistory FlappingHistory { get; } = new(
        [.. Enumerable.Range(0, 60).Select(i => new CheckPoint(Now - (i * 2000), StateOf(i), Reasons.Timeout, i * 37 % 3000))],
        [.. Enumerable.Range(1, 90).Select(i => Bucket(Now, i, HistoryBucket.Minute))],
        [.. Enumerable.Range(1, 672).Select(i => Bucket(Now, i, HistoryBucket.Quarter))]);

    private static HistoryBucket Bucket(long now, int i, long length) =>
        new(HistoryBucket.StartOf(now, length) - (i * length), 30, StateOf(i / (length == HistoryBucket.Quarter && i > 96 ? 8 : 1)), Reasons.Timeout, i * 37 % 3000, i * 41 % 3000, 3000);

    private static DependencyStatus StateOf(int i) => (i % 3) switch { 0 => DependencyStatus.Pass, 1 => DependencyStatus.Fail, _ => DependencyStatus.Warn };
}
