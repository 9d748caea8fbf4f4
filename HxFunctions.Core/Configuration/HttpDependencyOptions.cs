using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace HxFunctions.Core.Configuration;

/// <summary>Reads what follows the URL in an entry of <c>DEPENDENCIES</c>: <c>header:NAME=$VARIABLE status:CODES http:2</c>.</summary>
internal static class HttpDependencyOptions
{
    private const string HeaderPrefix = "header:";
    private const string StatusPrefix = "status:";
    private const int MaxCount = 32;

    /// <summary>The characters of a header's name (RFC 9110, section 5.6.2, "token").</summary>
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"
    );

    private static readonly SearchValues<char> VariableCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
    );

    /// <summary>Headers of the connection, not of the question (RFC 9110, section 7.6.1; RFC 9113, section 8.2.2).</summary>
    private static readonly HashSet<string> Unsettable = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host",
        "Connection",
        "Expect",
        "HTTP2-Settings",
        "Keep-Alive",
        "Proxy-Authorization",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
    };

    /// <param name="bare">The dependency without options.</param>
    /// <param name="options">What follows the URL.</param>
    /// <param name="variable">What a variable holds; <see langword="null"/> when it isn't set.</param>
    /// <param name="read">The dependency with its options.</param>
    /// <param name="problem">What is wrong, without any part of the text: a credential may stand in the wrong place.</param>
    public static bool TryRead(
        HttpDependency bare,
        ReadOnlySpan<string> options,
        Func<string, string?> variable,
        [NotNullWhen(true)] out HttpDependency? read,
        [NotNullWhen(false)] out string? problem
    )
    {
        List<HttpDependencyHeader> headers = [];
        List<StatusRange> statuses = [];
        bool http2Only = false;
        problem = options.Length > MaxCount ? $"has more than {MaxCount} options" : null;
        for (int i = 0; i < options.Length && problem is null; i++)
        {
            string option = options[i];
            if (option.StartsWith(HeaderPrefix, StringComparison.OrdinalIgnoreCase))
            {
                problem = ReadHeader(option[HeaderPrefix.Length..], variable, headers);
            }
            else if (option.StartsWith(StatusPrefix, StringComparison.OrdinalIgnoreCase))
            {
                problem = ReadStatuses(option[StatusPrefix.Length..], statuses);
            }
            else if (option.Equals(HttpDependency.Http2Option, StringComparison.OrdinalIgnoreCase))
            {
                http2Only = true;
            }
            else
            {
                problem = "is not header:NAME=$VARIABLE, status:CODES or http:2 (a URL can't have spaces)";
            }

            problem = problem is null ? null : $"option {i + 1} after the URL {problem}";
        }

        read = problem is null ? bare with { Headers = headers, Statuses = statuses, Http2Only = http2Only } : null;
        return read is not null;
    }

    private static string? ReadHeader(string text, Func<string, string?> variable, List<HttpDependencyHeader> headers)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? "" : text[..equals];
        string reference = equals < 0 ? "" : text[(equals + 1)..];
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(TokenCharacters))
        {
            return "has no header name before an '='";
        }

        if (Unsettable.Contains(name) || !CanBeAsked(name))
        {
            return "has a header that can't be set, because it belongs to the connection or to a body";
        }

        if (headers.Exists(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            return "has a header that was set before";
        }

        if (reference is not ['$', .. { Length: > 0 } variableName] || variableName.AsSpan().ContainsAnyExcept(VariableCharacters))
        {
            return "has no variable after the '=': write $NAME, and put the header's whole value into that variable";
        }

        if (variable(variableName) is not { Length: > 0 } value)
        {
            return "names a variable that is not set";
        }

        // Visible ASCII, spaces and tabs (RFC 9110, section 5.5).
        if (value.Any(c => c is not ('\t' or (>= ' ' and <= '~'))))
        {
            return "names a variable with characters that an HTTP header can't contain";
        }

        headers.Add(new(name, variableName, value));
        return null;
    }

    /// <summary>Whether a request without a body can carry it: .NET keeps Content-Type and its kin, Allow, Expires and Last-Modified for
    /// bodies.</summary>
    private static bool CanBeAsked(string name)
    {
        using HttpRequestMessage request = new();
        return !name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) && request.Headers.TryAddWithoutValidation(name, "x");
    }

    private static string? ReadStatuses(string text, List<StatusRange> statuses)
    {
        foreach (string part in text.Split(','))
        {
            int dash = part.IndexOf('-', StringComparison.Ordinal);
            if (
                !TryReadStatus(dash < 0 ? part : part[..dash], out int first)
                || !TryReadStatus(dash < 0 ? part : part[(dash + 1)..], out int last)
                || last < first
                || statuses.Count == MaxCount
            )
            {
                return "must list statuses from 200 to 599, such as status:200,204 or status:200-299";
            }

            statuses.Add(new(first, last));
        }

        return null;
    }

    private static bool TryReadStatus(string text, out int status) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= 200 and <= 599;
}
