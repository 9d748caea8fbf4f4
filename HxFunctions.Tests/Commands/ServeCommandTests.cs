using System.Net;
using System.Net.Sockets;
using HxFunctions.Cli.Commands;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Configuration;
using HxFunctions.Servers;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Tests.Commands;

public class ServeCommandTests
{
    /// <summary>The host reads the settings once more: the schedule that follows from the interval is nobody's own.</summary>
    [Fact]
    public void Interval_without_a_schedule_of_its_own_is_no_hint_about_one()
    {
        Settings settings = Settings.From([
            new(Variables.EnableDbGuard, "false"),
            new(Variables.CheckInterval, "45"),
            new(Variables.SnapshotSchedule, ""),
        ]);

        Assert.Empty(HxSettingsReader.Read(settings.Configuration).Hints);
        Assert.Equal(("00:00:45", "interval"), ConfigCommand.Effective(settings, Variables.ByName[Variables.SnapshotSchedule]));
    }

    [Fact]
    public async Task File_of_the_host_that_is_wrong_is_told_and_no_bug()
    {
        using ThrowAwayDirectory folder = new("hx-host-json-");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, HostJson.FileName), """{ "version": "1.0" }""");
        Settings settings = Settings.From([KeyValuePair.Create<string, string?>(Variables.EnableDbGuard, "false")]);
        StringWriter output = new(),
            error = new();

        int code = await ServeCommand.RunAsync(
            settings,
            _ => null,
            read =>
                ServeHost.Build(
                    new ServeOptions
                    {
                        Address = read.Wrapper.Host,
                        Endpoints = [],
                        Configuration = read.Configuration,
                        ContentRoot = folder.Path,
                    }
                ),
            output,
            error,
            CancellationToken.None
        );

        Assert.Equal((2, ""), (code, output.ToString()));
        Assert.Equal("hx: host.json: 'version' must be \"2.0\".", error.ToString().TrimEnd());
    }

    [Fact]
    public async Task Port_that_is_taken_after_it_was_tried_is_told_and_no_bug()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        string port = $"{((IPEndPoint)taken.LocalEndpoint).Port}";
        Settings settings = Settings.From([new(Variables.EnableDbGuard, "false"), new(Variables.WrapperPort, port)]);
        StringWriter error = new();

        int code = await ServeCommand.RunAsync(
            settings,
            _ => null,
            read =>
                ServeHost.Build(
                    new ServeOptions
                    {
                        Address = read.Wrapper.Host,
                        Port = read.Wrapper.Port,
                        Endpoints = [],
                        Configuration = read.Configuration,
                        LogLevel = LogLevel.None,
                    }
                ),
            TextWriter.Null,
            error,
            CancellationToken.None
        );

        Assert.Equal(1, code);
        Assert.Equal(
            $"hx: port {port} is in use by another program: stop it, or set another port with WRAPPER_PORT or --port.",
            error.ToString().TrimEnd()
        );
    }

    [Fact]
    public void Deadline_leaves_requests_the_check_and_what_ending_takes() =>
        Assert.Equal(TimeSpan.FromSeconds(10), ServeCommand.ShutdownTimeout(new HxSettings()));

    [Fact]
    public void Command_line_waits_longer_than_the_host_with_the_longest_check() =>
        Assert.InRange(
            ServeCommand.ShutdownTimeout(new HxSettings { CheckTimeout = HxSettings.MaxCheckTimeout }),
            HxSettings.MaxCheckTimeout,
            ServeCommand.TerminationTimeout - TimeSpan.FromSeconds(30)
        );
}
