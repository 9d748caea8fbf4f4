using HxFunctions.SystemTests.Integration;
using HxFunctions.Tests.Access;

namespace HxFunctions.SystemTests.Access;

/// <summary>A caller that goes away in the middle of a body.</summary>
public sealed class CutOffBodiesTests
{
    private const string Head = "POST /override HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\n";

    /// <summary>How a body is announced, and the part of it that comes.</summary>
    public static TheoryData<string, string> Parts { get; } =
        new() { { "Content-Length: 100", "{\"state\":" }, { "Transfer-Encoding: chunked", "9\r\n{\"state\":\r\n" } };

    [Theory]
    [MemberData(nameof(Parts))]
    public async Task Caller_that_resets_in_the_middle_of_a_body_is_no_failure_in_the_log(string announced, string part)
    {
        await using HxChild hx = await StartAsync();
        using (RawConnection resets = await BeginAsync(hx.Address, announced, part))
        {
            resets.Reset();
        }

        await hx.StopAsync();
        AssertQuiet(hx.Output);
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public async Task Caller_that_ends_in_the_middle_of_a_body_leaves_no_word_in_the_log(string announced, string part)
    {
        await using HxChild hx = await StartAsync();
        using (RawConnection ends = await BeginAsync(hx.Address, announced, part))
        {
            ends.End();
            await ends.EndedAsync();
        }

        await hx.StopAsync();
        AssertQuiet(hx.Output);
    }

    private static Task<HxChild> StartAsync() =>
        HxChild.StartAsync(new Dictionary<string, string?> { ["GUARD_ROUTES"] = "/v1/keys=redis", ["REDIS_URL"] = "redis://127.0.0.1:1" });

    private static void AssertQuiet(string output)
    {
        Assert.Contains(" info: ", output, StringComparison.Ordinal);
        string[] loud =
        [
            .. output.Split('\n').SkipWhile(line => !line.Contains(" fail: ") && !line.Contains("Microsoft.AspNetCore")).Take(8),
        ];
        Assert.True(loud.Length == 0, string.Join('\n', loud));
    }

    /// <summary>Returns when the endpoint reads the body, which is when Kestrel asks for it, and a part of it has been sent.</summary>
    private static async Task<RawConnection> BeginAsync(Uri address, string announced, string part)
    {
        RawConnection connection = new(address);
        await connection.SendAsync($"{Head}{announced}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 ", await connection.ReadHeadAsync(), StringComparison.Ordinal);
        await connection.SendAsync(part);
        return connection;
    }
}
