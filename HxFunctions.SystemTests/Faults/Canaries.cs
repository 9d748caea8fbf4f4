using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace HxFunctions.SystemTests.Faults;

/// <summary>Words that must not come out anywhere, found in every form that they might come out in.</summary>
internal sealed class Canaries
{
    // The whole of 127.0.0.0/8 is this machine: addresses that nothing else uses, so that one that comes out is known for what it is.
    public const string PostgresHost = "127.77.11.101";
    public const string RedisHost = "127.77.22.202";
    public const string QdrantHost = "127.77.33.203";
    public const string UnknownHost = "canary-host.invalid";
    public const string PostgresUser = "canary-user-pg";
    public const string PostgresPassword = "canary/pass+pg'\"é";
    public const string RedisUser = "canary-user-redis";
    public const string RedisPassword = "canary/pass+redis<&é";
    public const string QdrantKey = "canary/key+qdrant<&";

    private readonly SearchValues<string> _forms;
    private readonly Dictionary<string, string> _wordOf = new(StringComparer.OrdinalIgnoreCase);

    public Canaries(params IEnumerable<string> words)
    {
        Words = [.. words];
        foreach (string word in Words)
        {
            foreach (string form in FormsOf(word))
            {
                _wordOf.TryAdd(form, word);
            }
        }

        _forms = SearchValues.Create([.. _wordOf.Keys], StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>All that the fault matrix's URLs hold but the loopback address of everyone.</summary>
    public static Canaries OfTheMatrix { get; } =
        new(PostgresHost, RedisHost, QdrantHost, "canary-host", PostgresUser, PostgresPassword, RedisUser, RedisPassword, QdrantKey);

    public IReadOnlyList<string> Words { get; }

    public static IPAddress AddressOf(string host) => IPAddress.Parse(host);

    public static bool IsHost(string word) => word.Contains("host", StringComparison.Ordinal) || IPAddress.TryParse(word, out _);

    public static bool IsUser(string word) => word.Contains("-user-", StringComparison.Ordinal);

    /// <returns>The first word that the text holds, and the form that it has there; <see langword="null"/>: none.</returns>
    public (string Word, string Form)? FindIn(string text)
    {
        int at = text.AsSpan().IndexOfAny(_forms);
        if (at < 0)
        {
            return null;
        }

        string form = _wordOf
            .Keys.Where(f => string.Compare(text, at, f, 0, f.Length, StringComparison.OrdinalIgnoreCase) == 0)
            .MaxBy(f => f.Length)!;
        return (_wordOf[form], form);
    }

    /// <summary>Fails the test when a text holds one of the words.</summary>
    public void AssertAbsent(string where, string text)
    {
        if (FindIn(text) is var (word, form))
        {
            Assert.Fail($"{where} holds '{word}' as '{form}':\n{text}");
        }
    }

    /// <summary>
    /// As it is, and as URLs, HTML, JSON, hexadecimal and base64 have it. Base64 of a word within a longer text begins at one of three
    /// places, and its ends mix with the neighbours: they are left out.
    /// </summary>
    internal static IEnumerable<string> FormsOf(string word)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(word);
        yield return word;
        yield return Uri.EscapeDataString(word);
        yield return WebUtility.UrlEncode(word);
        yield return WebUtility.HtmlEncode(word);
        yield return HtmlEncoder.Default.Encode(word);
        yield return JsonSerializer.Serialize(word).Trim('"');
        yield return word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        yield return Convert.ToHexString(bytes);
        yield return string.Join('-', bytes.Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));
        for (int skipped = 0; skipped < 3; skipped++)
        {
            string encoded = Convert.ToBase64String([.. new byte[skipped], .. bytes]);
            string inner = encoded[(skipped == 0 ? 0 : 4)..(encoded.Length - 4)];
            yield return inner;
            yield return inner.Replace('+', '-').Replace('/', '_');
        }
    }
}
