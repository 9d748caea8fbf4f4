using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace HxFunctions.Cli.Serving;

/// <summary>
/// The lifetime of <c>hx serve</c>. Ctrl+C and SIGTERM are the command line's, which ends the host when it has started: the usual lifetime
/// would cancel a start that is under way, and the host would log that as a failure, with a stack trace. SIGQUIT ends it as well.
/// </summary>
internal sealed class ServeLifetime(IHostApplicationLifetime application) : IHostLifetime, IDisposable
{
    private PosixSignalRegistration? _quit;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        application.ApplicationStarted.Register(() => _quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _quit?.Dispose();

    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        application.StopApplication();
    }
}
