using StackExchange.Redis;

namespace HxFunctions.Core.Probing;

/// <summary>
/// The process's one connection to Redis, shared by the probe and the snapshot store. It is opened at first use, heals by itself,
/// and answers at once when it is down: nothing queues.
/// </summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly ConfigurationOptions _options;
    private readonly Lock _lock = new();
    private Task<ConnectionMultiplexer>? _connecting;
    private bool _disposed;

    /// <param name="options">Where and as whom; the client's behaviour is set here.</param>
    /// <param name="timeout">The probe's deadline, used as the client's connect and answer timeout.</param>
    public RedisConnection(ConfigurationOptions options, TimeSpan timeout)
    {
        _options = options;
        int milliseconds = Math.Max(100, (int)timeout.TotalMilliseconds);
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

    /// <summary>What is wrong with the server now, seen past the client; <see langword="null"/> when it answers.</summary>
    public Task<string?> DiagnoseAsync(CancellationToken cancellationToken) => RedisDiagnosis.FindAsync(_options, cancellationToken);

    /// <summary>The multiplexer, connected or about to be. A failed attempt is not remembered: the next call tries anew.</summary>
    public Task<ConnectionMultiplexer> GetAsync()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connecting is null or { IsFaulted: true } or { IsCanceled: true })
                _connecting = ConnectionMultiplexer.ConnectAsync(_options);
            return _connecting;
        }
    }

    /// <summary>
    /// Proves the credentials again, on the connection that is open. When AUTH fails at connect, the client goes on as the default user, who may well be allowed to
    /// write; and a connection that is open stays so when a password is changed.
    /// </summary>
    /// <exception cref="RedisServerException">They are wrong.</exception>
    public Task ProveCredentialsAsync(IDatabase database)
    {
        if (string.IsNullOrEmpty(_options.Password)) return Task.CompletedTask;
        // AUTH [username] password: https://redis.io/docs/latest/commands/auth/
        return string.IsNullOrEmpty(_options.User)
            ? database.ExecuteAsync("AUTH", _options.Password)
            : database.ExecuteAsync("AUTH", _options.User, _options.Password);
    }

    public async Task<IDatabase> GetDatabaseAsync() => (await GetAsync().ConfigureAwait(false)).GetDatabase();

    public async ValueTask DisposeAsync()
    {
        Task<ConnectionMultiplexer>? connecting;
        lock (_lock)
        {
            _disposed = true;
            connecting = _connecting;
        }

        if (connecting is null) return;
        await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (connecting.IsCompletedSuccessfully) await connecting.Result.DisposeAsync().ConfigureAwait(false);
    }
}
