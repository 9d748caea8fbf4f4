using HxFunctions.Cli.Serving;
using HxFunctions.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Commands;

/// <summary><c>hx serve</c> under a unit of <c>Type=notify</c>: systemd's socket is played, the program is real.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public sealed class SystemdReadinessTests
{
    private static readonly (string, string?)[] Settings =
    [
        ("PG_URL", $"postgresql://127.0.0.1:{FreePort.Next()}/x"),
        ("REDIS_URL", $"redis://127.0.0.1:{FreePort.Next()}"),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ready_is_told_once_it_listens_and_stopping_when_it_ends(bool isAbstract)
    {
        using NotifySocket socket = new(isAbstract);
        int port = FreePort.Next();
        await using HxProcess hx = HxProcess.Start(
            $"serve --port {port}",
            null,
            [.. Settings, (SystemdReadiness.Variable, socket.Variable)]
        );

        Assert.Equal("READY=1", await socket.NextAsync());
        // A connection is taken as soon as that has come: nothing is tried again.
        Assert.Equal(200, (await RawHttp.SendAsync(new Uri($"http://127.0.0.1:{port}"), "GET /healthz/live")).Status);
        Assert.False(socket.HasMore);

        hx.Signal(ProcessTree.Terminate);
        Assert.Equal("STOPPING=1", await socket.NextAsync());
        Assert.Equal((0, ""), await hx.EndAsync() is { } ending ? (ending.Code, ending.Error) : default);
    }

    /// <summary>So that "systemctl restart" fails, and doesn't say that all is well.</summary>
    [Theory]
    [InlineData("serve --port 0", "PG_URL", "mysql://x", 2)]
    [InlineData("serve --host 203.0.113.1", "WRAPPER_KEYS", "master=made-up-master-key", 1)]
    public async Task Ready_is_not_told_when_it_can_not_start(string command, string variable, string value, int code)
    {
        using NotifySocket socket = new(isAbstract: false);
        HxProcess.Ending ending = await HxProcess.RunAsync(
            command,
            [.. Settings.Where(setting => setting.Item1 != variable), (variable, value), (SystemdReadiness.Variable, socket.Variable)]
        );

        Assert.True(ending.Code == code, ending.Output + ending.Error);
        Assert.False(socket.HasMore);
    }

    /// <summary>A socket that is gone is told of in the log, and nothing else comes of it.</summary>
    [Fact]
    public async Task Socket_without_a_listener_is_a_warning()
    {
        await using HxProcess hx = HxProcess.Start("serve --port 0", null, [.. Settings, (SystemdReadiness.Variable, "/nowhere/notify")]);
        string line = await hx.UntilPrintedAsync("systemd was not notified");
        Assert.Contains(SystemdReadiness.Variable, line, StringComparison.Ordinal);
        string listening = await hx.UntilPrintedAsync("listening on");
        Uri address = new(listening.Split("listening on ")[1].Split(';')[0]);
        Assert.Equal(200, (await RawHttp.SendAsync(address, "GET /healthz/live")).Status);

        hx.Signal(ProcessTree.Terminate);
        Assert.Equal(0, (await hx.EndAsync()).Code);
    }
}
