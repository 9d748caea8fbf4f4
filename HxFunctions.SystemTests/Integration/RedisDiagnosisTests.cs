using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What is seen past the client: the probe's own write on a connection of its own.</summary>
public class RedisDiagnosisTests
{
    private static readonly string[] Write = ["SET", "{hx}:diagnosis", "1", "EX", "60"];

    [Fact]
    public async Task Server_that_takes_the_write_has_no_trouble()
    {
        await using RedisServer server = await RedisServer.StartAsync();

        Assert.Null(await DiagnoseAsync($"redis://127.0.0.1:{server.Port}/3"));

        Assert.Equal("0", await server.CommandAsync("DBSIZE"));
        Assert.Contains("db3:keys=1", await server.CommandAsync("INFO", "keyspace"), StringComparison.Ordinal);
    }

    /// <summary>The client explains what it can't do there by how it lost the connection before.</summary>
    [Fact]
    public async Task Replica_is_read_only_and_no_trouble_beside_its_master()
    {
        await using RedisServer master = await RedisServer.StartAsync();
        await using RedisServer replica = await RedisServer.StartAsync(
            new() { Arguments = ["--replicaof", "127.0.0.1", $"{master.Port}"] }
        );

        Assert.Equal(Reasons.ReadOnly, await DiagnoseAsync($"redis://127.0.0.1:{replica.Port}"));
        Assert.Null(await DiagnoseAsync($"127.0.0.1:{replica.Port},127.0.0.1:{master.Port}"));
    }

    [Theory]
    [InlineData("redis://hx@127.0.0.1:{0}", null)]
    [InlineData("redis://127.0.0.1:{0}", Reasons.PermissionDenied)]
    [InlineData("redis://other@127.0.0.1:{0}", Reasons.AuthenticationFailed)]
    [InlineData("redis://hx@127.0.0.1:{0}/1", Reasons.PermissionDenied)]
    public async Task User_without_a_password_is_logged_in(string url, string? trouble)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        Assert.Equal("OK", await server.CommandAsync("ACL", "SETUSER", "hx", "on", "nopass", "~{hx}:*", "-@all", "+set", "+ping"));
        Assert.Equal("OK", await server.CommandAsync("ACL", "SETUSER", "default", "-set"));

        Assert.Equal(trouble, await DiagnoseAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, url, server.Port)));
    }

    [Fact]
    public async Task Command_that_is_renamed_is_no_trouble_by_its_other_name()
    {
        await using RedisServer server = await RedisServer.StartAsync(new() { Arguments = ["--rename-command", "SET", "hx_set"] });

        Assert.Null(await DiagnoseAsync($"127.0.0.1:{server.Port},$SET=hx_set"));
        Assert.Equal(Reasons.UnexpectedResponse, await DiagnoseAsync($"redis://127.0.0.1:{server.Port}"));
    }

    /// <summary>The client drops the refusal, and goes on in database 0.</summary>
    [Fact]
    public async Task Database_that_can_not_be_selected_is_missing()
    {
        await using RedisServer server = await RedisServer.StartAsync(new() { Arguments = ["--rename-command", "SELECT", ""] });

        Assert.Equal(Reasons.DatabaseMissing, await DiagnoseAsync($"redis://127.0.0.1:{server.Port}/1"));
        Assert.Null(await DiagnoseAsync($"redis://127.0.0.1:{server.Port}"));
    }

    [Fact]
    public async Task Full_server_is_out_of_memory()
    {
        await using RedisServer server = await RedisServer.StartAsync(new() { Arguments = ["--maxmemory", "1"] });

        Assert.Equal(Reasons.OutOfMemory, await DiagnoseAsync($"redis://127.0.0.1:{server.Port}"));
    }

    private static async Task<string?> DiagnoseAsync(string url)
    {
        Assert.True(RedisUrl.TryParse(url, out RedisUrl? parsed, out string? problem), problem);
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(10));
        StackExchange.Redis.ConfigurationOptions options = parsed.ToOptions();
        RedisFinding finding = await new RedisDiagnosis(options, parsed.TlsFiles).FindAsync(options.EndPoints, Write, deadline.Token);
        return finding.Failure?.Reason;
    }
}
