using System.Security.Cryptography;
using HxFunctions.Servers;

namespace HxFunctions.Cli.Demo;

/// <summary>The demo's Redis: one inside this process, or the machine's redis-server where hx is a native program.</summary>
internal abstract partial class DemoRedis : IAsyncDisposable
{
    /// <summary>Whether there is one.</summary>
    public static bool IsAvailable => FindEmbedded() is not null || RedisServer.IsAvailable;

    /// <summary>What it is, for people.</summary>
    public abstract string Name { get; }

    public abstract int Port { get; }

    public abstract string Url { get; }

    /// <exception cref="InvalidOperationException">It doesn't start.</exception>
    public static Task<DemoRedis> StartAsync(CancellationToken cancellationToken) =>
        // One that is inside is not cancelled: what has been started must be known, to be stopped.
        FindEmbedded() is { } start
            ? Task.Run(start, CancellationToken.None)
            : Installed.StartInstalledAsync(cancellationToken);

    /// <summary>Stops it. What was stored is lost.</summary>
    public abstract Task StopAsync(CancellationToken cancellationToken);

    /// <summary>Starts it again on the same port, empty.</summary>
    public abstract Task StartAgainAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    private static Func<DemoRedis>? FindEmbedded()
    {
        Func<DemoRedis>? start = null;
        AddEmbedded(ref start);
        return start;
    }

    /// <summary>In a file that the native build leaves out with Garnet, which compiles code at run time; there it does nothing.</summary>
    static partial void AddEmbedded(ref Func<DemoRedis>? start);

    private sealed class Installed(RedisServer redis) : DemoRedis
    {
        public override string Name => "Redis (redis-server)";

        public override int Port => redis.Port;

        public override string Url => redis.Url;

        public static async Task<DemoRedis> StartInstalledAsync(CancellationToken cancellationToken)
        {
            RedisServerOptions options = new() { Password = RandomNumberGenerator.GetHexString(32, lowercase: true) };
            return new Installed(await RedisServer.StartAsync(options, cancellationToken));
        }

        public override Task StopAsync(CancellationToken cancellationToken) => redis.KillAsync();

        public override Task StartAgainAsync(CancellationToken cancellationToken) => redis.StartAgainAsync(cancellationToken);

        public override ValueTask DisposeAsync() => redis.DisposeAsync();
    }
}
