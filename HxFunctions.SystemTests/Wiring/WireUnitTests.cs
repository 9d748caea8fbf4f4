using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.SystemTests.Wiring.Services;
using HxFunctions.Tests;
using HxFunctions.Tests.Serving;
using HxFunctions.Tests.Wiring;

namespace HxFunctions.SystemTests.Wiring;

/// <summary>
/// The built <c>hx wire</c> on a stand-in for systemd that merges unit files and starts real processes: what counts is what LiteLLM's
/// process gets, and what it says of itself.
/// </summary>
public sealed class WireUnitTests : IDisposable
{
    private const string Service = "hx-litellm-gateway.service";

    private readonly WireFolder _folder = new();
    private readonly SystemdStandIn _systemd;
    private readonly int _port = FreePort.Next();

    public WireUnitTests()
    {
        _systemd = new(_folder.Units);
        string gateway = Path.Combine(Repository.Root, "HxFunctions.SystemTests", "Wiring", "Services", "alive_gateway.py");
        Write(
            $"units/{Service}",
            $"[Unit]\nStartLimitBurst=4\nStartLimitIntervalSec=600\n[Service]\nRestart=on-failure\n"
                + $"ExecStart={DebianPython.Program} -IB {gateway} {_port} {_folder.Folder.FullName} --config {_folder.Config}\n"
        );
        Write("units/hx-gateway-ml.service", "[Service]\nExecStart=/bin/sleep 600\n");
    }

    [Fact]
    public async Task Apply_starts_LiteLlm_on_what_is_wired_and_rollback_on_what_was()
    {
        IReadOnlyDictionary<string, string> before = _folder.Content();
        HxProcess.Ending applied = await RunAsync("apply");
        Assert.True(applied.Code == 0, applied.Output + applied.Error);
        Assert.Contains(
            $"port {_port} belongs to {Service}: process " + $"{_systemd.MainPid(Service)}",
            applied.Output,
            StringComparison.Ordinal
        );
        Assert.Contains("database connected, cache redis", applied.Output, StringComparison.Ordinal);
        Assert.StartsWith("postgresql://litellm", EnvironmentOfLiteLlm()["DATABASE_URL"], StringComparison.Ordinal);
        Assert.Equal(_folder.Config, EnvironmentOfLiteLlm()["LITELLM_CONFIG"]);

        HxProcess.Ending verified = await RunAsync("verify");
        Assert.True(verified.Code == 0, verified.Output + verified.Error);
        Assert.Contains("in effect: nothing overrides it", verified.Output, StringComparison.Ordinal);

        HxProcess.Ending back = await RunAsync("rollback");
        Assert.True(back.Code == 0, back.Output + back.Error);
        Assert.Equal(before.Keys.Append("environment").Order(), _folder.Content().Keys.Order());
        Assert.DoesNotContain("DATABASE_URL", EnvironmentOfLiteLlm().Keys);
    }

    [Fact]
    public async Task Gateway_that_is_alive_without_its_database_is_rolled_back()
    {
        Write("no-prisma", "");
        HxProcess.Ending ending = await AssertRolledBackAsync();
        Assert.Contains("LiteLLM runs without its database: db is \"Not connected\"", ending.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Crash_loop_that_used_up_the_start_limit_does_not_keep_the_old_files_from_being_started()
    {
        Write("crash", "");
        await AssertRolledBackAsync();
        int reset = _systemd.Calls.ToList().LastIndexOf($"reset-failed {Service}");
        Assert.True(reset >= 0 && reset < _systemd.Calls.ToList().LastIndexOf($"restart {Service}"));
        Assert.True(_systemd.MainPid(Service) > 0);
    }

    [Fact]
    public async Task Another_process_on_the_port_is_told_by_its_id_and_rolled_back()
    {
        await File.WriteAllTextAsync(_folder.In($"units/{Service}"), "[Service]\nExecStart=/bin/sleep 600\n");
        Write("other/config.yaml", "database_url: x\ntype: redis\n");
        using ThrowAwayDirectory directory = new("hx-other-");
        using ChildProcess other = ChildProcess.Start(
            "/usr/bin/env",
            [
                "DATABASE_URL=x",
                DebianPython.Program,
                "-IB",
                Path.Combine(Repository.Root, "HxFunctions.SystemTests", "Wiring", "Services", "alive_gateway.py"),
                $"{_port}",
                directory.Path,
                "--config",
                _folder.In("other/config.yaml"),
            ],
            directory
        );

        HxProcess.Ending ending = await RunAsync("apply");

        Assert.Equal(1, ending.Code);
        Assert.Contains($"process {other.Id} (python3", ending.Output, StringComparison.Ordinal);
        Assert.Contains("listens there, and does not belong to hx-litellm-gateway.service", ending.Output, StringComparison.Ordinal);
        Assert.Contains("Rolled back", ending.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EnvironmentFile=", "the empty EnvironmentFile= in {units}/override.conf")]
    [InlineData(
        "EnvironmentFile={folder}/other.env",
        "does not get DATABASE_URL from {folder}/litellm.env: {folder}/other.env " + "is applied after it"
    )]
    [InlineData("ExecStart=\nExecStart=/opt/litellm --config /etc/another.yaml", "starts LiteLLM with the configuration /etc/another.yaml")]
    [InlineData("Environment=CONFIG_FILE_PATH=/etc/another.yaml", "CONFIG_FILE_PATH, from Environment=, makes LiteLLM read another")]
    public async Task Drop_in_that_overrules_ours_is_planned_for_and_stops_apply_before_it_writes(string setting, string told)
    {
        Write("other.env", "DATABASE_URL=postgresql://elsewhere.invalid/x\n");
        Write(
            $"units/{Service}.d/override.conf",
            $"[Service]\n{setting.Replace("{folder}", _folder.Folder.FullName, StringComparison.Ordinal)}\n"
        );
        told = told.Replace("{folder}", _folder.Folder.FullName, StringComparison.Ordinal)
            .Replace("{units}", $"{_folder.Units}/{Service}.d", StringComparison.Ordinal);
        IReadOnlyDictionary<string, string> before = _folder.Content();

        Assert.Contains(told, (await RunAsync("plan")).Output, StringComparison.Ordinal);
        HxProcess.Ending ending = await RunAsync("apply");

        Assert.Equal(1, ending.Code);
        Assert.Contains(told, ending.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed", ending.Output, StringComparison.Ordinal);
        Assert.Equal(before, _folder.Content());
        Assert.DoesNotContain($"restart {Service}", _systemd.Calls);
    }

    [Fact]
    public async Task Drop_in_that_appears_after_apply_is_found_by_verify()
    {
        Assert.Equal(0, (await RunAsync("apply")).Code);
        Write($"units/{Service}.d/override.conf", "[Service]\nEnvironmentFile=\n");
        Assert.Equal(0, (await _systemd.RunAsync("daemon-reload")).Code);

        HxProcess.Ending verified = await RunAsync("verify");

        Assert.Equal(1, verified.Code);
        Assert.Contains($"systemd does not read {_folder.LiteLlm}", verified.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unit_folder_that_systemd_does_not_read_is_found_after_the_reload()
    {
        IReadOnlyDictionary<string, string> before = _folder.Content();
        HxProcess.Ending ending = await RunInAsync(_folder.In("elsewhere"), "apply");
        Assert.Equal(1, ending.Code);
        Assert.Contains("systemd has not read", ending.Output, StringComparison.Ordinal);
        Assert.Contains("Rolled back", ending.Output, StringComparison.Ordinal);
        Assert.Equal(before.Keys.Append("environment").Order(), _folder.Content().Keys.Order());
    }

    [Fact]
    public async Task Variable_of_the_unit_that_LiteLlm_acts_on_is_a_warning()
    {
        Write($"units/{Service}.d/override.conf", "[Service]\nEnvironment=REDIS_URL=redis://:c4nary-other@elsewhere.invalid:6379\n");

        HxProcess.Ending plan = await RunAsync("plan");
        HxProcess.Ending applied = await RunAsync("apply");

        Assert.Contains("warning: the unit sets REDIS_URL (Environment=)", plan.Output, StringComparison.Ordinal);
        Assert.True(applied.Code == 0, applied.Output + applied.Error);
        Assert.Contains("warning: the unit sets REDIS_URL (Environment=)", applied.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("c4nary-other", plan.Output + plan.Error + applied.Output + applied.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Environment_file_with_wildcards_in_its_path_is_the_one_that_LiteLlm_gets()
    {
        string file = _folder.In("a[1]*.env");
        Write("a1.env", "DATABASE_URL=postgresql://decoy.invalid/x\n");
        Write("a1x.env", "DATABASE_URL=postgresql://decoy.invalid/x\n");

        HxProcess.Ending applied = await RunAsync("apply", "--litellm-env-file", file);

        Assert.True(applied.Code == 0, applied.Output + applied.Error);
        Assert.DoesNotContain("decoy", EnvironmentOfLiteLlm()["DATABASE_URL"], StringComparison.Ordinal);
    }

    /// <summary>The wrapper's unit as it is installed: <c>Type=notify</c>, and the real <c>hx serve</c>, which says when it
    /// listens.</summary>
    [Fact]
    public async Task Wrapper_that_says_when_it_listens_is_restarted_and_one_that_can_not_start_fails_its_step()
    {
        int port = WriteNotifyingWrapper();
        HxProcess.Ending applied = await RunAsync("apply");
        Assert.True(applied.Code == 0, applied.Output + applied.Error);
        // "restart" has waited for it: it answers at the first try.
        Assert.Equal(200, (await RawHttp.SendAsync(new Uri($"http://127.0.0.1:{port}"), "GET /healthz/live")).Status);

        using TcpListener taken = new(IPAddress.Loopback, WriteNotifyingWrapper());
        taken.Start();
        Write("config.yaml", "litellm_settings:\n  drop_params: false\n");
        HxProcess.Ending failed = await RunAsync("apply");

        Assert.Equal(1, failed.Code);
        // Under Type=exec "restart" would have succeeded, and only the step after it could have failed.
        Assert.Matches("restart hx-gateway-ml.service.*the control process exited with error code", failed.Output);
    }

    public void Dispose()
    {
        _systemd.Dispose();
        _folder.Dispose();
    }

    private async Task<HxProcess.Ending> AssertRolledBackAsync()
    {
        string config = await File.ReadAllTextAsync(_folder.Config);
        HxProcess.Ending ending = await RunAsync("apply");
        Assert.True(ending.Code == 1, ending.Output + ending.Error);
        Assert.Contains("Rolled back: the services did not come up with the new files", ending.Output, StringComparison.Ordinal);
        Assert.Equal(config, await File.ReadAllTextAsync(_folder.Config));
        Assert.False(File.Exists(_folder.DropIn));
        return ending;
    }

    /// <returns>The port that it listens on.</returns>
    private int WriteNotifyingWrapper()
    {
        int port = FreePort.Next();
        string hx = string.Join(' ', HxProgram.Command);
        Write(
            "units/hx-gateway-ml.service",
            $"[Service]\nType=notify\nEnvironmentFile={_folder.Wrapper}\nExecStart={hx} serve --port {port}\n"
        );
        return port;
    }

    private Dictionary<string, string> EnvironmentOfLiteLlm() =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(_folder.In("environment")))!;

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.In(name))!);
        File.WriteAllText(_folder.In(name), text);
    }

    private Task<HxProcess.Ending> RunAsync(string command, params string[] more) => RunInAsync(_folder.Units, command, more);

    private Task<HxProcess.Ending> RunInAsync(string units, string command, params string[] more) =>
        HxProcess.RunAsync(
            string.Join(
                ' ',
                [
                    "wire",
                    command,
                    "--config",
                    _folder.Config,
                    "--unit-dir",
                    units,
                    "--gateway",
                    $"http://127.0.0.1:{_port}",
                    "--no-probe",
                    "--settle",
                    "0.3",
                    .. more,
                ]
            ),
            ("PATH", _systemd.SearchPath)
        );
}
