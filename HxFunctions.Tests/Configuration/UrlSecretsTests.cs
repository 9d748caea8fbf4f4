using HxFunctions.Core.Configuration;

namespace HxFunctions.Tests.Configuration;

public class UrlSecretsTests
{
    [Theory]
    [InlineData("https://app.example/?code=made-up", "https://app.example/?code=***")]
    [InlineData("https://me:made@up@wiki.example/a", "https://***@wiki.example/a")]
    [InlineData(
        "A=https://a.example/x?from=1&subscription-key=x;B=https://b.example",
        "A=https://a.example/x?from=1&subscription-key=***;B=https://b.example"
    )]
    [InlineData("https://a.example/#access_token=x", "https://a.example/#access_token=***")]
    [InlineData("https://a.example/#/login?jwt=x&y=1", "https://a.example/#/login?jwt=***&y=1")]
    [InlineData("https://a.example/?client%5Fsecret=x", "https://a.example/?client%5Fsecret=***")]
    public void Credentials_of_urls_are_masked(string text, string shown) => Assert.Equal(shown, UrlSecrets.Mask(text));

    [Theory]
    [InlineData("default; /key=redis; /auth GET=postgres; -/token/info")]
    [InlineData("https://grafana.example/d/1?orgId=1&from=now-6h")]
    [InlineData("/llm,/litellm")]
    [InlineData("team@example.org")]
    public void Anything_else_is_shown_as_it_is(string text) => Assert.Equal(text, UrlSecrets.Mask(text));
}
