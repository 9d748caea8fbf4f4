using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace HxFunctions.Core.Dependencies;

/// <summary>Reasons for what goes wrong below any protocol. Looks through the whole chain of inner exceptions.</summary>
internal static class NetworkFailures
{
    /// <returns>The reason, or <see langword="null"/> when nothing in the chain is a network failure.</returns>
    public static string? Classify(Exception exception)
    {
        // Before what is below: it is one of the exceptions that a broken file throws.
        if (NamesTlsAlert(exception))
        {
            return Reasons.TlsFailure;
        }

        bool isStream = false;
        foreach (Exception e in ExceptionChain.Of(exception))
        {
            // Below a stream's exception it is a record of TLS that can't be read, and no file.
            if (e is AuthenticationException || (isStream && e is CryptographicException))
            {
                return Reasons.TlsFailure;
            }

            if (e is SocketException socket)
            {
                return Classify(socket.SocketErrorCode);
            }

            // Before what is below: a file that isn't there is an IOException, too.
            if (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or CryptographicException)
            {
                return Reasons.LocalFile;
            }

            isStream |= e is IOException;
            if (e is TimeoutException or OperationCanceledException)
            {
                return Reasons.Timeout;
            }
        }

        // A stream that ended in the middle of a message, without a socket error.
        return ExceptionChain.Of(exception).Any(e => e is EndOfStreamException or IOException) ? Reasons.ConnectionReset : null;
    }

    /// <summary>Whether this machine forbids a connection. Of a Unix socket that means that its directory may not be entered, or the socket
    /// not written to: who knows that it is one throws <see cref="UnauthorizedAccessException"/> instead.</summary>
    public static bool IsForbidden(Exception exception) =>
        ExceptionChain.Of(exception).Any(e => e is SocketException { SocketErrorCode: SocketError.AccessDenied });

    /// <summary>OpenSSL's words for what the other side says after the handshake: it wants a certificate, or another one. With TLS 1.3 that
    /// comes with the first read (RFC 8446, section 4.4.2.4).</summary>
    public static bool NamesTlsAlert(Exception exception) =>
        // Other messages may hold a host's name, with any of these words.
        ExceptionChain.Of(exception).Any(e => Has(e.Message, "SSL routines") && Has(e.Message, "alert"));

    private static bool Has(string message, string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);

    private static string Classify(SocketError error) =>
        error switch
        {
            SocketError.ConnectionRefused => Reasons.ConnectionRefused,
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery => Reasons.DnsFailure,
            SocketError.TimedOut or SocketError.HostDown => Reasons.Timeout,
            // An address family that this machine doesn't have, too: IPv6 in a container without it. And what its own firewall or sandbox
            // forbids (EACCES, EPERM: connect(2)).
            SocketError.HostUnreachable
            or SocketError.NetworkUnreachable
            or SocketError.NetworkDown
            or SocketError.AddressFamilyNotSupported
            // EADDRNOTAVAIL: a machine without IPv6 addresses, or without a free port of its own.
            or SocketError.AddressNotAvailable
            or SocketError.AccessDenied => Reasons.NoRoute,
            SocketError.ConnectionReset
            or SocketError.ConnectionAborted
            or SocketError.Shutdown
            or SocketError.NotConnected
            or SocketError.OperationAborted => Reasons.ConnectionReset,
            _ => Reasons.Error,
        };
}
