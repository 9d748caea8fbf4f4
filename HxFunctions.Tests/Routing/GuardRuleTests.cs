using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routing;

public class GuardRuleTests
{
    [Theory]
    [InlineData("/a=x", "GET", true)]
    [InlineData("/a=x", "TRACE", true)]
    [InlineData("/a=x", "BREW", true)]
    [InlineData("/a POST,DELETE=x", "post", true)]
    [InlineData("/a POST,DELETE=x", "DELETE", true)]
    [InlineData("/a POST,DELETE=x", "GET", false)]
    [InlineData("/a POST,DELETE=x", "PUT", false)]
    [InlineData("/a GET=x", "HEAD", true)]
    [InlineData("/a HEAD=x", "HEAD", true)]
    [InlineData("/a HEAD=x", "GET", false)]
    [InlineData("/a POST=x", "HEAD", false)]
    [InlineData("/a GET=x", "OPTIONS", false)]
    [InlineData("/a GET=x", "BREW", true)]
    [InlineData("/a GET=x", "", true)]
    public void Rule_applies_to_method(string entry, string method, bool applies)
    {
        Assert.True(GuardRules.TryParse(entry, out GuardRuleSet set, out _));

        Assert.Equal(applies, set.Rules[0].Applies(GuardMethod.Parse(method)));
    }

    [Fact]
    public void Method_that_was_never_parsed_applies_to_every_rule() =>
        Assert.True(new GuardRule("/a", GuardMethods.Get, ["x"]).Applies(GuardMethods.None));

    [Theory]
    [InlineData("/v1/keys=postgres,redis")]
    [InlineData("/v1/keys POST,DELETE=postgres,redis")]
    [InlineData("/=qdrant")]
    [InlineData("/model/{id}/update PATCH=postgres")]
    [InlineData("/report/{x:path}/*=postgres")]
    [InlineData("/v1beta/models/{model_name:path}:countTokens POST=postgres")]
    [InlineData("/onboarding/get_token GET!,POST=postgres")]
    [InlineData("/v1/Keys.v2~x GET,HEAD,OPTIONS,POST,PUT,PATCH,DELETE,TRACE,CONNECT=my_db-2")]
    public void Rule_as_text_is_its_entry(string entry)
    {
        Assert.True(GuardRules.TryParse(entry, out GuardRuleSet set, out _));

        Assert.Equal(entry, set.Rules[0].ToString());
    }
}
