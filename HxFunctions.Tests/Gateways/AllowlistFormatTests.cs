using HxFunctions.AspNetCore;
using HxFunctions.Cli.Gateways;

namespace HxFunctions.Tests.Gateways;

/// <summary>One format, two readers: what a .NET gateway starts with can be verified by <c>hx gateway check</c>, and both say the same of
/// what is wrong.</summary>
public sealed class AllowlistFormatTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hx-allowlist-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("POST /v1/chat/completions", "POST", "/v1/chat/completions")]
    [InlineData("  GET\t/v1/models  \r", "GET", "/v1/models")]
    [InlineData("GET /v1/models # all of them", "GET", "/v1/models")]
    [InlineData("GET /v1/models\t#", "GET", "/v1/models")]
    [InlineData("POST /v1beta/models/gemini-pro:generateContent", "POST", "/v1beta/models/gemini-pro:generateContent")]
    [InlineData("CONNECT /a.b_c~d-E9", "CONNECT", "/a.b_c~d-E9")]
    [InlineData("GET /", "GET", "/")]
    public void Entry_is_taken_by_both(string line, string method, string path)
    {
        (IReadOnlyList<AllowlistEntry> entries, IReadOnlyList<string> problems) = GatewayAllowlist.Parse($"# models\n\n{line}\n");
        (GuardAllowlist allowlist, List<string> problemsOfFile) = ReadFile($"# models\n\n{line}\n");
        (GuardAllowlist option, List<string> problemsOfOption) = Read(new HxGuardOptions { Allowlist = { line } });

        Assert.Equal([.. problems, .. problemsOfFile, .. problemsOfOption], Array.Empty<string>());
        Assert.Equal([new(3, method, path)], entries);
        Assert.True(allowlist.Contains(new(method, path)));
        Assert.True(option.Contains(new(method, path)));
    }

    [Theory]
    [InlineData("POST", "is not a method and a path")]
    [InlineData("/v1/models", "is not a method and a path")]
    [InlineData("GET /v1/models all of them", "is not a method and a path")]
    [InlineData("GET # /v1/models", "is not a method and a path")]
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
    [InlineData("GET /x/../y", "the path has a segment that ends with a dot or a colon")]
    [InlineData("GET /x/.", "the path has a segment that ends with a dot or a colon")]
    [InlineData("GET /x.", "the path has a segment that ends with a dot or a colon")]
    [InlineData("GET /x:", "the path has a segment that ends with a dot or a colon")]
    [InlineData("GET /http:/x", "the path has a segment that ends with a dot or a colon")]
    [InlineData("GET /first", "is in the list already")]
    public void Wrong_line_is_refused_by_both_with_its_number(string line, string problem)
    {
        string text = $"GET /first\n# two\n{line}\nGET /last";

        string found = Assert.Single(GatewayAllowlist.Parse(text).Problems);
        string foundByGateway = Assert.Single(ReadFile(text).Problems);

        Assert.StartsWith($"line 3: {problem}", found, StringComparison.Ordinal);
        Assert.Equal($"HxGuard: AllowlistFile: {found}", foundByGateway);
    }

    private (GuardAllowlist Allowlist, List<string> Problems) ReadFile(string text)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "allowlist.txt"), text);
        return Read(new HxGuardOptions { AllowlistFile = "allowlist.txt" });
    }

    private (GuardAllowlist Allowlist, List<string> Problems) Read(HxGuardOptions options)
    {
        List<string> problems = [];
        return (GuardAllowlist.Read(options, _folder.FullName, problems), problems);
    }
}
