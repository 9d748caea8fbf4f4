using System.Diagnostics;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Configuration;
using HxFunctions.Servers;
using HxFunctions.Tests;
using HxFunctions.Wiring;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>packaging/hx-gateway-ml.service: read here, and checked by systemd itself where it is.</summary>
public sealed class UnitFileTests
{
    private const string Name = "hx-gateway-ml.service";

    private static readonly string Path = System.IO.Path.Combine(Repository.Root, "packaging", Name);
    private static readonly (string Key, string Value)[] Settings = Read();

    /// <summary>From 0 (locked in) to 100 as <c>systemd-analyze security</c> reckons it; a unit without any of these settings has
    /// 96.</summary>
    private const string HighestExposure = "20";

    [Theory]
    [InlineData("Type", "notify")]
    [InlineData("NotifyAccess", "main")]
    [InlineData("ExecStart", "/opt/hx/hx serve")]
    [InlineData("Restart", "on-failure")]
    [InlineData("RestartPreventExitStatus", "2")]
    [InlineData("DynamicUser", "yes")]
    [InlineData("NoNewPrivileges", "yes")]
    [InlineData("ProtectSystem", "strict")]
    [InlineData("ProtectHome", "yes")]
    [InlineData("PrivateTmp", "yes")]
    [InlineData("CapabilityBoundingSet", "")]
    [InlineData("WantedBy", "multi-user.target")]
    public void Setting_is_there(string key, string value) => Assert.Equal(value, ValueOf(key));

    /// <summary>What works in a shell must not fail in the service without a word on it.</summary>
    [Theory]
    [InlineData("PrivateTmp", "`/tmp`")]
    [InlineData("ProtectHome", "`/home`, `/root` and `/run/user`")]
    [InlineData("DynamicUser", "`hx-gateway-ml`")]
    public void Page_says_what_the_service_does_not_see(string key, string words)
    {
        string page = File.ReadAllText(System.IO.Path.Combine(Repository.Root, "docs", "operations.md"));

        Assert.Equal("yes", ValueOf(key));
        Assert.Contains(words, page.Split("\n### systemd\n")[1].Split("\n### ")[0], StringComparison.Ordinal);
    }

    /// <summary><c>hx wire</c> writes the file that the unit reads, and restarts the unit by its name.</summary>
    [Fact]
    public void Name_and_environment_file_are_those_of_hx_wire()
    {
        WireArguments arguments = new();
        System.CommandLine.Command command = new("x");
        foreach (System.CommandLine.Option option in arguments.Of("apply"))
        {
            command.Options.Add(option);
        }

        WireOptions options = arguments.Read(command.Parse([]));

        Assert.Equal(Name, options.Wrapper!.Text);
        Assert.Equal(options.WrapperEnvironment, ValueOf("EnvironmentFile"));
    }

    [Fact]
    public void Patience_is_above_the_programs_own()
    {
        TimeSpan patience = TimeSpan.FromSeconds(int.Parse(ValueOf("TimeoutStopSec"), System.Globalization.CultureInfo.InvariantCulture));
        Assert.InRange(patience, ServeCommand.ShutdownTimeout(new HxSettings()) + TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Nothing_that_keeps_net_from_compiling_is_set() =>
        Assert.DoesNotContain(Settings, setting => setting.Key == "MemoryDenyWriteExecute");

    /// <summary>Where systemd isn't, the other tests stand alone: there is nobody to ask.</summary>
    [Fact]
    public async Task Systemd_accepts_it_and_finds_it_hardened()
    {
        if (ExternalProgram.FindInPath("systemd-analyze") is not { } analyze)
        {
            Assert.All(Settings, setting => Assert.Matches("^[A-Za-z]+$", setting.Key));
            return;
        }

        using ThrowAwayDirectory directory = new("hx-unit-");
        string copy = System.IO.Path.Combine(directory.Path, Name),
            program = System.IO.Path.Combine(AppContext.BaseDirectory, "hx");
        string unit = await File.ReadAllTextAsync(Path);
        await File.WriteAllTextAsync(copy, unit.Replace("/opt/hx/hx", program, StringComparison.Ordinal));
        Assert.DoesNotContain(Name, await RunAsync(analyze, "verify", "--recursive-errors=no", copy), StringComparison.Ordinal);
        await RunAsync(analyze, "security", "--offline=true", $"--threshold={HighestExposure}", copy);

        // What it says of a misspelt setting, and of one that isn't hardened: the two checks above can fail.
        await File.WriteAllTextAsync(
            copy,
            unit.Replace("/opt/hx/hx", program, StringComparison.Ordinal).Replace("DynamicUser=", "DynamicUsr=", StringComparison.Ordinal)
        );
        InvalidOperationException complaint = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            RunAsync(analyze, "verify", "--recursive-errors=no", copy)
        );
        Assert.Contains("DynamicUsr", complaint.Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(copy, $"[Service]\nExecStart={program} serve\n");
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            RunAsync(analyze, "security", "--offline=true", $"--threshold={HighestExposure}", copy)
        );
    }

    /// <returns>What it wrote to both outputs.</returns>
    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(ExternalProgram.StartInfo(program, arguments, user: null))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(),
            error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        string both = await output + await error;
        return process.ExitCode == 0 ? both : throw new InvalidOperationException(both);
    }

    private static string ValueOf(string key) => Assert.Single(Settings, setting => setting.Key == key).Value;

    private static (string, string)[] Read() =>
        [
            .. File.ReadAllLines(Path)
                .Where(line => line.Length > 0 && line[0] is not ('#' or '['))
                .Select(line => line.Split('=', 2))
                .Select(pair => (pair[0], pair[1])),
        ];
}
