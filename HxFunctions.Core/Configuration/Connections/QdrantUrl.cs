using System.Diagnostics.CodeAnalysis;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary><c>QDRANT_URL</c>: the base of Qdrant's REST interface. Without a port it is the scheme's own (80, 443), not 6333.</summary>
internal sealed class QdrantUrl
{
    private const int GrpcPort = 6334;

    private QdrantUrl(Uri baseUrl)
    {
        BaseUrl = baseUrl;
        Hint = baseUrl.Port == GrpcPort ? "has port 6334, which is Qdrant's gRPC port; its REST interface is usually on 6333" : null;
    }

    /// <summary>Ends with a slash.</summary>
    public Uri BaseUrl { get; }

    /// <summary>What looks wrong and may still be right; null when nothing does. Same form as a problem.</summary>
    public string? Hint { get; }

    /// <summary>Never throws. <paramref name="problem"/> is a phrase that begins with a verb and has no part of the value.</summary>
    internal static bool TryParse(string value, [NotNullWhen(true)] out QdrantUrl? url, [NotNullWhen(false)] out string? problem)
    {
        url = null;
        value = value.Trim();
        problem = Refuse(value);
        if (problem is not null)
        {
            return false;
        }

        if (!HttpUrlText.TryCreate(value, out Uri? uri))
        {
            problem = "is not a valid URL: it must be a host, an optional port from 1 to 65535 and an optional path";
            return false;
        }

        url = new QdrantUrl(uri.AbsolutePath.EndsWith('/') ? uri : new Uri(uri.AbsoluteUri + "/"));
        return true;
    }

    public override string ToString() => BaseUrl.AbsoluteUri;

    private static string? Refuse(string value)
    {
        if (value.Length == 0)
        {
            return UrlText.Empty;
        }

        if (value.Length > UrlText.MaxLength)
        {
            return UrlText.TooLong;
        }

        if (!HttpUrlText.TryScheme(value, out string? scheme))
        {
            return "does not begin with http:// or https://";
        }
        // Anywhere: a password with a '/' in it moves the '@' into the path, and the path is shown.
        if (value.Contains('@'))
        {
            return "has a user name or password (or an '@') in it, which is not supported (the key belongs in QDRANT_API_KEY)";
        }

        if (value.Contains('?'))
        {
            return "has a query, which a base URL cannot have";
        }

        if (value.Contains('#'))
        {
            return "has a fragment, which a base URL cannot have";
        }
        // System.Uri would take a broken escape, and read it otherwise once a path is added. (A zone in the host begins with a bare percent
        // sign.)
        int path = value.IndexOf('/', scheme.Length + 3);
        if (path >= 0 && !UrlText.TryDecode(value.AsSpan(path), out _, out string? problem))
        {
            return problem;
        }

        return HttpUrlText.HasForeignCharacters(value) ? "has a backslash, white space or another character that a URL cannot have" : null;
    }
}
