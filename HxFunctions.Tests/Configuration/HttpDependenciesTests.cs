using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Dependencies;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Tests.Configuration;

public class HttpDependenciesTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData(" ; \n ; ", "")]
    [InlineData("embeddings=https://a.example.org/health", "embeddings=https://a.example.org/health")]
    [InlineData(
        " Embeddings = http://a.example.org ;\nre-rank_2=http://[::1]:8080/x?y=z ",
        "embeddings=http://a.example.org/ re-rank_2=http://[::1]:8080/x?***"
    )]
    public void Entries_are_read_and_their_queries_never_shown(string text, string expected)
    {
        IReadOnlyList<HttpDependency> read = HttpDependencies.Parse(text, Variable, out IReadOnlyList<string> problems);
        Assert.Empty(problems);
        Assert.Equal(expected, string.Join(' ', read));
    }

    [Theory]
    [InlineData("embeddings", "entry 1: has no '=' followed by a URL")]
    [InlineData("=http://a.example.org", "entry 1: has no name before the '='")]
    [InlineData("a b=http://a.example.org", "entry 1: has no name before the '='")]
    [InlineData("-a=http://a.example.org", "entry 1: has no name before the '='")]
    [InlineData("redis=http://a.example.org", "entry 1: has the reserved name 'redis'")]
    [InlineData("all=http://a.example.org", "entry 1: has the reserved name 'all'")]
    [InlineData("DB=http://a.example.org", "entry 1: has the reserved name 'db'")]
    [InlineData("a=http://a.example.org; A=http://b.example.org", "entry 2: has the same name as an earlier entry")]
    [InlineData("a=ftp://a.example.org", "entry 1: the URL does not begin with http:// or https://")]
    [InlineData("a=a.example.org/health", "entry 1: the URL does not begin with http:// or https://")]
    [InlineData("a=http://user:secret@a.example.org", "entry 1: the URL has a user name or password")]
    [InlineData("a=http://a.example.org/#x", "entry 1: the URL has a fragment")]
    [InlineData("a=http://a.example.org/x\\y", "entry 1: the URL has a backslash, white space or another character")]
    [InlineData("a=", "entry 1: the URL does not begin with http:// or https://")]
    [InlineData("a=http://a.example.org/x y", "entry 1: option 1 after the URL is not header:NAME=$VARIABLE")]
    [InlineData("a=http://a.example.org http:2 http:3", "entry 1: option 2 after the URL is not header:NAME=$VARIABLE")]
    [InlineData("a=http://a.example.org header:X", "entry 1: option 1 after the URL has no header name")]
    [InlineData("a=http://a.example.org header:=$TOKEN", "entry 1: option 1 after the URL has no header name")]
    [InlineData("a=http://a.example.org header:X(=$TOKEN", "entry 1: option 1 after the URL has no header name")]
    [InlineData("a=http://a.example.org header:X=secret", "entry 1: option 1 after the URL has no variable after the '='")]
    [InlineData("a=http://a.example.org header:X=Bearer$TOKEN", "entry 1: option 1 after the URL has no variable after the '='")]
    [InlineData("a=http://a.example.org header:X=${TOKEN}", "entry 1: option 1 after the URL has no variable after the '='")]
    [InlineData("a=http://a.example.org header:X=$", "entry 1: option 1 after the URL has no variable after the '='")]
    [InlineData("a=http://a.example.org header:X=$secret", "entry 1: option 1 after the URL names a variable that is not set")]
    [InlineData("a=http://a.example.org header:X=$EMPTY", "entry 1: option 1 after the URL names a variable that is not set")]
    [InlineData("a=http://a.example.org header:X=$BROKEN", "entry 1: option 1 after the URL names a variable with characters")]
    [InlineData("a=http://a.example.org header:X=$UMLAUT", "entry 1: option 1 after the URL names a variable with characters")]
    [InlineData("a=http://a.example.org header:Host=$TOKEN", "entry 1: option 1 after the URL has a header that can't be set")]
    [InlineData("a=http://a.example.org header:content-type=$TOKEN", "entry 1: option 1 after the URL has a header that can't be set")]
    [InlineData("a=http://a.example.org header:Content-Odd=$TOKEN", "entry 1: option 1 after the URL has a header that can't be set")]
    [InlineData("a=http://a.example.org header:connection=$TOKEN", "entry 1: option 1 after the URL has a header that can't be set")]
    [InlineData("a=http://a.example.org header:Expires=$TOKEN", "entry 1: option 1 after the URL has a header that can't be set")]
    [InlineData(
        "a=http://a.example.org header:X=$TOKEN header:x=$TOKEN",
        "entry 1: option 2 after the URL has a header that was set before"
    )]
    [InlineData("a=http://a.example.org status:", "entry 1: option 1 after the URL must list statuses")]
    [InlineData("a=http://a.example.org status:200,", "entry 1: option 1 after the URL must list statuses")]
    [InlineData("a=http://a.example.org status:199", "entry 1: option 1 after the URL must list statuses")]
    [InlineData("a=http://a.example.org status:600", "entry 1: option 1 after the URL must list statuses")]
    [InlineData("a=http://a.example.org status:299-200", "entry 1: option 1 after the URL must list statuses")]
    [InlineData("a=http://a.example.org status:-200", "entry 1: option 1 after the URL must list statuses")]
    [InlineData("a=http://a.example.org:0", "entry 1: the URL must be a host")]
    [InlineData("a=http://a!b.example.org", "entry 1: the URL must be a host")]
    [InlineData("a=http://", "entry 1: the URL must be a host")]
    public void Problem_names_the_entry_and_no_value(string text, string expected)
    {
        Assert.DoesNotContain(
            HttpDependencies.Parse(text, Variable, out IReadOnlyList<string> problems),
            d => d.Name is "redis" or "all" or "db"
        );
        string problem = Assert.Single(problems);
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("example", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_are_read_and_a_variable_is_never_shown()
    {
        const string Text = "a=https://a.example.org\theader:Authorization=$TOKEN Header:X-Key=$KEY  status:200,300-399 HTTP:2";
        HttpDependency read = Assert.Single(HttpDependencies.Parse(Text, Variable, out IReadOnlyList<string> problems));
        Assert.Empty(problems);
        Assert.Equal("a=https://a.example.org/ header:Authorization=$TOKEN header:X-Key=$KEY status:200,300-399 http:2", $"{read}");
        Assert.Equal(["Bearer made-up", "key of tests"], read.Headers.Select(header => header.Value));
        Assert.Equal([true, false, true, false], new[] { 200, 204, 399, 400 }.Select(s => read.Statuses.Any(range => range.Contains(s))));
        Assert.True(read.Http2Only);
        Assert.Contains("made-up", read.Secrets);
        Assert.Equal(["https://a.example.org/", "200", "300-399", "http:2"], read.Endpoint);
    }

    [Fact]
    public void Value_of_a_header_is_redacted_with_and_without_its_scheme()
    {
        Dictionary<string, string?> variables = new()
        {
            ["DEPENDENCIES"] = "a=https://a.example.org header:Authorization=$TOKEN",
            ["TOKEN"] = "Bearer made-up",
            ["ENABLE_DB_GUARD"] = "false",
        };
        HxSettings settings = HxSettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
        Assert.Empty(settings.Problems);
        Assert.Equal("sent *** and ***", Redactor.For(settings).Redact("sent Bearer made-up and made-up"));
    }

    [Fact]
    public void Too_many_and_too_long_are_problems()
    {
        Assert.Equal(
            HttpDependencies.MaxCount,
            HttpDependencies
                .Parse(
                    string.Join(';', Enumerable.Range(0, 40).Select(i => $"n{i}=http://a.example.org")),
                    Variable,
                    out IReadOnlyList<string> problems
                )
                .Count
        );
        Assert.Equal(["has more than 32 entries"], problems);
        Assert.Empty(HttpDependencies.Parse(new string('a', 40_000), Variable, out problems));
        Assert.Equal([UrlText.TooLong], problems);
    }

    private static string? Variable(string name) =>
        name switch
        {
            "TOKEN" => "Bearer made-up",
            "KEY" => "key of tests",
            "EMPTY" => "",
            "BROKEN" => "secret\r\nX-More: 1",
            "UMLAUT" => "secret of Jürgen",
            _ => null,
        };
}
