using Azure.Core;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// Microsoft Entra tokens for one kind of server: fetched at first use, renewed in the background before they expire, and never fetched
/// twice at a time.
/// </summary>
/// <remarks>
/// A token that still holds is given out whatever the credential does meanwhile: neither a failing nor a hanging renewal fails a probe. A
/// fetch that hangs is given up after <see cref="FetchTimeout"/>; who waits for it waits only as long as its own token allows.
/// </remarks>
internal sealed partial class EntraTokens : IAsyncDisposable
{
    /// <summary>Flexible Server's audience: https://learn.microsoft.com/azure/postgresql/security/security-entra-configure.</summary>
    public const string PostgresScope = "https://ossrdbms-aad.database.windows.net/.default";

    /// <summary>Azure Managed Redis's, and Azure Cache for Redis's:
    /// https://learn.microsoft.com/azure/redis/entra-for-authentication.</summary>
    public const string RedisScope = "https://redis.azure.com/.default";

    /// <summary>
    /// Redis's documentation asks for three minutes at least; the client library hands out the same token again until five minutes before
    /// its end.
    /// </summary>
    public static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(4);

    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan FetchTimeout = TimeSpan.FromSeconds(30);

    private readonly TokenCredential _credential;
    private readonly TokenRequestContext _request;
    private readonly TimeProvider _time;
    private readonly Redactor _redactor;
    private readonly ILogger<EntraTokens> _logger;
    private readonly ITimer _renewal;
    private readonly CancellationTokenSource _disposal = new();
    private readonly Lock _lock = new();
    private volatile Held? _current;
    private Task<string>? _fetching;

    public EntraTokens(TokenCredential credential, string scope, TimeProvider time, Redactor redactor, ILogger<EntraTokens> logger)
    {
        _credential = credential;
        _request = new([scope]);
        _time = time;
        _redactor = redactor;
        _logger = logger;
        _renewal = time.CreateTimer(
            static tokens => ((EntraTokens)tokens!).Fetch().Observe(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>A new token has come, and connections that are open should log in with it. On a thread of the pool; must not
    /// throw.</summary>
    public event Action? Renewed;

    /// <summary>The last token, valid or not; null before the first.</summary>
    public string? Latest => _current?.Token;

    /// <summary>A token that is valid now.</summary>
    /// <exception cref="EntraTokenException">The credential refuses.</exception>
    /// <exception cref="TimeoutException">It did not answer.</exception>
    /// <exception cref="OperationCanceledException">The caller waits no longer.</exception>
    public Task<string> GetAsync(CancellationToken cancellationToken)
    {
        if (_current is { } held && _time.GetUtcNow() < held.ExpiresOn)
        {
            return Task.FromResult(held.Token);
        }

        return Fetch().WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _disposal.CancelAsync();
        await _renewal.DisposeAsync();
        _disposal.Dispose();
    }

    /// <summary>The fetch that is going on, or a new one.</summary>
    private Task<string> Fetch()
    {
        lock (_lock)
        {
            if (_fetching is { IsCompleted: false })
            {
                return _fetching;
            }
            // On the pool: a credential may block before its first await.
            _fetching = Task.Run(FetchAsync, CancellationToken.None);
            _fetching.Observe();
            return _fetching;
        }
    }

    private async Task<string> FetchAsync()
    {
        try
        {
            using Deadline deadline = new(FetchTimeout, _time, _disposal.Token);
            Task<AccessToken> asking = Task.Run(
                async () => await _credential.GetTokenAsync(_request, deadline.Token),
                CancellationToken.None
            );
            asking.Observe();
            // It may ignore its token.
            AccessToken token = await asking.WaitAsync(deadline.Token);
            // Before anyone can have it.
            _redactor.Learn(token.Token);
            // One fetch at a time: nobody else writes.
            bool isNew = _current is { } before && before.Token != token.Token;
            _current = new(token.Token, token.ExpiresOn);
            Arm(UntilRenewal(token, _time.GetUtcNow()));
            if (isNew)
            {
                Renewed?.Invoke();
            }

            return token.Token;
        }
        catch (OperationCanceledException)
        {
            Arm(RetryAfter);
            LogFailed("no answer");
            throw new TimeoutException("The credential did not answer.");
        }
        catch (Exception exception)
        {
            Arm(RetryAfter);
            string message = $"{exception.GetType().Name}: {_redactor.Redact(exception.Message)}";
            LogFailed(message);
            throw new EntraTokenException(message);
        }
    }

    /// <summary>When to ask for the next token: when the credential says, else <see cref="RenewBefore"/> its end; of a short-lived one at
    /// half of its time.</summary>
    internal static TimeSpan UntilRenewal(AccessToken token, DateTimeOffset now)
    {
        TimeSpan left = token.ExpiresOn - now;
        TimeSpan due =
            token.RefreshOn is { } refresh && refresh > now && refresh < token.ExpiresOn ? refresh - now
            : left > 2 * RenewBefore ? left - RenewBefore
            : left / 2;
        // The same token may come again, with hardly any time left.
        return due > TimeSpan.FromSeconds(1) ? due : TimeSpan.FromSeconds(1);
    }

    private void Arm(TimeSpan due)
    {
        if (!_disposal.IsCancellationRequested)
        {
            _renewal.Change(due, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed record Held(string Token, DateTimeOffset ExpiresOn)
    {
        /// <summary>Without the token.</summary>
        public override string ToString() => $"a token until {ExpiresOn:O}";
    }

    [LoggerMessage(
        1051,
        LogLevel.Warning,
        "Microsoft Entra gave no token: {Trouble}. Check the app's identity, AZURE_CLIENT_ID, and the identity's role in the server."
    )]
    private partial void LogFailed(string trouble);
}
