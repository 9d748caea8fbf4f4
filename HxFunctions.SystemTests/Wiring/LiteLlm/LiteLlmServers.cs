using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Wiring.LiteLlm;

/// <summary>A redis-server of each kind that LiteLLM may be pointed at. Nobody changes them.</summary>
public sealed class LiteLlmServers : IAsyncLifetime
{
    /// <summary>With what has to be escaped in a URL, in YAML and in an environment file.</summary>
    public const string Password = "made up/of: %41 $HOME \"'#@";

    /// <summary>For what takes no escapes.</summary>
    public const string PlainPassword = "made-up-password";

    public const string User = "app";

    /// <summary>It listens on a second address, which its certificate doesn't name.</summary>
    public const string UnnamedHost = "127.0.0.2";

    private readonly List<IAsyncDisposable> _started = [];

    internal RedisServer Plain { get; private set; } = null!;

    /// <summary>With a password.</summary>
    internal RedisServer Locked { get; private set; } = null!;

    /// <summary>With a user who may do everything, and a default user with a password that nobody knows.</summary>
    internal RedisServer Users { get; private set; } = null!;

    internal RedisServer Tls { get; private set; } = null!;

    /// <summary>TLS, for clients with a certificate alone.</summary>
    internal RedisServer Certified { get; private set; } = null!;

    internal RedisCluster Cluster { get; private set; } = null!;

    internal RedisServer Master { get; private set; } = null!;

    internal RedisSentinelGroup Sentinels { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Plain = await KeepAsync(RedisServer.StartAsync());
        Locked = await KeepAsync(RedisServer.StartAsync(new() { Password = Password }));
        Users = await KeepAsync(
            RedisServer.StartAsync(
                new() { Password = "nobody-knows", Arguments = ["--user", User, "on", $">{PlainPassword}", "~*", "&*", "+@all"] }
            )
        );
        Tls = await KeepAsync(RedisServer.StartAsync(new() { Tls = true, Arguments = ["--bind", "127.0.0.1", UnnamedHost] }));
        Certified = await KeepAsync(RedisServer.StartAsync(new() { Tls = true, Arguments = ["--tls-auth-clients", "yes"] }));
        Master = await KeepAsync(RedisServer.StartAsync(new() { Password = PlainPassword }));
        Sentinels = await KeepAsync(RedisSentinelGroup.StartAsync(Master, replicas: 0, PlainPassword));
        Cluster = await KeepAsync(RedisCluster.StartAsync(PlainPassword));
    }

    public async Task DisposeAsync()
    {
        foreach (IAsyncDisposable server in Enumerable.Reverse(_started))
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>What a server of this port is called here; the sentinels' is their master's.</summary>
    internal string NameOf(int port) =>
        port == Plain.Port ? nameof(Plain)
        : port == Locked.Port ? nameof(Locked)
        : port == Users.Port ? nameof(Users)
        : port == Tls.Port ? nameof(Tls)
        : port == Certified.Port ? nameof(Certified)
        : port == Master.Port || Sentinels.Ports.Contains(port) ? nameof(Master)
        : Cluster.Servers.Any(server => server.Port == port) ? nameof(Cluster)
        : $"port {port}";

    private async Task<T> KeepAsync<T>(Task<T> starting)
        where T : IAsyncDisposable
    {
        T server = await starting;
        _started.Add(server);
        return server;
    }
}

[CollectionDefinition(Name)]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1711", Justification = "xunit calls it a collection.")]
public sealed class LiteLlmServersCollection : ICollectionFixture<LiteLlmServers>
{
    public const string Name = "LiteLLM's Redis";
}
