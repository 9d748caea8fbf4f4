using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http;

internal static class CallerExtensions
{
    /// <summary>Whether a request failed because its caller has gone, so that nobody waits for an answer and nobody has to look into
    /// it.</summary>
    public static bool HasCallerGone(this HttpContext context, Exception exception) =>
        // A reset shows in the body before it shows in RequestAborted.
        exception is ConnectionResetException
        || (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested);
}
