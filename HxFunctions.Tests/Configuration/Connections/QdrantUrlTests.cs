using FsCheck;
using FsCheck.Fluent;
using HxFunctions.Core.Configuration.Connections;

namespace HxFunctions.Tests.Configuration.Connections;

public class QdrantUrlTests
{
    [Theory]
    [InlineData("http://qdrant:6333", "http://qdrant:6333/")]
    [InlineData("http://qdrant:6333/", "http://qdrant:6333/")]
    [InlineData("  HTTP://Qdrant:6333\n", "http://qdrant:6333/")]
    [InlineData("http://qdrant", "http://qdrant/")]
    [InlineData("https://cluster.example.org", "https://cluster.example.org/")]
    [InlineData("https://cluster.example.org:443/", "https://cluster.example.org/")]
    [InlineData("https://example.org/vectors", "https://example.org/vectors/")]
    [InlineData("https://example.org/a/b%20c/", "https://example.org/a/b%20c/")]
    [InlineData("http://[::1]:6333", "http://[::1]:6333/")]
    [InlineData("http://192.0.2.4:6333", "http://192.0.2.4:6333/")]
    [InlineData("http://my_host:6333", "http://my_host:6333/")]
    public void Good_url_becomes_a_base_that_ends_with_a_slash(string value, string expected)
    {
        QdrantUrl url = Parse(value);

        Assert.Equal(expected, url.BaseUrl.AbsoluteUri);
        Assert.Equal(expected, url.ToString());
        Assert.Null(url.Hint);
    }

    [Theory]
    [InlineData("http://qdrant", 80)]
    [InlineData("https://qdrant", 443)]
    [InlineData("https://qdrant:6333", 6333)]
    public void Port_is_the_one_given_else_the_scheme_s(string value, int port) => Assert.Equal(port, Parse(value).BaseUrl.Port);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("qdrant:6333")]
    [InlineData("localhost")]
    [InlineData("//qdrant:6333")]
    [InlineData("http:qdrant")]
    [InlineData("grpc://qdrant:6334")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://")]
    [InlineData("http:///collections")]
    [InlineData("http://:6333")]
    [InlineData("http://qdrant:0")]
    [InlineData("http://qdrant:65536")]
    [InlineData("http://qdrant:port")]
    [InlineData("http://[::1")]
    [InlineData("http://[[::1]]")]
    [InlineData("http://user@qdrant")]
    [InlineData("http://user:pass@qdrant")]
    [InlineData("http://user:12/pass@qdrant")]
    [InlineData("http://qdrant?x=1")]
    [InlineData("http://qdrant?")]
    [InlineData("http://qdrant#x")]
    [InlineData("http://qdrant\\x")]
    [InlineData("http://qdr ant")]
    [InlineData("http://qdrant/\u0001")]
    [InlineData("http://a;b")]
    [InlineData("http://qdrant/%%62/")]
    [InlineData("http://qdrant/base%")]
    [InlineData("http://qdrant/%ff")]
    public void Bad_url_is_a_problem(string value)
    {
        Assert.False(QdrantUrl.TryParse(value, out QdrantUrl? url, out string? problem));

        Assert.Null(url);
        Assert.Matches("^(has|is|does) ", problem);
    }

    [Theory]
    [InlineData("http://qdrant:6334", true)]
    [InlineData("https://qdrant:6334/base", true)]
    [InlineData("http://qdrant:6333", false)]
    public void Port_of_gRPC_gets_a_hint(string value, bool hinted) =>
        Assert.Equal(hinted, Parse(value).Hint is { } hint && hint.Contains("6334", StringComparison.Ordinal));

    [Theory]
    [InlineData('%')]
    [InlineData('[')]
    [InlineData(':')]
    [InlineData('a')]
    [InlineData('@')]
    public void Hostile_host_is_a_problem(char c) => Assert.False(QdrantUrl.TryParse("http://" + new string(c, 10_000), out _, out _));

    [Fact]
    public void Arbitrary_text_never_throws_and_its_problem_shows_no_secret() =>
        Prop.ForAll(
                UrlSamples.Noise("http://", "https://q:6333/", ""),
                UrlSamples.Noise(""),
                (before, after) =>
                {
                    foreach (
                        string value in new[] { before + after, $"{before}Zq7Xw9Kp4Rt2{after}", $"http://u:{before}Zq7Xw9Kp4Rt2@{after}" }
                    )
                    {
                        bool isGood = QdrantUrl.TryParse(value, out QdrantUrl? url, out string? problem);
                        Assert.Equal(isGood, url is not null);
                        if (!isGood)
                        {
                            UrlSamples.AssertNothingOf("Zq7Xw9Kp4Rt2", problem!);
                        }
                    }
                }
            )
            .Check(UrlSamples.Many);

    private static QdrantUrl Parse(string value)
    {
        Assert.True(QdrantUrl.TryParse(value, out QdrantUrl? url, out string? problem), problem);
        return url;
    }
}
