using HxFunctions.AspNetCore;
using HxFunctions.Core.Http;

namespace HxFunctions.Tests.Gateways;

/// <summary>What of a request goes to the guard.</summary>
public class GuardQuestionTests
{
    [Theory]
    [InlineData("/v1/models", "/v1/models")]
    [InlineData("/v1/models?path=/key&x", "/v1/models")]
    [InlineData("/v1/models?a?b", "/v1/models")]
    [InlineData("/v1/models#x?y", "/v1/models#x")]
    [InlineData("/v1/models/azure%2Fgpt-4o", "/v1/models/azure%2Fgpt-4o")]
    [InlineData("/v1//x/../%6bey;a=b,c\\d/", "/v1//x/../%6bey;a=b,c\\d/")]
    [InlineData("http://host/v1/models?x", "http://host/v1/models")]
    [InlineData("HTTPS://host/v1/models", "HTTPS://host/v1/models")]
    [InlineData("/", "/")]
    [InlineData("/%", "/%")]
    [InlineData("/a\tb\u007f", "/a%09b%7F")]
    [InlineData("/é/k\u212aey", "/%C3%A9/k%E2%84%AAey")]
    [InlineData("*", "/%")]
    [InlineData("host:443", "/%")]
    [InlineData("ftp://host/key", "/%")]
    [InlineData("?x", "/%")]
    [InlineData("", "/%")]
    public void Path_is_told_as_sent_without_its_query(string target, string told) =>
        Assert.Equal(told, GuardQuestion.Of("GET", target).Path);

    /// <summary>The guard counts what is longer as matching every rule, and so it does the stand-in for it.</summary>
    [Theory]
    [InlineData('a', 8191, false)]
    [InlineData('a', 8192, true)]
    [InlineData('é', 1365, false)]
    [InlineData('é', 1366, true)]
    public void What_is_too_long_for_the_guard_is_asked_about_as_undecidable(char letter, int count, bool isTooLong)
    {
        string path = GuardQuestion.Of("GET", "/" + new string(letter, count) + "?x").Path;

        Assert.Equal(isTooLong, path == GuardQuestion.Undecidable);
        Assert.InRange(path.Length, 1, GuardQuestion.MaxPathLength);
    }

    /// <summary>Else a caller could have the guard say that the question is wrong.</summary>
    [Theory]
    [InlineData("*")]
    [InlineData("host:443")]
    [InlineData("/é")]
    [InlineData("")]
    public void What_is_told_is_always_a_target_for_the_guard(string target) =>
        Assert.True(GuardedRequest.IsTarget(GuardQuestion.Of("GET", target).Path));

    [Theory]
    [InlineData("GET", "GET")]
    [InlineData("get", "get")]
    [InlineData("M-SEARCH", "M-SEARCH")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG", "")]
    [InlineData("GÈT", "")]
    [InlineData("A B", "")]
    public void Method_that_no_header_should_hold_is_left_out(string method, string told) =>
        Assert.Equal(told, GuardQuestion.Of(method, "/").Method);
}
