using System.Globalization;
using HxFunctions.Servers;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Commands;

/// <summary><c>hx ready</c>, as a container's health check runs it.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public sealed class ReadyCommandTests
{
    [Fact]
    public async Task Ready_app_is_found_by_its_port_and_by_its_address_while_a_dependency_is_down()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(StubCheck.Failing(), ("GUARD_ROUTES", "/v1/x=thing"));

        Assert.Equal(
            (0, "ready\n", ""),
            Of(await HxProcess.RunAsync("ready", ("WRAPPER_PORT", hx.Address.Port.ToString(CultureInfo.InvariantCulture))))
        );
        Assert.Equal((0, "ready\n", ""), Of(await HxProcess.RunAsync($"ready --functions {hx.Address}")));
    }

    [Fact]
    public async Task App_that_is_wrongly_configured_is_not_ready()
    {
        await using HxInstance hx = await HxInstance.StartAsync(new Dictionary<string, string?> { ["PG_URL"] = "nonsense" });

        Assert.Equal((1, "not ready: misconfigured\n", ""), Of(await HxProcess.RunAsync($"ready --functions {hx.Address}")));
    }

    [Fact]
    public async Task App_that_is_not_there_is_not_ready()
    {
        string port = FreePort.Next().ToString(CultureInfo.InvariantCulture);

        Assert.Equal(
            (1, "", "hx: the app can't be reached: the connection was refused or failed.\n"),
            Of(await HxProcess.RunAsync("ready", ("WRAPPER_PORT", port)))
        );
        Assert.Equal(
            (2, "", "hx: --functions must be an http or https URL.\n"),
            Of(await HxProcess.RunAsync("ready --functions nonsense"))
        );
        Assert.Equal((2, "", "hx: HX_URL must be an http or https URL.\n"), Of(await HxProcess.RunAsync("ready", ("HX_URL", "nonsense"))));
    }

    private static (int, string, string) Of(HxProcess.Ending ending) => (ending.Code, ending.Output, ending.Error);
}
