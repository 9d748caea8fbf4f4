using HxFunctions.Servers.Garnet;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Servers;

public sealed class EmbeddedRedisTests
{
    [Fact]
    public async Task Commands_and_scripts_work_with_the_password_only()
    {
        using EmbeddedRedis redis = EmbeddedRedis.Start(password: "se cret/");
        Assert.Equal($"redis://:se%20cret%2F@127.0.0.1:{redis.Port}", redis.Url);
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(Options(redis));
        IDatabase database = connection.GetDatabase();
        Assert.True(await database.StringSetAsync("key", "value", TimeSpan.FromSeconds(30), When.NotExists));
        Assert.Equal("value", (string?)await database.ScriptEvaluateAsync("return redis.call('GET', KEYS[1])", ["key"]));

        ConfigurationOptions wrong = Options(redis);
        wrong.Password = "wrong";
        await Assert.ThrowsAnyAsync<RedisException>(async () =>
        {
            await using ConnectionMultiplexer refused = await ConnectionMultiplexer.ConnectAsync(wrong);
            await refused.GetDatabase().PingAsync();
        });
    }

    [Fact]
    public async Task Stopped_server_refuses_and_starts_again_on_its_port_empty()
    {
        using EmbeddedRedis redis = EmbeddedRedis.Start();
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(Options(redis));
        await connection.GetDatabase().StringSetAsync("key", "value");
        redis.Stop();
        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(Options(redis)));

        int port = redis.Port;
        redis.StartAgain();
        Assert.Equal(port, redis.Port);
        await using ConnectionMultiplexer again = await ConnectionMultiplexer.ConnectAsync(Options(redis));
        Assert.True((await again.GetDatabase().StringGetAsync("key")).IsNull);
    }

    private static ConfigurationOptions Options(EmbeddedRedis redis) =>
        new()
        {
            EndPoints = { { "127.0.0.1", redis.Port } },
            Password = redis.Password,
            ConnectRetry = 1,
            ConnectTimeout = 3000,
        };
}
