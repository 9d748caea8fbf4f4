using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Primitives;

namespace HxFunctions.Cli.LocalHost;

/// <summary>
/// The keys that open functions: <c>name=key</c> pairs, of which <c>master</c> is the admin key. With no pairs every
/// function is open, and the host must listen on loopback only.
/// </summary>
/// <remarks>
/// Keys are compared whole and at one length (<see cref="Entry.Matches"/>), every one of them. A key is read as the Functions host reads it
/// (AuthenticationLevelHandler): <c>x-functions-key</c> when the header is there at all, even empty, else <c>?code=</c>. Unlike the host,
/// which takes the first, a repeated header or parameter is refused: which one counts must not depend on what stands in between.
/// </remarks>
internal sealed class HostKeys
{
    /// <summary>The header that carries a key.</summary>
    public const string Header = "x-functions-key";

    /// <summary>The query parameter that carries a key when the header is absent.</summary>
    public const string Parameter = "code";

    /// <summary>The name of the admin key.</summary>
    public const string MasterName = "master";

    private const int MinimumLength = 16;
    private const int MaximumLength = 256;
    private const int MaximumNameLength = 32;

    /// <summary>A request's key is compared with every one.</summary>
    private const int MostKeys = 100;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    );

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
        if (pairs.Length > MostKeys)
        {
            faults.Add($"there are more than {MostKeys} keys");
        }

        for (int i = 0; i < Math.Min(pairs.Length, MostKeys); i++)
        {
            if (Read(pairs[i], i + 1, faults) is not { } entry)
            {
                continue;
            }

            if (entries.Any(other => other.Name.Equals(entry.Name, StringComparison.OrdinalIgnoreCase)))
            {
                faults.Add($"key '{entry.Name}' is given twice");
            }
            else if (entries.Find(other => other.Matches(entry.Padded)) is { } same)
            {
                faults.Add($"keys '{same.Name}' and '{entry.Name}' are the same");
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

    /// <summary>Whether the request carries a key that opens this level. Takes the same time whichever key it is.</summary>
    public bool Open(AuthorizationLevel level, HttpRequest request)
    {
        if (IsEmpty || level == AuthorizationLevel.Anonymous)
        {
            return true;
        }

        if (!TryGetKey(request, out string? given))
        {
            return false;
        }

        Span<byte> padded = stackalloc byte[MaximumLength];
        Pad(given, padded);
        bool any = false;
        bool master = false;
        foreach (Entry entry in _entries)
        {
            bool same = entry.Matches(padded);
            any |= same;
            master |= same & entry.IsMaster;
        }

        return level == AuthorizationLevel.Function ? any : master;
    }

    private static bool TryGetKey(HttpRequest request, [NotNullWhen(true)] out string? key)
    {
        if (!request.Headers.TryGetValue(Header, out StringValues values))
        {
            request.Query.TryGetValue(Parameter, out values);
        }

        key = values.Count == 1 ? values[0] : null;
        return key is { Length: >= MinimumLength and <= MaximumLength } && IsPrintable(key);
    }

    private static bool IsPrintable(string key) => !key.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>Printable ASCII as bytes, and zeros up to the end: no two keys become the same.</summary>
    private static void Pad(string key, Span<byte> padded)
    {
        padded.Clear();
        Encoding.ASCII.GetBytes(key, padded);
    }

    private static Entry? Read(string pair, int position, List<string> problems)
    {
        int equals = pair.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? "" : pair[..equals].TrimEnd();
        string key = equals < 0 ? "" : pair[(equals + 1)..].TrimStart();

        // A bare Base64 key with its padding looks like name and key; nothing of such an entry may be printed.
        string? problem = (equals, name, key) switch
        {
            (< 0, _, _) => $"entry {position} has no '='",
            (_, "", _) => $"entry {position} has an empty name",
            _ when key.Trim('=').Length == 0 => $"entry {position} has an empty key",
            _ when name.Length > MaximumNameLength || name.AsSpan().ContainsAnyExcept(NameCharacters) =>
                $"entry {position} has a name that is not of letters, digits, '-' and '_', at most {MaximumNameLength}",
            _ when key.Length < MinimumLength => $"key '{name}' is shorter than {MinimumLength} characters",
            _ when key.Length > MaximumLength => $"key '{name}' is longer than {MaximumLength} characters",
            _ when !IsPrintable(key) => $"key '{name}' has characters that are not printable ASCII",
            _ => null,
        };
        if (problem is not null)
        {
            problems.Add(problem);
            return null;
        }

        byte[] padded = new byte[MaximumLength];
        Pad(key, padded);
        return new Entry(name, padded);
    }

    private sealed class Entry(string name, byte[] padded)
    {
        public string Name => name;

        public byte[] Padded => padded;

        public bool IsMaster { get; } = name.Equals(MasterName, StringComparison.OrdinalIgnoreCase);

        /// <summary>Whether these are the same <see cref="MaximumLength"/> bytes. No branch and no address depends on what they are, nor on
        /// a key's length.</summary>
        /// <remarks>FixedTimeEquals would take 1.3 µs for as many, or tell the length; a SHA-256 of the key first, 0.9 µs: more than all
        /// else that a request needs.</remarks>
        public bool Matches(ReadOnlySpan<byte> other)
        {
            Vector256<byte> difference = Vector256<byte>.Zero;
            for (int i = 0; i < MaximumLength; i += Vector256<byte>.Count)
            {
                difference |= Vector256.Create<byte>(padded.AsSpan(i)) ^ Vector256.Create(other[i..]);
            }

            // Halves compared one after the other would be a branch, where there are no vectors of this size.
            return (difference.GetLower() | difference.GetUpper()) == Vector128<byte>.Zero;
        }
    }
}
