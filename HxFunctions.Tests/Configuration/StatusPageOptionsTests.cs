using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Tests.Configuration;

public class StatusPageOptionsTests
{
    [Fact]
    public void Title_links_and_runbook_are_read()
    {
        StatusPageOptions options = Read(
            ("STATUS_TITLE", "Gateway, production"),
            ("STATUS_LINKS", "Dashboard = https://grafana.example/d/1?orgId=1&from=now-1h ; Chat=http://chat.example/x;"),
            ("STATUS_RUNBOOK", "https://wiki.example/operations#top")
        ).StatusPage;

        Assert.Equal("Gateway, production", options.Title);
        Assert.Equal(
            ["Dashboard https://grafana.example/d/1?orgId=1&from=now-1h", "Chat http://chat.example/x"],
            options.Links.Select(l => $"{l.Title} {l.Address}")
        );
        Assert.Equal("https://wiki.example/operations#timeout", options.RunbookOf(Reasons.Timeout));
    }

    [Fact]
    public void Without_any_there_is_a_title_and_no_link()
    {
        StatusPageOptions options = Read().StatusPage;
        Assert.Equal(("HxFunctions status", 0), (options.Title, options.Links.Count));
        Assert.Null(options.RunbookOf(Reasons.Timeout));
    }

    /// <summary>A typing error in a link must not close routes.</summary>
    [Theory]
    [InlineData("STATUS_TITLE", "a\nb", "is not shown: it must be one line of at most 60 characters")]
    [InlineData("STATUS_TITLE", "0123456789012345678901234567890123456789012345678901234567890", "is not shown: it must be one line of")]
    [InlineData("STATUS_LINKS", "https://wiki.example", "is not shown: it must be links such as")]
    [InlineData("STATUS_LINKS", "Wiki", "is not shown: it must be links such as")]
    [InlineData("STATUS_LINKS", "Wiki=javascript:alert(1)", "is not shown: it must use http:// or https://")]
    [InlineData("STATUS_LINKS", "Wiki=https://me:word@wiki.example", "is not shown: it must use http:// or https://")]
    [InlineData("STATUS_LINKS", "Wall=https://hx.example/status?code=made-up-function-key", "is not shown: it has a URL with a key")]
    [InlineData(
        "STATUS_LINKS",
        "a=http://a;b=http://a;c=http://a;d=http://a;e=http://a;f=http://a;g=http://a;h=http://a;i=http://a",
        "more than 8"
    )]
    [InlineData("STATUS_RUNBOOK", "docs/operations.md", "is not used: it must use http:// or https://")]
    [InlineData("STATUS_RUNBOOK", "https://wiki.example/?TOKEN=x", "is not used: it has a URL with a key")]
    [InlineData("STATUS_LINKS", "a=https://a.example/x?subscription-key=x", "is not shown: it has a URL with a key")]
    [InlineData("STATUS_LINKS", "a=https://a.example/?p=1&password=x", "is not shown: it has a URL with a key")]
    [InlineData("STATUS_LINKS", "a=https://a.example/?client%5Fsecret=x", "is not shown: it has a URL with a key")]
    [InlineData("STATUS_LINKS", "a=https://a.example/?X-Amz-Signature=x", "is not shown: it has a URL with a key")]
    [InlineData("STATUS_LINKS", "a=https://a.example/#access_token=x", "is not shown: it has a URL with a key")]
    [InlineData("STATUS_LINKS", "a=https://a.example/#/login?jwt=x", "is not shown: it has a URL with a key")]
    public void Wrong_value_is_a_hint_and_is_left_out(string variable, string value, string hint)
    {
        HxSettings settings = Read((variable, value));

        Assert.Empty(settings.Problems);
        ConfigurationProblem found = Assert.Single(settings.Hints, h => h.Variable == variable);
        Assert.Contains(hint, found.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("made-up", found.Problem, StringComparison.Ordinal);
        Assert.Equal(StatusPageOptions.Default, settings.StatusPage with { Links = StatusPageOptions.Default.Links });
        Assert.Empty(settings.StatusPage.Links);
    }

    private static HxSettings Read(params (string Name, string Value)[] variables) =>
        HxSettingsReader.Read(
            new ConfigurationBuilder()
                .AddInMemoryCollection(
                    variables
                        .Append(("PG_URL", "postgresql://127.0.0.1/db"))
                        .Append(("REDIS_URL", "redis://127.0.0.1"))
                        .Select(v => KeyValuePair.Create(v.Item1, (string?)v.Item2))
                )
                .Build()
        );
}
