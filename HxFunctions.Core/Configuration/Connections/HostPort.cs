using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary>A server's address as a URL names it.</summary>
/// <param name="Host">A name, an IP address (IPv6 without brackets), or a Unix socket: a directory that begins with <c>/</c>, an abstract
/// name that begins with <c>@</c>.</param>
/// <param name="Port">1 to 65535.</param>
internal sealed record HostPort(string Host, int Port)
{
    private const int MaxHostLength = 255;

    /// <summary>The host's name where <see cref="Host"/> is the address that belongs to it (libpq's <c>host</c> beside
    /// <c>hostaddr</c>).</summary>
    public string? Name { get; init; }

    /// <summary>Whether <see cref="Host"/> is a Unix socket rather than a host on the network.</summary>
    public bool IsSocket => IsSocketName(Host);

    internal static bool IsSocketName(string host) => host.Length > 0 && host[0] is '/' or '@';

    /// <summary>
    /// Whether <paramref name="host"/> can be a host on the network. Stricter than URI syntax on purpose: a password with an unencoded
    /// <c>@</c>, <c>/</c> or <c>:</c> spills into the host's place, and what passes here may be shown and sent to a name server.
    /// </summary>
    internal static bool IsNetworkHost(string host)
    {
        if (host.Length is 0 or > MaxHostLength)
        {
            return false;
        }

        return host.Contains(':') ? IsIPv6(host) : host.All(c => char.IsLetterOrDigit(c) || c is '-' or '.' or '_');
    }

    /// <summary>Parses <c>host</c>, <c>host:port</c>, <c>[v6]</c>, <c>[v6]:port</c> or a bare IPv6 address; no Unix sockets.</summary>
    internal static bool TryParse(
        string text,
        int defaultPort,
        [NotNullWhen(true)] out HostPort? parsed,
        [NotNullWhen(false)] out string? problem
    )
    {
        parsed = null;
        string host = text;
        int port = defaultPort;
        int bracket = text.StartsWith('[') ? text.IndexOf(']') : -1;
        int colon = text.LastIndexOf(':');
        if (bracket > 0)
        {
            host = text[1..bracket];
            string rest = text[(bracket + 1)..];
            if (!IsIPv6(host) || (rest.Length > 0 && rest[0] != ':'))
            {
                problem = UrlText.NotAHost;
                return false;
            }

            colon = rest.Length > 0 ? bracket + 1 : -1;
        }
        else if (colon >= 0 && text.IndexOf(':') == colon)
        {
            host = text[..colon];
        }
        else
        {
            colon = -1;
        }

        if (!IsNetworkHost(host))
        {
            problem = UrlText.NotAHost;
            return false;
        }

        if (colon >= 0 && colon + 1 < text.Length && !UrlText.TryPort(text.AsSpan(colon + 1), out port))
        {
            problem = UrlText.NotAPort;
            return false;
        }

        parsed = new HostPort(host, port);
        problem = null;
        return true;
    }

    /// <summary>As the Redis client wants it. Two spellings of one IPv6 address give equal end points.</summary>
    internal EndPoint ToEndPoint() => IPAddress.TryParse(Host, out IPAddress? ip) ? new IPEndPoint(ip, Port) : new DnsEndPoint(Host, Port);

    public override string ToString() => Host.Contains(':') && !IsSocket ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static bool IsIPv6(string host)
    {
        // The zone is cut off first: .NET takes only names of interfaces that this machine has.
        int zone = host.IndexOf('%');
        if (zone >= 0 && (zone + 1 == host.Length || !host[(zone + 1)..].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_')))
        {
            return false;
        }

        string address = zone < 0 ? host : host[..zone];
        return !address.Contains('[') && IPAddress.TryParse(address, out IPAddress? ip) && ip.AddressFamily == AddressFamily.InterNetworkV6;
    }
}
