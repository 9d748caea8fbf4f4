using System.Buffers;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// The reasons that an outcome may carry: the only words about a failure that leave the process.
/// A check registered by someone else may bring its own, as long as it is a plain token (<see cref="Sanitize"/>).
/// </summary>
public static class Reasons
{
    public const string Ok = "ok";
    public const string ReadOnly = "read_only";
    public const string OutOfMemory = "out_of_memory";
    public const string Misconf = "misconf";
    public const string AuthenticationFailed = "authentication_failed";
    public const string PermissionDenied = "permission_denied";
    public const string DatabaseMissing = "database_missing";
    public const string CollectionMissing = "collection_missing";
    public const string CollectionRed = "collection_red";
    public const string Misconfigured = "misconfigured";
    public const string Timeout = "timeout";
    public const string StillRunning = "still_running";
    public const string DnsFailure = "dns_failure";
    public const string ConnectionRefused = "connection_refused";
    public const string ConnectionReset = "connection_reset";
    public const string TlsFailure = "tls_failure";
    public const string TooManyConnections = "too_many_connections";
    public const string StartingUp = "starting_up";
    public const string ShuttingDown = "shutting_down";
    public const string NotReady = "not_ready";
    public const string UnexpectedResponse = "unexpected_response";
    public const string Error = "error";

    /// <summary>What is shown where nothing trustworthy is known. Not an outcome's reason.</summary>
    public const string Unknown = "unknown";

    /// <summary>What stands for a foreign check's own reason where values must be few: in the tags of metrics.</summary>
    public const string Other = "other";

    private const int MaxTokenLength = 40;
    private static readonly HashSet<string> Own =
    [
        Ok,
        ReadOnly,
        OutOfMemory,
        Misconf,
        AuthenticationFailed,
        PermissionDenied,
        DatabaseMissing,
        CollectionMissing,
        CollectionRed,
        Misconfigured,
        Timeout,
        StillRunning,
        DnsFailure,
        ConnectionRefused,
        ConnectionReset,
        TlsFailure,
        TooManyConnections,
        StartingUp,
        ShuttingDown,
        NotReady,
        UnexpectedResponse,
        Error,
    ];

    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

    /// <summary>
    /// Whether a failure for this reason counts at once, without confirmation: the server answered, and the answer won't change by asking
    /// again.
    /// </summary>
    public static bool IsDefinite(string reason) =>
        reason
            is ReadOnly
                or OutOfMemory
                or Misconf
                or AuthenticationFailed
                or PermissionDenied
                or DatabaseMissing
                or CollectionMissing
                or CollectionRed
                or Misconfigured;

    /// <summary>A reason as the tag of a metric: one of these constants, or <see cref="Other"/>.</summary>
    public static string ForTag(string reason) => Own.Contains(reason) ? reason : Other;

    /// <summary>A foreign reason if it is a token of at most 40 of <c>a-z 0-9 _</c>, else <see cref="Error"/>, for it might hold
    /// anything.</summary>
    public static string Sanitize(object? reason) =>
        reason is string { Length: > 0 and <= MaxTokenLength } token && !token.AsSpan().ContainsAnyExcept(TokenCharacters) ? token : Error;
}
