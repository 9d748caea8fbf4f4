using System.Net.Sockets;
using System.Security.Authentication;

namespace HxFunctions.Core.Dependencies;

/// <summary>Reasons for what goes wrong below any protocol. Looks through the whole chain of inner exceptions.</summary>
internal static class NetworkFailures
{
    /// <returns>The reason, or <see langword="null"/> when nothing in the chain is a network failure.</returns>
    public static string? Classify(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is AuthenticationException)
            {
                return Reasons.TlsFailure;
            }

            if (e is SocketException socket)
            {
                return Classify(socket.SocketErrorCode);
            }

            if (e is TimeoutException or OperationCanceledException)
            {
                return Reasons.Timeout;
            }
        }

        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            // A stream that ended in the middle of a message, without a socket error.
            if (e is EndOfStreamException or IOException)
            {
                return Reasons.ConnectionReset;
            }
        }

        return null;
    }

    private static string Classify(SocketError error) =>
        error switch
        {
            SocketError.ConnectionRefused => Reasons.ConnectionRefused,
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery => Reasons.DnsFailure,
            SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown =>
                Reasons.Timeout,
            SocketError.ConnectionReset
            or SocketError.ConnectionAborted
            or SocketError.Shutdown
            or SocketError.NotConnected
            or SocketError.OperationAborted => Reasons.ConnectionReset,
            // A unix-domain socket that isn't there.
            SocketError.AddressNotAvailable => Reasons.ConnectionRefused,
            _ => Reasons.Error,
        };
}
