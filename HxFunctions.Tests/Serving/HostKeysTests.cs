using HxFunctions.Cli.Serving;

namespace HxFunctions.Tests.Serving;

public class HostKeysTests
{
    private const string Apim = "apim-0123456789abcdef";
    private const string Padded = "QUJDREVGR0hJSktMTU5PUA==";
    private const string Master = "master-0123456789abcdef";
    private const string Own = "own-0123456789abcdef";
    private const string Wrong = "wrong-0123456789abcdef";

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("  ", true)]
    [InlineData($"apim={Apim}", false)]
    [InlineData($" apim = {Apim} ;; master={Master}, envoy={Padded};", false)]
    public void Keys_that_are_well_formed_are_taken(string? text, bool empty)
    {
        Assert.True(HostKeys.TryParse(text, out HostKeys keys, out IReadOnlyList<string> problems));
        Assert.Empty(problems);
        Assert.Equal(empty, keys.IsEmpty);
    }

    [Theory]
    [InlineData(";,", "there are separators but no keys")]
    [InlineData($"a={Apim};{Wrong}", "entry 2 has no '='")]
    [InlineData($"={Wrong}", "entry 1 has an empty name")]
    [InlineData("a=", "entry 1 has an empty key")]
    [InlineData(Padded, "entry 1 has an empty key")]
    [InlineData($"{Wrong}+/=0123456789abcdef", "entry 1 has a name that isn't 1 to 32 letters, digits, '-' and '_'")]
    [InlineData($"{Wrong}{Wrong}=0123456789abcdef", "entry 1 has a name that isn't 1 to 32 letters, digits, '-' and '_'")]
    [InlineData($"Gard:a={Apim}", "entry 1 has a ':' in its name, but no known function before it")]
    [InlineData($"Override:a={Apim}", "entry 1 has a ':' in its name, but no known function before it")]
    [InlineData($"Guard:={Apim}", "entry 1 has an empty name")]
    [InlineData($"Guard:a={Apim},guard:A={Wrong}", "key 'Guard:A' is given twice")]
    [InlineData("a=0123456789abcde", "key 'a' is shorter than 16 characters")]
    [InlineData("a=0123456789abcdé0123", "key 'a' has characters that are not printable ASCII")]
    [InlineData($"a={Apim},A={Wrong}", "key 'A' is given twice")]
    [InlineData($"a={Apim},master={Apim}", "keys 'a' and 'master' are the same")]
    public void Problem_names_the_entry_and_never_the_key(string text, string problem)
    {
        Assert.False(HostKeys.TryParse(text, out HostKeys keys, out IReadOnlyList<string> problems));
        Assert.Equal(problem, Assert.Single(problems));
        Assert.True(keys.IsEmpty);
        Assert.All(
            [Apim, Wrong, Padded.TrimEnd('='), "0123456789abc"],
            key => Assert.DoesNotContain(key, problems[0], StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Key_over_256_characters_is_a_problem()
    {
        Assert.True(HostKeys.TryParse($"a={new string('k', 256)}", out _, out _));
        Assert.False(HostKeys.TryParse($"a={new string('k', 257)}", out _, out IReadOnlyList<string> problems));
        Assert.Equal("key 'a' is longer than 256 characters", Assert.Single(problems));
    }

    [Fact]
    public void There_may_be_100_keys()
    {
        string[] pairs = [.. Enumerable.Range(0, 101).Select(i => $"k{i}=0123456789abcdef{i}")];

        Assert.True(HostKeys.TryParse(string.Join(';', pairs[..100]), out _, out _));
        Assert.False(HostKeys.TryParse(string.Join(';', pairs), out HostKeys keys, out IReadOnlyList<string> problems));
        Assert.Equal("there are more than 100 keys", Assert.Single(problems));
        Assert.True(keys.IsEmpty);
    }

    [Fact]
    public void All_problems_are_reported_at_once()
    {
        Assert.False(HostKeys.TryParse("a=short;b", out _, out IReadOnlyList<string> problems));
        Assert.Equal(["key 'a' is shorter than 16 characters", "entry 2 has no '='"], problems);
    }

    public static TheoryData<string, string, string[], int> Requests =>
        new()
        {
            // level, query, headers, status
            { "anonymous", "", [], 200 },
            { "anonymous", "?code=" + Wrong, [$"x-functions-key: {Wrong}"], 200 },
            { "function", "", [], 401 },
            { "function", "", [$"x-functions-key: {Apim}"], 200 },
            { "function", "", [$"X-Functions-Key: {Padded}"], 200 },
            { "function", "", [$"x-functions-key: {Master}"], 200 },
            { "function", "", [$"x-functions-key: {Wrong}"], 401 },
            { "function", "", [$"x-functions-key: {Apim.ToUpperInvariant()}"], 401 },
            { "function", "", [$"x-functions-key: {Apim}x"], 401 },
            { "function", "", ["x-functions-key: apim"], 401 },
            { "function", "", [$"x-functions-key: {new string('k', 5000)}"], 401 },
            { "function", "", [$"x-functions-key: {Apim}", $"x-functions-key: {Apim}"], 401 },
            { "function", "", [$"x-functions-key: {Apim}, {Apim}"], 401 },
            { "function", "", [$"Authorization: Bearer {Apim}"], 401 },
            { "function", "?code=" + Apim, [], 200 },
            { "function", "?CODE=" + Apim, [], 200 },
            { "function", "?code=QUJDREVGR0hJSktMTU5PUA%3D%3D", [], 200 },
            { "function", "?code=" + Wrong, [], 401 },
            { "function", "?code=", [], 401 },
            { "function", $"?code={Apim}&code={Apim}", [], 401 },
            { "function", $"?code={Apim}%00", [], 401 },
            { "function", $"?code={Apim}%20", [], 401 },
            { "function", $"?code={Apim[..^1]}%C5%A6", [], 401 },
            { "function", $"?code={Apim[..^1]}", [], 401 },
            { "function", "?code=" + Apim, [$"x-functions-key: {Wrong}"], 401 },
            { "function", "?code=" + Apim, ["x-functions-key:"], 401 },
            { "function", "?code=" + Wrong, [$"x-functions-key: {Apim}"], 200 },
            { "admin", "", [], 401 },
            { "admin", "", [$"x-functions-key: {Apim}"], 401 },
            { "admin", "", [$"x-functions-key: {Master}"], 200 },
            { "admin", "?code=" + Master, [], 200 },
            // A function's own key opens that function alone.
            { "function", "", [$"x-functions-key: {Own}"], 200 },
            { "function", "?code=" + Own, [], 200 },
            { "other", "", [$"x-functions-key: {Own}"], 401 },
            { "admin", "", [$"x-functions-key: {Own}"], 401 },
            { "anonymous", "", [$"x-functions-key: {Own}"], 200 },
        };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Request_needs_a_key_of_its_level(string level, string query, string[] headers, int status)
    {
        Assert.True(
            HostKeys.TryParse(
                $"apim={Apim};master={Master};envoy={Padded};guard:nginx={Own};Status:master={Wrong}0",
                out HostKeys keys,
                out _
            )
        );
        await using TestHost host = await TestHost.StartAsync(SampleEndpoints.Keyed, options => options with { Keys = keys });

        RawResponse response = await host.SendAsync($"GET /level/{level}{query}", headers);

        Assert.Equal((status, ""), (response.Status, response.Body));
        Assert.DoesNotContain("WWW-Authenticate", response.Headers.Keys);
        Assert.Empty(host.Log.Collector.GetSnapshot());
    }

    [Theory]
    [InlineData("GET /level/nowhere")]
    [InlineData("POST /level/function")]
    public async Task Key_is_asked_for_after_routing(string requestLine)
    {
        Assert.True(HostKeys.TryParse($"apim={Apim}", out HostKeys keys, out _));
        await using TestHost host = await TestHost.StartAsync(SampleEndpoints.Keyed, options => options with { Keys = keys });

        Assert.Equal(404, (await host.SendAsync(requestLine)).Status);
    }

    [Theory]
    [InlineData("function")]
    [InlineData("admin")]
    public async Task Without_keys_every_level_is_open(string level)
    {
        await using TestHost host = await TestHost.StartAsync(SampleEndpoints.Keyed);

        Assert.Equal(200, (await host.SendAsync($"GET /level/{level}")).Status);
    }
}
