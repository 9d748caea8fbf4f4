using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Commands;

/// <summary><c>hx serve</c> as a service manager sees it.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public class ServeCommandTests
{
    private const string NoGuard = """{"Values":{"ENABLE_DB_GUARD":"false","WRAPPER_PORT":"0"}}""";

    [Theory]
    [InlineData(ProcessTree.Terminate)]
    [InlineData(ProcessTree.Interrupt)]
    public async Task Signal_ends_it_with_0_in_good_time(int signal)
    {
        await using HxProcess hx = HxProcess.Start("serve", NoGuard);
        Uri address = AddressIn(await hx.UntilPrintedAsync("listening on"));
        using TcpClient idle = new();
        await idle.ConnectAsync(address.Host, address.Port);
        Assert.Equal(200, (await RawHttp.SendAsync(address, "GET /healthz/live")).Status);

        long since = Stopwatch.GetTimestamp();
        hx.Signal(signal);
        HxProcess.Ending ending = await hx.EndAsync();

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Signal_ends_it_while_a_dependency_hangs()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        int port = ((IPEndPoint)silent.LocalEndpoint).Port;
        await using HxProcess hx = HxProcess.Start(
            "serve --port 0",
            null,
            ("PG_URL", string.Create(CultureInfo.InvariantCulture, $"postgresql://u:p@127.0.0.1:{port}/x")),
            ("REDIS_URL", string.Create(CultureInfo.InvariantCulture, $"redis://127.0.0.1:{port}")),
            ("QDRANT_URL", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"))
        );
        Uri address = AddressIn(await hx.UntilPrintedAsync("listening on"));
        Assert.Equal(503, (await RawHttp.SendAsync(address, "GET /guard?path=/v1/keys")).Status);

        long since = Stopwatch.GetTimestamp();
        hx.Signal(ProcessTree.Terminate);
        HxProcess.Ending ending = await hx.EndAsync();

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task It_prints_its_bounds_and_its_address()
    {
        await using HxProcess hx = HxProcess.Start("serve", NoGuard);

        string line = await hx.UntilPrintedAsync("listening on");

        Assert.Matches(@"\Ahx [0-9.]+ listening on http://127\.0\.0\.1:\d+; no keys: every route is open to this machine\z", line);
        await hx.UntilPrintedAsync("While the guard is in use, a killed dependency closes its routes within 3 s");
    }

    [Fact]
    public async Task Json_logs_are_an_object_per_line_and_nothing_else()
    {
        await using HxProcess hx = HxProcess.Start(
            "serve",
            null,
            ("WRAPPER_PORT", "0"),
            ("WRAPPER_LOG_FORMAT", "json"),
            ("QDRANT_URL", $"http://127.0.0.1:{FreePort.Next()}"),
            ("GUARD_ROUTES", "/v1/rag POST,DELETE=qdrant; /v1/search=qdrant")
        );
        await hx.UntilPrintedAsync("listening on");
        await hx.UntilPrintedAsync("EventId\":2203");
        hx.Signal(ProcessTree.Terminate);
        HxProcess.Ending ending = await hx.EndAsync();

        string[] messages =
        [
            .. ending
                .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Message").GetString()!),
        ];
        string started = Assert.Single(messages, m => m.StartsWith("HxFunctions 0", StringComparison.Ordinal));
        Assert.Contains("Guard in mode enforce: POST,DELETE /v1/rag, /v1/search need qdrant.", started, StringComparison.Ordinal);
        Assert.Contains("a hung one within 7.5 s", started, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Option_wins_over_environment_over_file()
    {
        int byFile = FreePort.Next(),
            byEnvironment = FreePort.Next(),
            byOption = FreePort.Next();
        string file = string.Create(
            CultureInfo.InvariantCulture,
            $$$"""{"Values":{"WRAPPER_PORT":{{{byFile}}},"ENABLE_DB_GUARD":"false"}}"""
        );
        (string, string?) variable = ("WRAPPER_PORT", byEnvironment.ToString(CultureInfo.InvariantCulture));

        Assert.Equal(byFile, await PortOfAsync("serve", file));
        Assert.Equal(byEnvironment, await PortOfAsync("serve", file, variable));
        Assert.Equal(byOption, await PortOfAsync(string.Create(CultureInfo.InvariantCulture, $"serve --port {byOption}"), file, variable));
    }

    [Fact]
    public async Task Keys_are_asked_for_and_never_printed()
    {
        await using HxProcess hx = HxProcess.Start(
            "serve",
            NoGuard,
            ("WRAPPER_KEYS", "a=c4n4ry-c4n4ry-c4n4ry;master=master-c4n4ry-master"),
            ("WRAPPER_LOG_LEVEL", "TRACE")
        );
        string line = await hx.UntilPrintedAsync("listening on");
        Uri address = AddressIn(line);

        Assert.DoesNotContain("no keys", line, StringComparison.Ordinal);
        Assert.Equal(401, (await RawHttp.SendAsync(address, "GET /guard?path=/x")).Status);
        Assert.Equal(401, (await RawHttp.SendAsync(address, "GET /guard?path=/x&code=c4n4ry-wrong-wrong")).Status);
        Assert.Equal(200, (await RawHttp.SendAsync(address, "GET /guard?path=/x&code=c4n4ry-c4n4ry-c4n4ry")).Status);
        Assert.Equal(200, (await RawHttp.SendAsync(address, "GET /override", "", "x-functions-key: master-c4n4ry-master")).Status);
        hx.Signal(ProcessTree.Terminate);
        HxProcess.Ending ending = await hx.EndAsync();
        Assert.DoesNotContain("c4n4ry", ending.Output + ending.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("--host 0.0.0.0")]
    [InlineData("--host ::")]
    [InlineData("--host 192.0.2.1")]
    public async Task Address_that_others_reach_is_refused_without_keys(string option)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync($"serve {option}", NoGuard, []);

        Assert.Equal((2, ""), (ending.Code, ending.Output));
        Assert.Equal(
            [
                "hx: --host must be a loopback address if WRAPPER_KEYS is empty: without keys, anyone in the network could "
                    + "call every endpoint",
            ],
            ending.ErrorLines
        );
    }

    /// <summary><c>::</c> is every address of IPv4, too.</summary>
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public async Task Port_in_use_is_one_line(string host)
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        HxProcess.Ending ending = await HxProcess.RunAsync(
            string.Create(CultureInfo.InvariantCulture, $"serve --host {host} --port {port}"),
            NoGuard,
            [("WRAPPER_KEYS", "a=made-up-function-key")]
        );

        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"hx: port {port} is in use by another program: stop it, or set another port with WRAPPER_PORT or --port."
        );
        Assert.Equal((1, "", line), (ending.Code, ending.Output, Assert.Single(ending.ErrorLines)));
    }

    [Fact]
    public async Task Address_of_another_machine_is_one_line()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync("serve --host 192.0.2.1", NoGuard, [("WRAPPER_KEYS", "a=made-up-function-key")]);

        Assert.Equal(
            (1, "", "hx: --host is not an address of this machine."),
            (ending.Code, ending.Output, Assert.Single(ending.ErrorLines))
        );
    }

    private static async Task<int> PortOfAsync(string commandLine, string file, params (string, string?)[] variables)
    {
        await using HxProcess hx = HxProcess.Start(commandLine, file, variables);
        return AddressIn(await hx.UntilPrintedAsync("listening on")).Port;
    }

    private static Uri AddressIn(string line) => new(line.Split("listening on ")[1].Split(';')[0]);
}
