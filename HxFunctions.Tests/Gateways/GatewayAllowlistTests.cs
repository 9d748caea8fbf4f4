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
