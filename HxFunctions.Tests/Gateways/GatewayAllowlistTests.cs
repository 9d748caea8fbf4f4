using HxFunctions.Cli.Gateways;

namespace HxFunctions.Tests.Gateways;

/// <summary>An allowlist is read strictly: what a gateway lets pass unasked must mean one thing to everybody.</summary>
public class GatewayAllowlistTests
{
    [Fact]
    public void Entries_are_read_with_their_lines()
    {
        (IReadOnlyList<AllowlistEntry> entries, IReadOnlyList<string> problems) = GatewayAllowlist.Parse(
            "# models\r\n\nPOST /v1/chat/completions\r\n  GET\t/v1/models  \nHEAD /v1/models\nGET /\nPOST /a.b_c~d-E9"
        );

        Assert.Empty(problems);
        Assert.Equal(
            [
                new(3, "POST", "/v1/chat/completions"),
                new(4, "GET", "/v1/models"),
                new(5, "HEAD", "/v1/models"),
                new(6, "GET", "/"),
                new(7, "POST", "/a.b_c~d-E9"),
            ],
            entries
        );
    }

    [Theory]
    [InlineData("POST", "is not a method and a path")]
    [InlineData("/v1/models", "is not a method and a path")]
    [InlineData("GET /v1/models # all of them", "is not a method and a path")]
    [InlineData("GET HTTP/1.1 /x", "is not a method and a path")]
    [InlineData("FETCH /x", "the method is not one of GET, ")]
    [InlineData("* /x", "the method is not one of GET, ")]
    [InlineData("get /x", "the method must be in upper case")]
    [InlineData("GET v1/models", "the path must start with '/'")]
    [InlineData("GET http://gateway.example/x", "the path must start with '/'")]
    [InlineData("GET /x?y", "the path can only have")]
    [InlineData("GET /x#y", "the path can only have")]
    [InlineData("GET /x%2fy", "the path can only have")]
    [InlineData("GET /x/*", "the path can only have")]
    [InlineData("GET /x/{id}", "the path can only have")]
    [InlineData("GET /x\"y", "the path can only have")]
    [InlineData("GET /x\\y", "the path can only have")]
    [InlineData("GET /x;y", "the path can only have")]
    [InlineData("GET /x+y", "the path can only have")]
    [InlineData("GET /x\u00e9", "the path can only have")]
    [InlineData("GET /x$y", "the path can only have")]
    [InlineData("GET //x", "the path has an empty segment, or ends with '/'")]
    [InlineData("GET /x/", "the path has an empty segment, or ends with '/'")]
    [InlineData("GET /x/../y", "the path has a segment that ends with a dot")]
    [InlineData("GET /x/.", "the path has a segment that ends with a dot")]
    [InlineData("GET /x.", "the path has a segment that ends with a dot")]
    [InlineData("GET /first", "is in the list already")]
    public void Wrong_line_is_told_by_its_number(string line, string problem)
    {
        (_, IReadOnlyList<string> problems) = GatewayAllowlist.Parse($"GET /first\n# two\n{line}\nGET /last");

        Assert.StartsWith($"line 3: {problem}", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void All_wrong_lines_are_told() => Assert.Equal(2, GatewayAllowlist.Parse("x\nGET /a\ny").Problems.Count);

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n\n")]
    public void List_without_an_entry_is_no_list(string text) => Assert.Equal(["has no entries"], GatewayAllowlist.Parse(text).Problems);

    [Fact]
    public void List_is_bounded()
    {
        string many = string.Concat(Enumerable.Range(0, GatewayAllowlist.MaxEntries + 1).Select(i => $"GET /{i}\n"));

        Assert.Equal([$"has more than {GatewayAllowlist.MaxEntries} entries"], GatewayAllowlist.Parse(many).Problems);
        Assert.Equal(
            [$"is longer than {GatewayAllowlist.MaxLength} characters"],
            GatewayAllowlist.Parse("#" + new string('x', GatewayAllowlist.MaxLength)).Problems
        );
    }
}
