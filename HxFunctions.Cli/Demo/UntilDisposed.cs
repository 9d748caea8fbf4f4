using Microsoft.Extensions.Hosting;

namespace HxFunctions.Cli.Demo;

/// <summary>The lifetime of a host that runs until it is disposed. The usual one ends it at Ctrl+C, in the middle of the story that is
/// being told of it.</summary>
internal sealed class UntilDisposed : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
