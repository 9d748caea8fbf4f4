using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.Tests.Dependencies;

/// <summary>What the probe makes of servers that answer in other words than the Redis of the system tests.</summary>
public sealed class RedisCheckTests
{
    private const string Unknown = "-ERR unknown command";
    private const string OldAuth = "-ERR wrong number of arguments for 'auth' command";

    private static readonly (HealthStatus, string?, string?) Passed = (HealthStatus.Healthy, Reasons.Ok, null);

    /// <summary>The client goes on in database 0.</summary>
    [Theory]
    [InlineData("redis://127.0.0.1:{0}/1", Unknown + " `SELECT`, with args beginning with: `1`, ", "SELECT")]
    [InlineData("redis://127.0.0.1:{0}/1", "-ERR DB index is out of range", "out of range")]
    [InlineData("127.0.0.1:{0},defaultDatabase=1", "-ERR not here", "SELECT")]
    public async Task Database_that_can_not_be_selected_is_missing(string url, string answer, string detail)
    {
        await using ScriptedRedis server = ScriptedRedis.Start(words => words[0] == "SELECT" ? answer : null);
        Assert.Equal((HealthStatus.Unhealthy, Reasons.DatabaseMissing, detail), await ProbeAsync(url, server));
    }

    [Theory]
    [InlineData("defaultDatabase=1,$SELECT=choose", "SELECT")]
    [InlineData("$SET=put", "SET")]
    [InlineData("password=any,$AUTH=enter", "AUTH")]
    public async Task Command_is_called_by_the_name_that_the_url_gives(string options, string renamed)
    {
        await using ScriptedRedis server = ScriptedRedis.Start(words => words[0] == renamed ? Unknown : null);
        Assert.Equal(Passed, await ProbeAsync($"127.0.0.1:{{0}},{options}", server));
    }

    [Theory]
    [InlineData("-ERR This instance has Lua scripting support disabled", "EVAL")]
    [InlineData("-ERR command eval not support for normal user", "EVAL")]
    [InlineData("-ERR whatever else there may be", "EVAL")]
    [InlineData(Unknown + " `EVAL`, with args beginning with: ", "EVAL")]
    [InlineData("-NOPERM this user has no permissions to run the 'eval' command or its subcommand", "+eval")]
    [InlineData("*3\r\n+SET\r\n+Write commands not allowed after non deterministic commands\r\n+0", "SET")]
    public async Task Server_that_takes_writes_but_no_script_is_a_warning(string answer, string detail)
    {
        await using ScriptedRedis server = ScriptedRedis.Start(words => words[0] == "EVAL" ? answer : null);
        (HealthStatus, string?, string?) expected = (HealthStatus.Degraded, Reasons.StoreUnusable, detail);
        Assert.Equal(expected, await ProbeAsync("redis://127.0.0.1:{0}", server));
    }

    [Theory]
    [InlineData("-OOM command not allowed when used memory > 'maxmemory'.", Reasons.OutOfMemory, null)]
    [InlineData("-BUSY Redis is busy running a script.", Reasons.NotReady, RedisFailures.ScriptRunning)]
    public async Task Refusal_that_has_a_name_keeps_it_when_it_meets_the_script(string answer, string reason, string? detail)
    {
        await using ScriptedRedis server = ScriptedRedis.Start(words => words[0] == "EVAL" ? answer : null);
        Assert.Equal((HealthStatus.Unhealthy, reason, detail), await ProbeAsync("redis://127.0.0.1:{0}", server));
    }

    /// <summary>A script may write where SET is not permitted; where it has written nothing, nothing can.</summary>
    [Theory]
    [InlineData("1", HealthStatus.Degraded, Reasons.StoreUnusable)]
    [InlineData("0", HealthStatus.Unhealthy, Reasons.PermissionDenied)]
    public async Task User_who_may_not_set_is_denied_unless_another_command_writes(string wrote, HealthStatus status, string reason)
    {
        const string noPermission = "NOPERM this user has no permissions to run the 'set' command";
        await using ScriptedRedis server = ScriptedRedis.Start(words =>
            words[0] switch
            {
                "SET" => "-" + noPermission,
                "EVAL" => $"*3\r\n+SET\r\n+{noPermission}\r\n+{wrote}",
                _ => null,
            }
        );
        Assert.Equal((status, reason, "+set"), await ProbeAsync("redis://127.0.0.1:{0}", server));
    }

    /// <summary>A sentinel, for one. It answers PING, and may well be connected to.</summary>
    [Fact]
    public async Task Server_that_knows_neither_set_nor_eval_is_no_redis()
    {
        await using ScriptedRedis server = ScriptedRedis.Start(words => words[0] is "PING" or "INFO" or "CLIENT" ? null : Unknown);
        (HealthStatus, string?, string?) expected = (HealthStatus.Unhealthy, Reasons.UnexpectedResponse, RedisFailures.UnknownWrite.Detail);
        Assert.Equal(expected, await ProbeAsync("redis://127.0.0.1:{0}", server));
    }

    [Theory]
    [InlineData("-NOPERM this user has no permissions to run the 'echo' command")]
    [InlineData(Unknown)]
    public async Task Server_without_echo_is_healthy(string answer)
    {
        await using ScriptedRedis server = ScriptedRedis.Start(words => words[0] == "ECHO" ? answer : null);
        Assert.Equal(Passed, await ProbeAsync("redis://127.0.0.1:{0}", server));
    }

    [Theory]
    [InlineData("-NOPERM this user has no permissions to run the 'ping' command", "+ping")]
    [InlineData(Unknown + " 'PING'", "PING")]
    public async Task Server_that_refuses_ping_is_a_warning_at_once(string answer, string detail)
    {
        await using ScriptedRedis server = ScriptedRedis.Start(words => words[0] == "PING" ? answer : null);
        (HealthStatus, string?, string?) expected = (HealthStatus.Degraded, Reasons.StoreUnusable, detail);
        Assert.Equal(expected, await ProbeAsync("redis://127.0.0.1:{0}", server));
    }

    /// <summary>Redis 5 and older have passwords, and no users.</summary>
    [Theory]
    [InlineData("right", HealthStatus.Healthy, Reasons.Ok)]
    [InlineData("wrong", HealthStatus.Unhealthy, Reasons.AuthenticationFailed)]
    public async Task Server_without_users_gets_the_password_alone(string password, HealthStatus status, string reason)
    {
        await using ScriptedRedis server = ScriptedRedis.Start(words =>
            words switch
            {
                ["AUTH", "right"] => null,
                ["AUTH", _] => "-ERR invalid password",
                ["AUTH", ..] => OldAuth,
                _ => null,
            }
        );
        Assert.Equal((status, reason, null), await ProbeAsync($"redis://user:{password}@127.0.0.1:{{0}}", server));
        // The client itself, whose connection has a name, sends what was found to be right.
        Assert.Equal(
            status == HealthStatus.Healthy ? 1 : 0,
            server
                .Commands.GroupBy(c => c.Connection)
                .Count(c => c.Any(one => one.Words is ["CLIENT", "SETNAME", ..]) && c.Any(one => one.Words is ["AUTH", "right"]))
        );
    }

    [Theory]
    [InlineData("-ERR Client sent AUTH, but no password is set")]
    [InlineData("-ERR Client sent AUTH, but no username-password pair is set")]
    [InlineData("-ERR Client sent AUTH, but configured authenticator does not accept passwords")]
    [InlineData(Unknown + " 'AUTH'")]
    public async Task Login_that_the_server_does_not_take_has_failed(string answer)
    {
        await using ScriptedRedis server = ScriptedRedis.Start(words => words[0] == "AUTH" ? answer : null);
        (HealthStatus status, string? reason, _) = await ProbeAsync("redis://:any@127.0.0.1:{0}", server);
        Assert.Equal((HealthStatus.Unhealthy, Reasons.AuthenticationFailed), (status, reason));
    }

    /// <summary>Redis 7.4 and later give no answer to an AUTH that fails behind another command.</summary>
    [Fact]
    public async Task Changed_password_is_noticed_and_no_login_is_tried_on_the_connection_that_is_shared()
    {
        string password = "first";
        await using ScriptedRedis server = ScriptedRedis.Start(words =>
            words[0] == "AUTH" && words[^1] != Volatile.Read(ref password) ? "-WRONGPASS invalid username-password pair" : null
        );
        await using Rig rig = new($"redis://:first@127.0.0.1:{server.Port}");
        Assert.Equal(Passed, await rig.ProbeAsync());
        Assert.Equal(Passed, await rig.ProbeAsync());
        Assert.Equal(2, server.Commands.Count(command => command.Words[0] == "EVAL"));

        Volatile.Write(ref password, "second");
        Assert.Equal((HealthStatus.Unhealthy, Reasons.AuthenticationFailed, null), await rig.ProbeAsync());
        Assert.All(
            server.Commands.GroupBy(command => command.Connection),
            connection => Assert.DoesNotContain("AUTH", connection.Select(command => command.Words[0]).Skip(1))
        );
    }

    [Theory]
    [InlineData(
        Unknown + " `SENTINEL`, with args beginning with: `GET-MASTER-ADDR-BY-NAME` ",
        Reasons.UnexpectedResponse,
        "not a sentinel"
    )]
    [InlineData("-IDONTKNOW that service", Reasons.UnexpectedResponse, null)]
    [InlineData("*-1", Reasons.DatabaseMissing, "no such service")]
    public async Task Sentinel_that_names_no_master_is_a_failure(string answer, string reason, string? detail)
    {
        await using ScriptedRedis server = ScriptedRedis.Start(words => words[0] == "SENTINEL" ? answer : null);
        Assert.Equal((HealthStatus.Unhealthy, reason, detail), await ProbeAsync("redis+sentinel://127.0.0.1:{0}/main", server));
    }

    [Fact]
    public async Task Sentinel_without_users_gets_the_password_alone()
    {
        int port = 0;
        await using ScriptedRedis server = ScriptedRedis.Start(words =>
            words switch
            {
                ["AUTH", "s"] => null,
                ["AUTH", ..] => OldAuth,
                ["SENTINEL", ..] => $"*2\r\n$9\r\n127.0.0.1\r\n${$"{port}".Length}\r\n{port}",
                _ => null,
            }
        );
        port = server.Port;
        const string url = "redis+sentinel://127.0.0.1:{0}/main?sentinel_username=u&sentinel_password=s";
        Assert.Equal(Passed, await ProbeAsync(url, server));
    }

    /// <summary>What has no TLS takes the handshake for lines of a command, and waits for more.</summary>
    [Fact]
    public async Task Sentinels_without_tls_are_a_tls_failure()
    {
        await using ScriptedRedis server = ScriptedRedis.Start(_ => null);
        (HealthStatus, string?, string?) expected = (HealthStatus.Unhealthy, Reasons.TlsFailure, null);
        Assert.Equal(expected, await ProbeAsync("rediss+sentinel://127.0.0.1:{0}/main", server));
    }

    private static async Task<(HealthStatus Status, string? Reason, string? Detail)> ProbeAsync(string url, ScriptedRedis server)
    {
        await using Rig rig = new(string.Format(System.Globalization.CultureInfo.InvariantCulture, url, server.Port));
        return await rig.ProbeAsync();
    }

    private sealed class Rig : IAsyncDisposable
    {
        private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(9);

        private readonly ServiceProvider _services;

        public Rig(string url)
        {
            HxSettings settings = HxSettingsReader.Read(
                new ConfigurationBuilder()
                    .AddInMemoryCollection(
                        new Dictionary<string, string?>
                        {
                            [Variables.RedisUrl] = url,
                            [Variables.RedisTimeout] = "9",
                            [Variables.CheckTimeout] = "19",
                            [Variables.CheckInterval] = "30",
                            [Variables.EnableDbGuard] = "false",
                        }
                    )
                    .Build()
            );
            Assert.Empty(settings.Problems);
            _services = new ServiceCollection().AddLogging().AddHxFunctions(settings).BuildServiceProvider();
        }

        public async Task<(HealthStatus Status, string? Reason, string? Detail)> ProbeAsync()
        {
            using CancellationTokenSource end = new(Deadline);
            HealthCheckResult result = await _services
                .GetRequiredService<RedisCheck>()
                .CheckAsync(new(TimeProvider.System, Deadline), end.Token);
            return (result.Status, (string?)Value(result, "reason"), (string?)Value(result, "detail"));
        }

        public ValueTask DisposeAsync() => _services.DisposeAsync();

        private static object? Value(HealthCheckResult result, string key) => result.Data.GetValueOrDefault(key);
    }
}
