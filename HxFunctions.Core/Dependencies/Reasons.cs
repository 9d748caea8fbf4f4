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

    /// <summary>PostgreSQL answers and can't write: a full disk, or a commit that waits for a standby that isn't there.</summary>
    public const string NotWritable = "not_writable";

    /// <summary>Redis has fewer replicas than <c>min-replicas-to-write</c> asks for.</summary>
    public const string NoReplicas = "no_replicas";

    /// <summary>Redis takes writes, but not what the snapshot store needs: a command that it lacks, or a permission.</summary>
    public const string StoreUnusable = "store_unusable";
    public const string AuthenticationFailed = "authentication_failed";
    public const string PermissionDenied = "permission_denied";
    public const string DatabaseMissing = "database_missing";
    public const string CollectionMissing = "collection_missing";
    public const string CollectionRed = "collection_red";
    public const string Misconfigured = "misconfigured";

    /// <summary>A file that a URL names can't be read: CA, certificate, key, password file, socket directory.</summary>
    public const string LocalFile = "local_file";

    /// <summary>The login that the server offers is not one that the URL allows (<c>require_auth</c>, <c>channel_binding</c>).</summary>
    public const string LoginPolicy = "login_policy";

    public const string Timeout = "timeout";
    public const string StillRunning = "still_running";
    public const string DnsFailure = "dns_failure";

    /// <summary>This machine has no way to the address: <c>ENETUNREACH</c>, <c>EHOSTUNREACH</c>.</summary>
    public const string NoRoute = "no_route";

    public const string ConnectionRefused = "connection_refused";
    public const string ConnectionReset = "connection_reset";
    public const string TlsFailure = "tls_failure";
    public const string TooManyConnections = "too_many_connections";

    /// <summary>A pooler has no connection to hand out; the server behind it may be well.</summary>
    public const string PoolExhausted = "pool_exhausted";

    public const string StartingUp = "starting_up";
    public const string ShuttingDown = "shutting_down";
    public const string NotReady = "not_ready";
    public const string UnexpectedResponse = "unexpected_response";
    public const string Error = "error";

    /// <summary>Shown for a dependency that has not been checked recently. Not an outcome's reason.</summary>
    public const string Unknown = "unknown";

    /// <summary>What stands for a foreign check's own reason where values must be few: in the tags of metrics.</summary>
    public const string Other = "other";

    private const int MaxTokenLength = 40;
    private const int MaxDetailLength = 60;
    private static readonly HashSet<string> Own =
    [
        Ok,
        ReadOnly,
        OutOfMemory,
        Misconf,
        NotWritable,
        NoReplicas,
        StoreUnusable,
        AuthenticationFailed,
        PermissionDenied,
        DatabaseMissing,
        CollectionMissing,
        CollectionRed,
        Misconfigured,
        LocalFile,
        LoginPolicy,
        Timeout,
        StillRunning,
        DnsFailure,
        NoRoute,
        ConnectionRefused,
        ConnectionReset,
        TlsFailure,
        TooManyConnections,
        PoolExhausted,
        StartingUp,
        ShuttingDown,
        NotReady,
        UnexpectedResponse,
        Error,
    ];

    private static readonly SearchValues<char> DetailCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _|+-.~@&"
    );

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
                or NotWritable
                or NoReplicas
                or StoreUnusable
                or LocalFile
                or LoginPolicy
                or AuthenticationFailed
                or PermissionDenied
                or DatabaseMissing
                or CollectionMissing
                or CollectionRed
                or Misconfigured;

    /// <summary>Whether a dependency that is up in part refuses writes: then routes that write are closed.</summary>
    public static bool RefusesWrites(string reason) => reason is ReadOnly or NotWritable;

    /// <summary>A reason as the tag of a metric: one of these constants, or <see cref="Other"/>.</summary>
    public static string ForTag(string reason) => Own.Contains(reason) ? reason : Other;

    /// <summary>What is beside a reason, if it has at most 60 letters, digits, spaces and <c>_ | + - . ~ @ &amp;</c>; else nothing, for it
    /// might hold anything.</summary>
    public static string? SanitizeDetail(object? detail) =>
        detail is string { Length: > 0 and <= MaxDetailLength } text && !text.AsSpan().ContainsAnyExcept(DetailCharacters) ? text : null;

    /// <summary>A foreign reason if it is a token of at most 40 of <c>a-z 0-9 _</c>, else <see cref="Error"/>, for it might hold
    /// anything.</summary>
    public static string Sanitize(object? reason) =>
        reason is string { Length: > 0 and <= MaxTokenLength } token && !token.AsSpan().ContainsAnyExcept(TokenCharacters) ? token : Error;
}
