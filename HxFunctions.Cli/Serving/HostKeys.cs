using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace HxFunctions.Cli.Serving;

/// <summary>
/// The keys that open functions: <c>name=key</c> pairs, of which <c>master</c> is the admin key. With no pairs every
/// function is open, and the host must listen on loopback only.
/// </summary>
/// <remarks>
/// A key is read as the Functions host reads it (AuthenticationLevelHandler): <c>x-functions-key</c> when the header is there at all, even
/// empty, else <c>?code=</c>. Unlike the host, which takes the first, a repeated header or parameter is refused: which one counts must not
/// depend on what stands in between. A pair whose name has a function's name in front, as in <c>GuardCheck:envoy=key</c>, opens that
/// function alone, as a function's own key does there. Keys are compared by <see cref="CryptographicOperations.FixedTimeEquals"/>, every
/// one of them.
/// </remarks>
internal sealed class HostKeys
{
    /// <summary>The header that carries a key.</summary>
    public const string Header = "x-functions-key";

    /// <summary>The query parameter that carries a key when the header is absent.</summary>
    public const string Parameter = "code";

    /// <summary>The name of the admin key.</summary>
    public const string MasterName = "master";

    private const int MinLength = 16;
    private const int MaxLength = 256;
    private const int MaxNameLength = 32;

    /// <summary>A request's key is compared with every one.</summary>
    private const int MaxKeys = 100;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    );

    /// <summary>Whose own keys there can be.</summary>
    public static IReadOnlyList<string> Functions { get; } =
    [.. Endpoints.All.Where(endpoint => endpoint.Level == AccessLevel.Function).Select(endpoint => endpoint.Name), MetricsEndpoint.Name];

    private readonly Entry[] _entries;

    private HostKeys(Entry[] entries)
    {
        _entries = entries;
    }

    /// <summary>No keys: every function is open.</summary>
    public static HostKeys None { get; } = new([]);

    /// <summary>Whether every function is open.</summary>
    public bool IsEmpty => _entries.Length == 0;

    /// <summary>Reads <c>WRAPPER_KEYS</c>: pairs separated by ';' or ',', each split at its first '='.</summary>
    /// <param name="text">The value; null or blank gives <see cref="None"/>.</param>
    /// <param name="keys">The keys, or <see cref="None"/> when there are problems.</param>
    /// <param name="problems">What is wrong with each pair, never quoting a key or what may be one.</param>
    public static bool TryParse(string? text, out HostKeys keys, out IReadOnlyList<string> problems)
    {
        List<string> faults = new List<string>();
        List<Entry> entries = new List<Entry>();
        string[] pairs = (text ?? "").Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (pairs.Length > MaxKeys)
        {
            faults.Add($"there are more than {MaxKeys} keys");
        }

        for (int i = 0; i < Math.Min(pairs.Length, MaxKeys); i++)
        {
            if (Read(pairs[i], i + 1, faults) is not { } entry)
            {
                continue;
            }

            if (entries.Any(other => other.FullName.Equals(entry.FullName, StringComparison.OrdinalIgnoreCase)))
            {
                faults.Add($"key '{entry.FullName}' is given twice");
            }
            else if (entries.Find(other => CryptographicOperations.FixedTimeEquals(other.Key, entry.Key)) is { } same)
            {
                faults.Add($"keys '{same.FullName}' and '{entry.FullName}' are the same");
            }

            entries.Add(entry);
        }

        if (pairs.Length == 0 && !string.IsNullOrWhiteSpace(text))
        {
            faults.Add("there are separators but no keys");
        }

        problems = faults;
        keys = faults.Count == 0 && entries.Count > 0 ? new HostKeys([.. entries]) : None;
        return faults.Count == 0;
    }

    /// <summary>Whether the request carries a key that opens this endpoint.</summary>
    public bool Open(HttpEndpoint endpoint, HttpRequest request) => Open(endpoint.Name, endpoint.Level, request);

    /// <summary>Whether the request carries a key that opens a function.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="level">The key that it asks for.</param>
    /// <param name="request">The request.</param>
    public bool Open(string function, AccessLevel level, HttpRequest request)
    {
        if (IsEmpty || level == AccessLevel.Anonymous)
        {
            return true;
        }

        if (!TryGetKey(request, out string? given))
        {
            return false;
        }

        Span<byte> key = stackalloc byte[MaxLength];
        key = key[..Encoding.ASCII.GetBytes(given, key)];
        bool opens = false;
        foreach (Entry entry in _entries)
        {
            // Compared first, and whatever the entry is for: the time tells neither which key it was nor what that opens.
            opens |= CryptographicOperations.FixedTimeEquals(entry.Key, key) & entry.IsFor(function, level);
        }

        return opens;
    }

    private static bool TryGetKey(HttpRequest request, [NotNullWhen(true)] out string? key)
    {
        if (!request.Headers.TryGetValue(Header, out StringValues values))
        {
            request.Query.TryGetValue(Parameter, out values);
        }

        key = values.Count == 1 ? values[0] : null;
        return key is { Length: >= MinLength and <= MaxLength } && IsPrintable(key);
    }

    private static bool IsPrintable(string key) => !key.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static Entry? Read(string pair, int position, List<string> problems)
    {
        int equals = pair.IndexOf('=', StringComparison.Ordinal);
        string fullName = equals < 0 ? "" : pair[..equals].TrimEnd();
        int colon = fullName.IndexOf(':', StringComparison.Ordinal);
        string? function =
            colon < 0 ? null : Functions.FirstOrDefault(known => known.Equals(fullName[..colon], StringComparison.OrdinalIgnoreCase));
        string name = fullName[(colon + 1)..];
        string key = equals < 0 ? "" : pair[(equals + 1)..].TrimStart();

        // A bare Base64 key with its padding looks like name and key; nothing of such an entry may be printed.
        string? problem = (equals, name, key) switch
        {
            (< 0, _, _) => $"entry {position} has no '='",
            (_, "", _) => $"entry {position} has an empty name",
            _ when colon >= 0 && function is null => $"entry {position} has a ':' in its name, but no known function before it",
            _ when key.Trim('=').Length == 0 => $"entry {position} has an empty key",
            _ when name.Length > MaxNameLength || name.AsSpan().ContainsAnyExcept(NameCharacters) =>
                $"entry {position} has a name that isn't 1 to {MaxNameLength} letters, digits, '-' and '_'",
            _ when key.Length < MinLength => $"key '{name}' is shorter than {MinLength} characters",
            _ when key.Length > MaxLength => $"key '{name}' is longer than {MaxLength} characters",
            _ when !IsPrintable(key) => $"key '{name}' has characters that are not printable ASCII",
            _ => null,
        };
        if (problem is not null)
        {
            problems.Add(problem);
            return null;
        }

        return new Entry(name, function, Encoding.ASCII.GetBytes(key));
    }

    /// <param name="Function">The only function that the key opens; <see langword="null"/>: every one of its level.</param>
    private sealed record Entry(string Name, string? Function, byte[] Key)
    {
        public bool IsMaster { get; } = Function is null && Name.Equals(MasterName, StringComparison.OrdinalIgnoreCase);

        public bool IsFor(string function, AccessLevel level) =>
            IsMaster || (level == AccessLevel.Function && (Function is null || Function == function));

        public string FullName => Function is null ? Name : $"{Function}:{Name}";
    }
}
