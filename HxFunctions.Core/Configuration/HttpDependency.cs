namespace HxFunctions.Core.Configuration;

/// <summary>A dependency that <c>DEPENDENCIES</c> adds: a URL that answers 2xx, or the status that is set, while it can be used.</summary>
/// <param name="Name">As <c>GUARD_ROUTES</c> and every surface name it.</param>
/// <param name="Url">http or https. Its query may hold a key: it is sent, and never shown.</param>
internal sealed record HttpDependency(string Name, Uri Url)
{
    public const string Http2Option = "http:2";

    /// <summary>Sent with every question. Redirects aren't followed, so that nobody else gets them.</summary>
    public IReadOnlyList<HttpDependencyHeader> Headers { get; init; } = [];

    /// <summary>The statuses that are a pass; empty: 2xx.</summary>
    public IReadOnlyList<StatusRange> Statuses { get; init; } = [];

    /// <summary>Whether it is asked in HTTP/2 and nothing else: over TLS by ALPN, else by prior knowledge (RFC 9113, section
    /// 3.3).</summary>
    public bool Http2Only { get; init; }

    /// <summary>The URL as it may be shown to whoever may see hosts.</summary>
    public string ShownUrl => Url.GetLeftPart(UriPartial.Path) + (Url.Query.Length > 0 ? "?***" : "");

    /// <summary>What tells it from another, without credentials: instances share their knowledge while one is rotated.</summary>
    public IEnumerable<string> Endpoint =>
        [Url.GetLeftPart(UriPartial.Path), .. Statuses.Select(range => range.ToString()), .. Http2Only ? (string[])[Http2Option] : []];

    /// <summary>Credentials and hosts that must not appear in a log.</summary>
    public IEnumerable<string> Secrets => [Url.Host, Url.Query.TrimStart('?'), .. Headers.SelectMany(header => header.Secrets)];

    /// <summary>The entry as it may be shown: with the names of variables, not what they hold.</summary>
    public override string ToString()
    {
        List<string> parts = [$"{Name}={ShownUrl}", .. Headers.Select(header => header.ToString())];
        if (Statuses.Count > 0)
        {
            parts.Add($"status:{string.Join(',', Statuses)}");
        }

        if (Http2Only)
        {
            parts.Add(Http2Option);
        }

        return string.Join(' ', parts);
    }
}

/// <summary>A header whose value is a variable's.</summary>
/// <param name="Value">A credential.</param>
internal sealed record HttpDependencyHeader(string Name, string Variable, string Value)
{
    /// <summary>The value, and what follows its scheme: <c>Bearer …</c>.</summary>
    public IEnumerable<string> Secrets => [Value, Value[(Value.IndexOf(' ', StringComparison.Ordinal) + 1)..]];

    public override string ToString() => $"header:{Name}=${Variable}";
}

/// <summary>HTTP statuses from one to another, both included.</summary>
internal readonly record struct StatusRange(int First, int Last)
{
    public bool Contains(int status) => status >= First && status <= Last;

    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";
}
