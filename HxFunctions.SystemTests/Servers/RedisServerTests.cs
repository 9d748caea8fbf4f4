using System.Net.Sockets;
using HxFunctions.Servers;
using HxFunctions.Tests.Servers;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Servers;

[Collection(ServersCollection.Name)]
public sealed class RedisServerTests(RedisFixture fixture)
{
    [Fact]
    public async Task Commands_are_answered_with_the_password_and_refused_without()
    {
        Assert.Equal("PONG", await fixture.Server.CommandAsync("PING"));
        Assert.Contains("cmdstat_ping", await fixture.Server.CommandAsync("INFO", "commandstats"), StringComparison.Ordinal);
        Assert.Equal("maxmemory\n0", await fixture.Server.CommandAsync("CONFIG", "GET", "maxmemory"));
        Assert.Equal("(nil)", await fixture.Server.CommandAsync("GET", "servers-test:absent"));

        ConfigurationOptions options = new ConfigurationOptions
        {
            EndPoints = { { "127.0.0.1", fixture.Server.Port } },
            ConnectTimeout = 2000,
            ConnectRetry = 1,
        };
        await Assert.ThrowsAnyAsync<RedisException>(async () =>
        {
            await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(options);
            await connection.GetDatabase().PingAsync();
        });
        options.Password = "made-up/of tests";
        await using ConnectionMultiplexer right = await ConnectionMultiplexer.ConnectAsync(options);
        await right.GetDatabase().PingAsync();
        Assert.Equal($"redis://:made-up%2Fof%20tests@127.0.0.1:{fixture.Server.Port}", fixture.Server.Url);
    }

    [Fact]
    public async Task Hang_silences_it_until_resumed()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await server.HangAsync();
        Task<string> ping = server.CommandAsync("PING");
        await Eventually.NotEndedAsync(ping);

        await server.ResumeAsync();
        Assert.Equal("PONG", await ping);
    }

    [Fact]
    public async Task Killed_server_refuses_and_starts_again_empty()
    {
        await using RedisServer server = await RedisServer.StartAsync(new() { Password = "secret" });
        Assert.Equal("OK", await server.CommandAsync("SET", "key", "value"));
        await server.HangAsync();
        await server.KillAsync();
        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => server.CommandAsync("PING"));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);

        await server.StartAgainAsync();
        Assert.Equal("(nil)", await server.CommandAsync("GET", "key"));
    }

    [Fact]
    public async Task Extra_arguments_make_a_full_server_and_a_replica()
    {
        await using RedisServer master = await RedisServer.StartAsync(new() { Arguments = ["--maxmemory", "1"] });
        Assert.StartsWith("-OOM", await master.CommandAsync("SET", "key", "value"), StringComparison.Ordinal);

        await using RedisServer replica = await RedisServer.StartAsync(
            new() { Arguments = ["--replicaof", "127.0.0.1", $"{master.Port}"] }
        );
        Assert.StartsWith("-READONLY", await replica.CommandAsync("SET", "key", "value"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_server_has_a_certificate_of_its_own_authority_and_talks_to_a_client()
    {
        await using RedisServer server = await RedisServer.StartAsync(new() { Tls = true, Password = "secret" });
        Assert.StartsWith("rediss://", server.Url, StringComparison.Ordinal);
        Assert.Equal("PONG", await server.CommandAsync("PING"));

        ConfigurationOptions options = new ConfigurationOptions
        {
            EndPoints = { { "127.0.0.1", server.Port } },
            Ssl = true,
            SslHost = "127.0.0.1",
            Password = "secret",
        };
        options.TrustIssuer(server.AuthorityFile!);
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(options);
        await connection.GetDatabase().PingAsync();
    }

    [Fact]
    public async Task Start_with_a_bad_argument_says_what_the_server_said()
    {
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            RedisServer.StartAsync(new() { Arguments = ["--no-such-setting", "1"] })
        );
        Assert.Contains("no-such-setting", failure.Message, StringComparison.Ordinal);
    }
}
