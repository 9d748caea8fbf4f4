using HxFunctions.Core.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// The process's one connection to Redis, shared by the probe and the snapshot store. It is opened at first use, heals by itself,
/// and answers at once when it is down: nothing queues.
/// </summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly ConfigurationOptions _options;
    private readonly EntraTokens? _tokens;
    private readonly Lock _lock = new();
    private Task<ConnectionMultiplexer>? _connecting;
    private bool _disposed;

    /// <param name="settings">With a Redis. Its probe's deadline is the client's connect and answer timeout.</param>
    /// <param name="tokens">Where the password comes from when it is not in the URL.</param>
    public RedisConnection(HxSettings settings, [FromKeyedServices(EntraTokens.RedisScope)] EntraTokens? tokens = null)
    {
        ConfigurationOptions options = settings.Redis!.ToOptions();
        _options = options;
        _tokens = tokens;
        if (tokens is not null)
        {
            // The client asks its defaults for the password at every login, also when it connects again by itself.
            options.Defaults = new TokenAsPassword(tokens);
            tokens.Renewed += OnRenewed;
        }

        int milliseconds = Math.Max(100, (int)settings.RedisTimeout.TotalMilliseconds);
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ConnectRetry = 1;
        options.ConnectTimeout = milliseconds;
        options.AsyncTimeout = milliseconds;
        options.SyncTimeout = milliseconds;
        options.ReconnectRetryPolicy = new LinearRetry(500);
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(500);
        options.KeepAlive = 30;
        options.IncludeDetailInExceptions = false;
        options.IncludePerformanceCountersInExceptions = false;
        // CLUSTER INFO counts as administration with the client.
        options.AllowAdmin = true;
        options.ClientName ??= "hx";
        // The client watches a channel for configuration changes by default: a second connection that we have no use for.
        options.ConfigurationChannel = "";
        // Nor have we several masters to choose from, for which it reads a key outside of our namespace.
        options.TieBreaker = "";
    }

    /// <summary>What is wrong with the server now, seen past the client; <see langword="null"/> when it takes this write.</summary>
    public async Task<string?> DiagnoseAsync(string[] write, CancellationToken cancellationToken)
    {
        if (_tokens is not null)
        {
            await _tokens.GetAsync(cancellationToken);
        }

        return await RedisDiagnosis.FindAsync(_options, write, cancellationToken);
    }

    /// <summary>The multiplexer, connected or about to be. A failed attempt is not remembered: the next call tries anew.</summary>
    public Task<ConnectionMultiplexer> GetAsync()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connecting is null or { IsFaulted: true } or { IsCanceled: true })
            {
                _connecting = ConnectAsync();
            }

            return _connecting;
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        // Bounded by the tokens' own deadline; callers wait with theirs.
        if (_tokens is not null)
        {
            await _tokens.GetAsync(CancellationToken.None);
        }

        return await ConnectionMultiplexer.ConnectAsync(_options);
    }

    /// <summary>
    /// Logs in again on what is open: Azure ends a connection when the token that it logged in with expires, and instances that don't probe
    /// hold one, too.
    /// </summary>
    private void OnRenewed()
    {
        Task<ConnectionMultiplexer>? connecting;
        lock (_lock)
        {
            connecting = _disposed ? null : _connecting;
        }

        if (connecting is not { IsCompletedSuccessfully: true } || _options.Password is not { Length: > 0 } password)
        {
            return;
        }

        foreach (IServer server in connecting.Result.GetServers())
        {
            // What fails here shows in the next probe, which logs in as well.
            if (server.IsConnected)
            {
                server.ExecuteAsync("AUTH", _options.User ?? "default", password).Observe();
            }
        }
    }

    /// <summary>
    /// Proves the credentials again, on the connection that is open. When AUTH fails at connect, the client goes on as the default user,
    /// who may well be allowed to write; and a connection that is open stays so when a password is changed.
    /// </summary>
    /// <exception cref="RedisServerException">They are wrong.</exception>
    /// <exception cref="EntraTokenException">There is no valid token.</exception>
    public async Task ProveCredentialsAsync(IDatabase database)
    {
        string? password = _tokens is null ? _options.Password : await _tokens.GetAsync(CancellationToken.None);
        if (string.IsNullOrEmpty(password))
        {
            return;
        }
        // AUTH [username] password: https://redis.io/docs/latest/commands/auth/
        await (
            string.IsNullOrEmpty(_options.User)
                ? database.ExecuteAsync("AUTH", password)
                : database.ExecuteAsync("AUTH", _options.User, password)
        );
    }

    public async Task<IDatabase> GetDatabaseAsync() => (await GetAsync()).GetDatabase();

    public async ValueTask DisposeAsync()
    {
        if (_tokens is not null)
        {
            _tokens.Renewed -= OnRenewed;
        }

        Task<ConnectionMultiplexer>? connecting;
        lock (_lock)
        {
            _disposed = true;
            connecting = _connecting;
        }

        if (connecting is null)
        {
            return;
        }

        await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (connecting.IsCompletedSuccessfully)
        {
            await connecting.Result.DisposeAsync();
        }
    }

    private sealed class TokenAsPassword(EntraTokens tokens) : DefaultOptionsProvider
    {
        public override string? Password => tokens.Latest;
    }
}
