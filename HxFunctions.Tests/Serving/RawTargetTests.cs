namespace HxFunctions.Tests.Serving;

/// <summary>What a catch-all function gets to see of a target: its raw form unchanged, its path as Kestrel reads it.</summary>
public class RawTargetTests
{
    [Theory]
    [InlineData("/guard/check", "(none)")]
    [InlineData("/guard/check/", "(none)")]
    [InlineData("/guard/check/v1/keys?x=%2F", "v1/keys")]
    [InlineData("/guard/check/v1%2Fkeys", "v1%2Fkeys")]
    [InlineData("/guard/check/v1%252fkeys", "v1%2fkeys")]
    [InlineData("/guard/check/v1//keys", "v1//keys")]
    [InlineData("/guard/check/%2Fv1/keys", "%2Fv1/keys")]
    [InlineData("/guard/check/v1/k%65ys", "v1/keys")]
    [InlineData("/guard/check/v1\\keys", "v1\\keys")]
    [InlineData("/guard/check/v1;a=b/keys", "v1;a=b/keys")]
    [InlineData("/guard/check/%zz", "%zz")]
    [InlineData("/guard/check/%c0%af", "%c0%af")]
    [InlineData("/guard/check/a/./b", "a/b")]
    [InlineData("/guard/check/a/../b", "b")]
    [InlineData("/guard/check/a/%2e%2e/b", "b")]
    [InlineData("/guard/check/a/..%2fb", "a/..%2fb")]
    [InlineData("/guard/check/a/.%252e/b", "a/.%2e/b")]
    [InlineData("/x/../guard/check/b", "b")]
    [InlineData("/GUARD/%63heck/b", "b")]
    [InlineData("http://test/guard/check/a/../b", "b")]
    public async Task Catch_all_gets_the_target_as_sent(string target, string path)
    {
        await using TestHost host = await TestHost.StartAsync(SampleEndpoints.All);

        RawResponse response = await host.SendAsync($"GET {target}");

        Assert.Equal((200, $"{target} {path}"), (response.Status, response.Body));
    }

    // Kestrel resolves dot segments before routing, here as in the Functions host: such a target leaves the prefix of a
    // catch-all. Here it is not answered by what it leads to, which would be an "open" to a gateway that goes by the status.
    [Theory]
    [InlineData("/guard/check/../../nothing", 404)]
    [InlineData("/guard/check/v1/keys/../../../../nothing", 404)]
    [InlineData("/guard/check/%2e%2e/%2E%2e/nothing", 404)]
    [InlineData("/nothing/%2e", 404)]
    [InlineData("/guard/check/../..", 404)]
    [InlineData("/guard/check/../../../../../x", 404)]
    [InlineData("/guard%2Fcheck/b", 404)]
    [InlineData("//guard/check/b", 404)]
    // The Functions host answers this with 404 before the app sees it.
    [InlineData("/guard/check//v1//keys", 404)]
    [InlineData("/guard/check//", 404)]
    [InlineData("/GUARD/check//x", 404)]
    [InlineData("/guard/%63heck//x", 404)]
    [InlineData("/x/../guard/check//x", 404)]
    [InlineData("/guard/check/a/..//x", 404)]
    [InlineData("/guard/check/%00", 400)]
    [InlineData("guard/check/b", 400)]
    public async Task Target_that_leaves_the_prefix_of_a_catch_all_leads_nowhere(string target, int status)
    {
        await using TestHost host = await TestHost.StartAsync(SampleEndpoints.All);

        RawResponse response = await host.SendAsync($"GET {target}");

        Assert.Equal((status, ""), (response.Status, response.Body));
    }
}
