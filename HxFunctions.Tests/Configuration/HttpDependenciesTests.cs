using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;

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
        IReadOnlyList<HttpDependency> read = HttpDependencies.Parse(text, out IReadOnlyList<string> problems);
        Assert.Empty(problems);
        Assert.Equal(expected, string.Join(' ', read));
    }

    [Theory]
    [InlineData("embeddings", "entry 1: has no '=' followed by a URL")]
    [InlineData("=http://a.example.org", "entry 1: has no name before the '='")]
    [InlineData("a b=http://a.example.org", "entry 1: has no name before the '='")]
    [InlineData("-a=http://a.example.org", "entry 1: has no name before the '='")]
    [InlineData("redis=http://a.example.org", "entry 1: has the name 'redis', which is taken")]
    [InlineData("all=http://a.example.org", "entry 1: has the name 'all', which is taken")]
    [InlineData("DB=http://a.example.org", "entry 1: has the name 'db', which is taken")]
    [InlineData("a=http://a.example.org; A=http://b.example.org", "entry 2: has the name of an entry before it")]
    [InlineData("a=ftp://a.example.org", "entry 1: the URL does not begin with http:// or https://")]
    [InlineData("a=a.example.org/health", "entry 1: the URL does not begin with http:// or https://")]
    [InlineData("a=http://user:secret@a.example.org", "entry 1: the URL has a user name or password")]
    [InlineData("a=http://a.example.org/#x", "entry 1: the URL has a fragment")]
    [InlineData("a=http://a.example.org/x y", "entry 1: the URL has a backslash, white space or another character")]
    [InlineData("a=http://a.example.org:0", "entry 1: the URL is not one of a host")]
    [InlineData("a=http://a!b.example.org", "entry 1: the URL is not one of a host")]
    [InlineData("a=http://", "entry 1: the URL is not one of a host")]
    public void Problem_names_the_entry_and_no_value(string text, string expected)
    {
        Assert.DoesNotContain(HttpDependencies.Parse(text, out IReadOnlyList<string> problems), d => d.Name is "redis" or "all" or "db");
        string problem = Assert.Single(problems);
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("example", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_and_too_long_are_problems()
    {
        Assert.Equal(
            HttpDependencies.MaxCount,
            HttpDependencies
                .Parse(
                    string.Join(';', Enumerable.Range(0, 40).Select(i => $"n{i}=http://a.example.org")),
                    out IReadOnlyList<string> problems
                )
                .Count
        );
        Assert.Equal(["holds more than 32 entries"], problems);
        Assert.Empty(HttpDependencies.Parse(new string('a', 40_000), out problems));
        Assert.Equal([UrlText.TooLong], problems);
    }
}
