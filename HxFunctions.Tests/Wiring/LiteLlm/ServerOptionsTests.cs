using HxFunctions.Wiring.LiteLlm;

namespace HxFunctions.Tests.Wiring.LiteLlm;

public class ServerOptionsTests
{
    [Theory]
    [InlineData("", "", null)]
    [InlineData("-c jit=off", "-c jit=off", null)]
    [InlineData("  -c   search_path=a  ", "", "a")]
    [InlineData("-c jit=off -csearch_path=a --work-mem=1MB", "-c jit=off --work-mem=1MB", "a")]
    [InlineData("-c search_path=a --Search-Path=b", "", "b")]
    [InlineData(@"-c search_path=a,\ b -c DateStyle=ISO,\ MDY", @"-c DateStyle=ISO,\ MDY", "a, b")]
    [InlineData(@"-c search_path=a\\b", "", @"a\b")]
    [InlineData("-c", "-c", null)]
    [InlineData("-c search_path", "-c search_path", null)]
    [InlineData("-d search_path=a", "-d search_path=a", null)]
    [InlineData("search_path=a", "search_path=a", null)]
    public void Search_path_is_taken_out(string options, string others, string? path) =>
        Assert.Equal((others, path), ServerOptions.TakeSearchPath(options));

    [Theory]
    [InlineData("", "")]
    [InlineData(" A ", "a")]
    [InlineData("a,B , \"C\"", "a|b|C")]
    [InlineData("\"a\"\"b\"", "a\"b")]
    [InlineData("\"$user\", public", "$user|public")]
    [InlineData("a b", null)]
    [InlineData("a,", null)]
    [InlineData(",a", null)]
    [InlineData("\"a", null)]
    public void Names_are_read_as_the_server_reads_them(string text, string? names)
    {
        IReadOnlyList<string>? read = ServerOptions.SplitIdentifiers(text);
        Assert.Equal(names, read is null ? null : string.Join('|', read));
    }
}
