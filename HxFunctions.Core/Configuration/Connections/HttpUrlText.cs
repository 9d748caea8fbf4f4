using System.Diagnostics.CodeAnalysis;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary>What the readers of http URLs share. Each says in its own words what is wrong.</summary>
internal static class HttpUrlText
{
    /// <param name="scheme"><c>http</c> or <c>https</c>.</param>
    internal static bool TryScheme(string value, [NotNullWhen(true)] out string? scheme) =>
        UrlText.TrySplitScheme(value, out scheme, out _) && scheme is "http" or "https";

    /// <summary>Characters that <see cref="Uri"/> would mend in silence.</summary>
    internal static bool HasForeignCharacters(string value) =>
        value.Any(c => c is '\\' || char.IsWhiteSpace(c) || char.IsControl(c) || char.IsSurrogate(c));

    /// <summary>The URL, if it is of a host on the network (<see cref="HostPort.IsNetworkHost"/>) and a port that can be connected
    /// to.</summary>
    internal static bool TryCreate(string value, [NotNullWhen(true)] out Uri? url)
    {
        if (Uri.TryCreate(value, UriKind.Absolute, out url) && HostPort.IsNetworkHost(HostOf(url)) && url.Port != 0)
        {
            return true;
        }

        url = null;
        return false;
    }

    private static string HostOf(Uri url) => url.HostNameType == UriHostNameType.IPv6 ? url.Host.Trim('[', ']') : url.Host;
}
