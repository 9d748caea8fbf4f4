using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Telemetry;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// Takes credentials and hosts out of text that came from a driver, before it is logged. The one place that does so.
/// </summary>
/// <remarks>
/// It knows the literal secrets and hosts of the configured URLs, raw, percent-encoded and in IDNA's letters, and removes anything that
/// looks like a URL or an address besides. What is left stands on one line, without control characters: the words may be an attacker's.
/// </remarks>
internal sealed partial class Redactor
{
    /// <summary>Shorter ones are only looked for between quotes.</summary>
    private const int MinSecretLength = 3;
    private const string RepeatedArguments = "args beginning with:";
    private const int MaxMessageLength = 500;
    private const int MaxReadLength = 4000;

    /// <summary>As many tokens, passwords from files and masters that sentinels name as may be in use at once, and their
    /// predecessors.</summary>
    private const int MaxLearned = 16;

    private static readonly IdnMapping Idn = new();

    private readonly string[] _literals;
    private volatile string[] _learned = [];

    /// <param name="literals">Passwords, keys, user names and host names that must not appear.</param>
    public Redactor(IEnumerable<string?> literals) =>
        _literals = [
            .. literals
                .OfType<string>()
                .Where(l => l.Length > 0)
                .SelectMany(l => new[] { l, Uri.EscapeDataString(l), AsciiOf(l) })
                .Distinct(StringComparer.OrdinalIgnoreCase)
                // The longest first, or a password that contains a host's name would leave its ends standing.
                .OrderByDescending(l => l.Length),
        ];

    /// <summary>One that knows every secret and host of these settings.</summary>
    public static Redactor For(HxSettings settings) =>
        new([
            .. DependencyKind.All.SelectMany(kind => kind.Secrets(settings)),
            .. settings.HttpDependencies.SelectMany(dependency => dependency.Secrets),
            settings.NotifyUrl?.Host,
            settings.NotifyUrl?.PathAndQuery.Trim('/'),
            settings.NotifySecret,
        ]);

    /// <summary>A secret that came up while the process runs. The last few are remembered.</summary>
    public void Learn(string secret)
    {
        if (secret.Length < MinSecretLength)
        {
            return;
        }

        string[] known,
            learned;
        do
        {
            known = _learned;
            if (known.Contains(secret, StringComparer.Ordinal))
            {
                return;
            }

            learned = [secret, .. known.Take(MaxLearned - 1)];
        } while (Interlocked.CompareExchange(ref _learned, learned, known) != known);
    }

    public string Redact(string text)
    {
        // Bounded before the work, and again after: a driver may quote a whole answer. A secret that the first bound cut in two would not
        // be found, so that whatever may be one's beginning goes, too.
        bool cut = text.Length > MaxReadLength;
        if (cut)
        {
            text = text[..MaxReadLength];
        }

        string[] learned = _learned;
        foreach (string secret in learned)
        {
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        }

        foreach (string literal in _literals)
        {
            text =
                literal.Length >= MinSecretLength
                    ? text.Replace(literal, "***", StringComparison.OrdinalIgnoreCase)
                    // Anywhere else they are a part of words.
                    : text.Replace($"'{literal}'", "'***'", StringComparison.OrdinalIgnoreCase)
                        .Replace($"\"{literal}\"", "\"***\"", StringComparison.OrdinalIgnoreCase);
        }

        // Redis repeats what a command that it doesn't know was given, and cuts it, so that a long password would not be found.
        int repeated = text.IndexOf(RepeatedArguments, StringComparison.OrdinalIgnoreCase);
        if (repeated >= 0)
        {
            text = $"{text[..(repeated + RepeatedArguments.Length)]} ***";
        }

        int longest = Math.Max(_literals is [var first, ..] ? first.Length : 1, learned.Select(s => s.Length).DefaultIfEmpty(1).Max());
        if (cut)
        {
            text = text[..Math.Max(0, text.Length - (longest - 1))];
        }

        try
        {
            text = Address().Replace(text, "***");
            text = BareIPv6().Replace(text, found => IPAddress.TryParse(found.Value, out _) ? "***" : found.Value);
        }
        catch (RegexMatchTimeoutException)
        {
            // On a machine that is too busy. Callers are in the middle of a failure: nothing is told rather than thrown.
            return "***";
        }

        text = LogText.OneLine(text);
        return text.Length <= MaxMessageLength ? text : string.Concat(text.AsSpan(0, MaxMessageLength), "…");
    }

    /// <summary>A host's name as drivers resolve and report it (RFC 5890, section 2.3.2.1: <c>xn--…</c>); what isn't one as it
    /// is.</summary>
    private static string AsciiOf(string literal)
    {
        try
        {
            return Ascii.IsValid(literal) ? literal : Idn.GetAscii(literal);
        }
        catch (ArgumentException)
        {
            return literal;
        }
    }

    // The scheme is bounded, or a long run of letters would take time by its square.
    [GeneratedRegex(
        @"[a-z][a-z0-9+.\-]{0,30}://\S+|\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?|\[[0-9a-f:.%]+\](?::\d+)?"
            // As Erlang writes an address, which Supavisor shows.
            + @"|\{\d{1,5}(?:, ?\d{1,5}){3,7}\}"
            // The name that a node of a Redis cluster announces: where Redis sends a client on, and where the client says it has been.
            + @"|(?<=\b(?:MOVED|ASK) \d{1,5} |\bserverEndpoint: )[^\s,)]+"
            // Any other name with a port.
            + @"|\b(?:[a-z0-9_\-]{1,63}\.){1,10}[a-z0-9\-]{2,63}:\d{2,5}\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 200
    )]
    private static partial Regex Address();

    // As PostgreSQL writes it (pg_hba.conf's refusals). What only looks like one, such as a time, stays.
    [GeneratedRegex(
        @"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 200
    )]
    private static partial Regex BareIPv6();
}
