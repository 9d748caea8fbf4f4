using HxFunctions.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Wiring.Services;
using HxFunctions.Wiring.Services;

namespace HxFunctions.SystemTests.Wiring.Services;

/// <summary>The stand-in says and does what a real systemd 252 did with the same files: see <see cref="RecordedSystemd"/>.</summary>
public sealed class RecordedSystemdTests : IDisposable
{
    private readonly ThrowAwayDirectory _folder = new("hx-units-");
    private readonly SystemdStandIn _standIn;

    public RecordedSystemdTests() => _standIn = new(In("etc"), In("run"));

    [Fact]
    public async Task Show_prints_what_systemd_prints()
    {
        foreach ((string path, string text) in RecordedSystemd.Files)
        {
            Write(path, text);
        }

        (int code, string output) = await _standIn.RunAsync(
            "show",
            "--property=FragmentPath,DropInPaths,Environment,EnvironmentFiles,ExecStart",
            "--",
            "t.service"
        );

        Assert.Equal(0, code);
        Assert.Equal(
            RecordedSystemd.Shown.Replace("{folder}", _folder.Path, StringComparison.Ordinal).Split('\n').Order(),
            output.Split('\n').Order()
        );
    }

    /// <summary>systemd 252: <c>a\[1\].env</c> is the file <c>a[1].env</c>, <c>a[1].env</c> is <c>a1.env</c>; the later wins.</summary>
    [Theory]
    [InlineData(@"a\[1\].env", "bracketed")]
    [InlineData("a[1].env", "globbed")]
    [InlineData(@"b\\c.env", "backslash")]
    [InlineData(@"c\*\?.env", "star")]
    [InlineData("{d,e}.env", "brace")]
    [InlineData("a1.env\nEnvironmentFile={0}/b\\\\c.env", "backslash")]
    public async Task Environment_file_is_found_as_systemd_finds_it(string pattern, string expected)
    {
        foreach ((string name, string value) in RecordedSystemd.EnvironmentFiles)
        {
            Write(name, $"A={value}\n");
        }

        string file = $"{_folder.Path}/{pattern.Replace("{0}", _folder.Path, StringComparison.Ordinal)}";
        Write("etc/g.service", $"[Service]\nEnvironment=A=unit\nExecStart=/bin/sleep 60\nEnvironmentFile={file}\n");

        Assert.Equal(0, (await _standIn.RunAsync("restart", "g.service")).Code);

        string environment = File.ReadAllText($"/proc/{_standIn.MainPid("g.service")}/environ");
        Assert.Contains($"A={expected}", environment.Split('\0'));

        // And so does the product: what it writes for a path leads to that path alone.
        UnitSettings settings = UnitSettings.Parse(
            (await _standIn.RunAsync("show", $"--property={UnitSettings.Properties}", "g.service")).Output
        );
        Assert.Equal(expected, UnitEnvironment.Of(settings, UnitEnvironment.ReadFile).ValueOf("A"));
    }

    [Fact]
    public async Task Missing_environment_file_fails_the_start_unless_it_is_optional()
    {
        Write("etc/g.service", "[Service]\nExecStart=/bin/sleep 60\nEnvironmentFile=/nowhere/a.env\n");
        (int code, string output) = await _standIn.RunAsync("restart", "g.service");
        Assert.Equal(1, code);
        Assert.Contains("unavailable resources", output, StringComparison.Ordinal);
        Assert.Contains(
            "Result=resources",
            (await _standIn.RunAsync("show", "--property=Result", "g.service")).Output,
            StringComparison.Ordinal
        );

        Write("etc/g.service.d/50-hx-wire.conf", "[Service]\nEnvironmentFile=\nEnvironmentFile=-/nowhere/a.env\n");
        Assert.Equal(0, (await _standIn.RunAsync("daemon-reload")).Code);
        Assert.Equal(0, (await _standIn.RunAsync("restart", "g.service")).Code);
    }

    [Fact]
    public async Task Start_limit_refuses_a_restart_until_the_failure_is_reset()
    {
        Write(
            "etc/f.service",
            "[Service]\nExecStart=/bin/false\nRestart=on-failure\n[Unit]\nStartLimitBurst=2\nStartLimitIntervalSec=600\n"
        );
        Assert.Equal(0, (await _standIn.RunAsync("restart", "f.service")).Code);
        await Eventually.TrueAsync(async () =>
            (await _standIn.RunAsync("show", "--property=ActiveState", "f.service")).Output == "ActiveState=failed\n"
        );
        Assert.Equal(1, (await _standIn.RunAsync("restart", "f.service")).Code);

        Assert.Equal(0, (await _standIn.RunAsync("reset-failed", "f.service")).Code);

        Assert.Equal(0, (await _standIn.RunAsync("restart", "f.service")).Code);
    }

    public void Dispose()
    {
        _standIn.Dispose();
        _folder.Dispose();
    }

    private string In(string name) => Path.Combine(_folder.Path, name);

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(name))!);
        File.WriteAllText(In(name), text);
    }
}
