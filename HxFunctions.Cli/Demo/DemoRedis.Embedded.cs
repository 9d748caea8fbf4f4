using HxFunctions.Servers.Garnet;

namespace HxFunctions.Cli.Demo;

internal abstract partial class DemoRedis
{
    static partial void AddEmbedded(ref Func<DemoRedis>? start) => start = () => new Embedded(EmbeddedRedis.Start());

    private sealed class Embedded(EmbeddedRedis redis) : DemoRedis
    {
        public override string Name => "Redis (embedded)";

        public override int Port => redis.Port;

        public override string Url => redis.Url;

        public override Task StopAsync(CancellationToken cancellationToken) => Task.Run(redis.Stop, cancellationToken);

        public override Task StartAgainAsync(CancellationToken cancellationToken) => Task.Run(redis.StartAgain, cancellationToken);

        public override ValueTask DisposeAsync() => new(Task.Run(redis.Dispose));
    }
}
