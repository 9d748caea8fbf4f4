using System.Text;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Http;

/// <summary>The page as text: its size, and that nothing gets into it as markup.</summary>
public class StatusPageTests
{
    private const int MaxBytes = 150_000;

    /// <summary>Seven days that flap all the time, so that no two neighbouring cells can be drawn as one.</summary>
    [Theory]
    [InlineData(3, 23)]
    [InlineData(10, 23)]
    public void Page_over_7_days_is_small_enough_however_they_went(int dependencies, int rules) =>
        Assert.InRange(Encoding.UTF8.GetByteCount(StatusPage.Render(FlappingWeek.Of(dependencies, rules), "nonce")), 1, MaxBytes);

    [Fact]
    public void Page_of_a_thousand_rules_is_small_enough_and_shows_the_closed_ones() =>
        Assert.InRange(Encoding.UTF8.GetByteCount(StatusPage.Render(FlappingWeek.Of(3, 1000), "nonce")), 1, MaxBytes);

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"onmouseover=alert(1) x=\"")]
    [InlineData("'><img src=x onerror=alert(1)>")]
    [InlineData("</title></style></script><!--")]
    [InlineData("&lt;b&gt; & &amp;")]
    public void Text_of_others_is_never_markup(string text)
    {
        StatusModel model = FlappingWeek.Of(1, 1);
        model = model with
        {
            Override = new(new(true, text, text, DateTimeOffset.UnixEpoch), TimeSpan.FromMinutes(1)),
            Headline = model.Headline with { Title = text, Details = [text] },
            Dependencies = [model.Dependencies[0] with { Name = text, Reason = text }],
            Problems = [new ConfigurationProblem(text, text)],
            Options = new(text, [new(text, new Uri("https://example.org/" + text))], new Uri("https://example.org/?" + text)),
            Incidents =
            [
                new DependencyIncident(text, DependencyStatus.Fail, text, 1, 2, 3),
                new OverrideIncident("closed", text, text, text, 1, 3),
            ],
            Rules = [new(new(text, GuardMethods.All, [text]), new(true, true, [text]), new(false, true, [text]))],
        };
        string tame = StatusPage.Render(model, "nonce");
        string harmless = StatusPage.Render(FlappingWeek.Of(1, 1), "nonce");

        Assert.DoesNotContain(text, tame, StringComparison.Ordinal);
        // Elements and attributes that our own markup doesn't have.
        foreach (string mark in new[] { "<img", "onerror=", "onmouseover=", "<!--" }.Where(m => text.Contains(m, StringComparison.Ordinal)))
        {
            Assert.DoesNotContain(
                mark,
                tame.Replace("onerror&#x3D;", "", StringComparison.Ordinal).Replace("=alert(1)", "", StringComparison.Ordinal),
                StringComparison.Ordinal
            );
        }

        Assert.Equal(Count(harmless, "<script"), Count(tame, "<script"));
    }

    [Fact]
    public void Page_holds_no_inline_style_no_handler_and_no_address()
    {
        string page = StatusPage.Render(FlappingWeek.Of(3, 23), "nonce");
        string markup = page.Replace(StatusAsset.Style.Content, "", StringComparison.Ordinal)
            .Replace(StatusAsset.Script.Content, "", StringComparison.Ordinal);

        Assert.DoesNotContain(" style=", markup, StringComparison.Ordinal);
        Assert.DoesNotMatch(" on[a-z]+=", markup);
        Assert.DoesNotMatch("(href|src|action)=\"(?!#|data:image/svg)", markup);
        Assert.DoesNotMatch("content=\"[0-9]+; *url", markup);
        Assert.DoesNotContain("url(", StatusAsset.Style.Content, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", StatusAsset.Style.Content, StringComparison.OrdinalIgnoreCase);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
