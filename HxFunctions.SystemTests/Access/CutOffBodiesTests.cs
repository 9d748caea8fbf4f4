using HxFunctions.SystemTests.Integration;
using HxFunctions.Tests.Access;

namespace HxFunctions.SystemTests.Access;

/// <summary>A caller that goes away in the middle of a body.</summary>
public sealed class CutOffBodiesTests
{
    private const string Head = "POST /override HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n";
    private const string Part = "{\"state\":";

    [Fact]
    public async Task Caller_that_resets_in_the_middle_of_a_body_is_no_failure_in_the_log()
    {
        await using HxChild hx = await HxChild.StartAsync(
            new Dictionary<string, string?> { ["GUARD_ROUTES"] = "/v1/keys=redis", ["REDIS_URL"] = "redis://127.0.0.1:1" }
        );
        using (RawConnection resets = await BeginAsync(hx.Address))
        {
            resets.Reset();
        }

        await hx.StopAsync();
        Assert.Contains(" info: ", hx.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(" fail: ", hx.Output, StringComparison.Ordinal);
    }

    /// <summary>Returns when the endpoint reads the body, which is when Kestrel asks for it.</summary>
    private static async Task<RawConnection> BeginAsync(Uri address)
    {
        RawConnection connection = new(address);
        await connection.SendAsync(Head);
        Assert.StartsWith("HTTP/1.1 100 ", await connection.ReadHeadAsync(), StringComparison.Ordinal);
        await connection.SendAsync(Part);
        return connection;
    }
}
