using HxFunctions.Cli.Commands;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Tests.Commands;

public class ReadyCommandTests
{
    [Theory]
    [InlineData("true", 0, "")]
    [InlineData("false", 1, "hx: the app answers 404. Health endpoints are turned off.\n")]
    public async Task App_without_health_endpoints_is_told_as_such(string endpoints, int expected, string message)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("ENABLE_HEALTH_ENDPOINTS", endpoints));
        StringWriter output = new(),
            error = new();

        int code = await HxCommand.RunAsync(["ready", "--functions", hx.Address.AbsoluteUri], output, error);

        Assert.Equal((expected, message), (code, error.ToString().ReplaceLineEndings("\n")));
    }
}
