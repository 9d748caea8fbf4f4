using System.Net;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// The process's one connection to Redis, shared by the probe and the snapshot store. It is opened at first use and answers at once when it
/// is down: nothing queues. It ages: before it is an interval old another is opened and takes its place, so that new logins, certificates
/// and DNS answers are proved, and a name that moves is followed while the old server is still alive.
/// </summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    /// <summary>In parts of an interval. Instances that were started together should not all connect at once.</summary>
    private const double DueFrom = 0.9,
        DueUntil = 0.95,
        Oldest = 1.05;

    private readonly ConfigurationOptions _options;
    private readonly RedisTlsFiles _files;
    private readonly RedisSentinels? _sentinels;
    private readonly string[] _write;
    private readonly TimeSpan _timeout;
    private readonly TimeSpan _interval;
    private readonly EntraTokens? _tokens;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _disposal = new();
    private readonly List<Task> _retiring = [];
    private RedisLink? _current;
    private Task<RedisLink>? _opening;
    private bool _disposed;

    /// <param name="settings">With a Redis. Its probe's deadline is the client's answer timeout.</param>
    /// <param name="tokens">Where the password comes from when it is not in the URL.</param>
    public RedisConnection(
        HxSettings settings,
        RedisQuestion question,
        TimeProvider time,
        Redactor redactor,
        [FromKeyedServices(EntraTokens.RedisScope)] EntraTokens? tokens = null
    )
    {
        ConfigurationOptions options = settings.Redis!.ToOptions();
        _options = options;
        _files = settings.Redis.TlsFiles;
        _sentinels = settings.Redis.Service is null ? null : new RedisSentinels(settings.Redis, options, redactor);
        _timeout = question.Patience is { } patience && patience > settings.RedisTimeout ? patience : settings.RedisTimeout;
        _interval = settings.Interval;
        _time = time;
        _tokens = tokens;
        // SET key value EX seconds: https://redis.io/docs/latest/commands/set/
        _write = ["SET", question.Key, "1", "EX", "60"];
        if (tokens is not null)
        {
            // The client asks its defaults for the password at every login, also when it connects again by itself.
            options.Defaults = new TokenAsPassword(tokens);
            tokens.Renewed += OnRenewed;
        }

        int milliseconds = Math.Max(100, (int)settings.RedisTimeout.TotalMilliseconds);
        // What has been found is to be connected to now, or is a failure.
        options.AbortOnConnectFail = true;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ConnectRetry = 1;
        // In a cluster the client waits as long for nodes that hang, and there must be time left to ask those that don't.
        options.ConnectTimeout = Math.Max(100, (int)(0.75 * _timeout.TotalMilliseconds));
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

    /// <summary>The connection that is open and not due to be replaced; <see langword="null"/> when there is none.</summary>
    public RedisLink? Current
    {
        get
        {
            lock (_lock)
            {
                return _current is { } link && IsUsable(link) && Age(link) < link.Due ? link : null;
            }
        }
    }

    /// <summary>Whether the sentinels, if there are any, still call it the master. One that was cut off from them may well take writes,
    /// which are lost when it is back.</summary>
    /// <returns>Also <see langword="true"/> when none of them answers: that fails when the connection is due.</returns>
    public async Task<bool> IsMasterAsync(RedisLink link, CancellationToken cancellationToken)
    {
        try
        {
            return _sentinels is null || link.Endpoint.Equals(await _sentinels.FindMasterAsync(null, cancellationToken));
        }
        catch (Exception exception) when (exception is RedisUnavailableException or OperationCanceledException)
        {
            return true;
        }
    }

    /// <summary>
    /// Runs a call on the connection that is open, or opens one. A call that fails for want of a connection that was open before runs once
    /// more on a fresh one: a pooler's or a firewall's idle timeout is no outage.
    /// </summary>
    /// <param name="mayRepeat">Whether it may run again when it is not known whether the server has run it.</param>
    public async Task<T> RunAsync<T>(Func<IDatabase, Task<T>> call, bool mayRepeat = true)
    {
        RedisLink? open = Open();
        RedisLink link = open ?? await OpenTogether();
        try
        {
            return await call(link.Database);
        }
        catch (RedisConnectionException exception)
            when (open is not null && (mayRepeat || exception.CommandStatus is not (CommandStatus.Sent or CommandStatus.Unknown)))
        {
            return await call((await OpenTogether(lost: link)).Database);
        }
    }

    /// <summary>The connection's database, for whoever looks at it directly.</summary>
    public async Task<IDatabase> GetDatabaseAsync() => (Open() ?? await OpenTogether()).Database;

    /// <summary>
    /// Opens a fresh connection, which takes the place of the one before; that one is closed when the calls on it have ended.
    /// </summary>
    /// <param name="tried">Is told of every step.</param>
    /// <exception cref="RedisUnavailableException">No endpoint lets us in.</exception>
    /// <exception cref="RedisConnectionException">One did, and no more when the client came.</exception>
    /// <exception cref="EntraTokenException">There is no valid token.</exception>
    public async Task<RedisLink> OpenAsync(Action<string, string>? tried, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_tokens is not null)
        {
            await _tokens.GetAsync(cancellationToken);
        }

        IReadOnlyList<EndPoint> endpoints = _sentinels is null
            ? _options.EndPoints
            : [await _sentinels.FindMasterAsync(tried, cancellationToken)];
        RedisFinding finding = await new RedisDiagnosis(_options, _files, tried).FindAsync(endpoints, _write, cancellationToken);
        if (!finding.Answered)
        {
            throw new RedisUnavailableException(finding.Failure ?? new(Reasons.Error), finding.Words ?? "");
        }

        // The client would wait in vain for what the server refuses to answer.
        if (finding.Failure is { Reason: Reasons.StoreUnusable } unusable)
        {
            throw new RedisUnavailableException(unusable, finding.Words ?? "");
        }

        ConfigurationOptions options = _options.Clone();
        options.EndPoints.Clear();
        // By a name with several addresses, the client would wait for one that hangs. The next connection looks the name up anew.
        options.EndPoints.Add(finding.Address);
        options.SslClientAuthenticationOptions = node => RedisTls.ForNode(_options, _files, node, finding.Endpoint);
        if (finding.WithoutUser)
        {
            options.User = null;
        }

        Task<ConnectionMultiplexer> connecting = ConnectionMultiplexer.ConnectAsync(options);
        ConnectionMultiplexer multiplexer;
        try
        {
            multiplexer = await connecting.WaitAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            _ = DisposeWhenThereAsync(connecting);
            // The client needs more than a login, and what the server said before tells more than that it did not get it.
            if (finding.Failure is { } failure && exception is not OperationCanceledException)
            {
                throw new RedisUnavailableException(failure, finding.Words ?? "");
            }

            throw;
        }

        RedisLink link = new(
            multiplexer,
            finding.Endpoint,
            finding.Address,
            finding.Failure,
            _time.GetTimestamp(),
            _interval * (DueFrom + ((DueUntil - DueFrom) * Random.Shared.NextDouble()))
        );
        Adopt(link);
        return link;
    }

    /// <summary>
    /// Proves the credentials again: a connection that is open stays so when a password is changed. Not on that connection, which the store
    /// shares: Redis 7.4 and later give no answer to an AUTH that fails behind another command (acl.c, addAuthErrReply), and the client
    /// would take every later answer for that to the command before.
    /// </summary>
    /// <returns>How the server refuses them; <see langword="null"/> when it doesn't.</returns>
    /// <exception cref="EntraTokenException">There is no valid token.</exception>
    public async Task<RedisFailure?> FindRefusalOfLoginAsync(RedisLink link, CancellationToken cancellationToken)
    {
        string? password = _tokens is null ? _options.Password : await _tokens.GetAsync(cancellationToken);
        return string.IsNullOrEmpty(password)
            ? null
            : await new RedisDiagnosis(_options, _files).FindRefusalOfLoginAsync(link.Endpoint, link.Address, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_tokens is not null)
        {
            _tokens.Renewed -= OnRenewed;
        }

        RedisLink? link;
        Task[] others;
        lock (_lock)
        {
            _disposed = true;
            link = _current;
            _current = null;
            others = [.. _retiring, _opening ?? Task.CompletedTask];
        }

        await _disposal.CancelAsync();
        await Task.WhenAll(others).Ended();
        if (link is not null)
        {
            await link.Multiplexer.DisposeAsync();
        }

        _disposal.Dispose();
    }

    /// <summary>The one that is open. When it is due, its replacement begins, and it serves until that is there.</summary>
    private RedisLink? Open()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_current is not { } link || !IsUsable(link))
            {
                return null;
            }

            if (Age(link) >= link.Due)
            {
                OpenTogether().Observe();
            }

            return link;
        }
    }

    /// <summary>Whoever needs a connection at the same time waits for the same attempt.</summary>
    /// <param name="lost">The connection that is to be replaced; another that is there already is good enough.</param>
    private Task<RedisLink> OpenTogether(RedisLink? lost = null)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (lost is not null && _current is { } link && link != lost && IsUsable(link))
            {
                return Task.FromResult(link);
            }

            if (_opening is not { IsCompleted: false })
            {
                _opening = Task.Run(OpenWithinTimeoutAsync);
                _opening.Observe();
            }

            return _opening;
        }
    }

    private async Task<RedisLink> OpenWithinTimeoutAsync()
    {
        using Deadline deadline = new(_timeout, _time, _disposal.Token);
        return await OpenAsync(null, deadline.Token);
    }

    private void Adopt(RedisLink link)
    {
        RedisLink? before;
        lock (_lock)
        {
            before = _disposed ? link : _current;
            if (!_disposed)
            {
                _current = link;
            }

            _retiring.RemoveAll(retiring => retiring.IsCompleted);
            if (before is not null)
            {
                _retiring.Add(RetireAsync(before));
            }
        }

        ObjectDisposedException.ThrowIf(before == link, this);
        AgeAsync(link).Observe();
    }

    /// <summary>Replaces it when it is due, whether or not anybody uses it; when nothing can take its place, it ends all the
    /// same.</summary>
    private async Task AgeAsync(RedisLink link)
    {
        await Task.Delay(link.Due, _time, _disposal.Token);
        await ((Task)OpenTogether(lost: link)).Ended();
        await Task.Delay((Oldest * _interval) - link.Due, _time, _disposal.Token);
        lock (_lock)
        {
            if (_current == link)
            {
                _current = null;
                _retiring.Add(RetireAsync(link));
            }
        }
    }

    /// <summary>Closes it when the calls on it have had their time.</summary>
    private async Task RetireAsync(RedisLink link)
    {
        TimeSpan grace = TimeSpan.FromSeconds(Math.Min(_options.AsyncTimeout / 1000.0, 0.05 * _interval.TotalSeconds));
        await Task.Delay(grace, _disposal.Token).Ended();
        await link.Multiplexer.DisposeAsync();
    }

    private static async Task DisposeWhenThereAsync(Task<ConnectionMultiplexer> connecting)
    {
        await ((Task)connecting).Ended();
        if (connecting.IsCompletedSuccessfully)
        {
            await connecting.Result.DisposeAsync();
        }
    }

    private TimeSpan Age(RedisLink link) => _time.GetElapsedTime(link.OpenedAt);

    private bool IsUsable(RedisLink link) => link.Multiplexer.IsConnected && Age(link) < Oldest * _interval;

    /// <summary>
    /// Replaces what is open: Azure ends a connection when the token that it logged in with expires, and instances that don't probe hold
    /// one, too. An AUTH on it might get no answer (<see cref="FindRefusalOfLoginAsync"/>).
    /// </summary>
    private void OnRenewed()
    {
        lock (_lock)
        {
            // What fails here shows in the next probe, which logs in as well.
            if (_current is { } link)
            {
                OpenTogether(lost: link).Observe();
            }
        }
    }

    private sealed class TokenAsPassword(EntraTokens tokens) : DefaultOptionsProvider
    {
        public override string? Password => tokens.Latest;
    }
}

/// <summary>What the probe asks. It comes from whoever uses the store, of which a check knows nothing.</summary>
/// <param name="Key">One that the probe may write, and that expires.</param>
/// <param name="Script">Runs the store's commands on it, and answers <c>ok</c>, or the first that failed, its error, and whether another
/// has written.</param>
/// <param name="Patience">How long a connection may take to open for the store; the probe's deadline when not given or shorter.</param>
internal sealed record RedisQuestion(string Key, string Script, TimeSpan? Patience = null);

/// <summary>An open connection to Redis.</summary>
/// <param name="Endpoint">What it is connected to: of a cluster the node that it was introduced by.</param>
/// <param name="Address">Which of the endpoint's addresses that is.</param>
/// <param name="Failure">Why that takes no writes; <see langword="null"/> when it did.</param>
/// <param name="OpenedAt">On the monotonic clock.</param>
/// <param name="Due">The age at which it is to be replaced.</param>
internal sealed record RedisLink(
    ConnectionMultiplexer Multiplexer,
    EndPoint Endpoint,
    EndPoint Address,
    RedisFailure? Failure,
    long OpenedAt,
    TimeSpan Due
)
{
    public IDatabase Database { get; } = Multiplexer.GetDatabase();
}
