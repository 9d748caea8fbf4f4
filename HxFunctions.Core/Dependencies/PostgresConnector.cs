using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using HxFunctions.Core.Configuration.Connections;
using Npgsql;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// Opens connections to PostgreSQL. Each host of the URL, and each address of a host, has its share of the deadline, so that one that hangs
/// doesn't use up what the next one needs (Npgsql gives each the whole: npgsql #3610, #6483). The host that answered last is tried first,
/// unless it was a fallback: a standby, where the URL doesn't ask for one.
/// </summary>
internal sealed class PostgresConnector(PostgresUrl url, TimeSpan timeout, TimeProvider time, Redactor redactor, EntraTokens? tokens)
    : IDisposable
{
    private readonly NpgsqlConnectionStringBuilder _template = Template(url, timeout);
    private readonly Lock _lock = new();
    private HostPort? _lastGood;
    private bool _plainPassword;
    private Login? _lastLogin;
    private NpgsqlDataSource? _source;

    /// <summary>Connects, logs in and asks the question, host after host until one is what the URL asks for.</summary>
    /// <returns>The session, with its <see cref="PostgresSession.Mode"/>.</returns>
    /// <exception cref="TargetSessionException">Hosts answered, and none is what <c>target_session_attrs</c> asks for.</exception>
    /// <exception cref="Exception">Nobody answered: what the server said, or else what the first attempt met.</exception>
    public async Task<PostgresSession> OpenAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        HostPort? lastGood = LastGood;
        HostPort[] hosts = InOrder(lastGood);
        string? target = hosts.Length > 1 ? url.TargetSessionAttributes : null;
        Exception? failure = null;
        PostgresSession? unsuited = null;
        for (int i = 0; i < hosts.Length; i++)
        {
            string name = hosts.Length == 1 ? "" : $" to host {url.NumberOf(hosts[i])} of {hosts.Length}";
            try
            {
                // With an answer in hand, one share more: the last host, too, must not use up the time that is left.
                TimeSpan share = run.Left / (hosts.Length - i + (unsuited is null ? 0 : 1));
                PostgresSession session = await OpenAsync(hosts[i], name, run, share, cancellationToken);
                if (session.Mode!.Value.Meets(target))
                {
                    unsuited?.Close();
                    if (!session.Mode.Value.IsReadOnly || target is not (null or "any"))
                    {
                        LastGood = session.Host;
                        return session;
                    }

                    LastGood = null;
                    if (session.Host != lastGood)
                    {
                        return session with { IsFallback = i > 0 };
                    }

                    run.Tried("ask" + name, "turned read-only; asking the hosts in the URL's order");
                    session.Close();
                    return await OpenAsync(run, cancellationToken);
                }

                run.Tried("ask" + name, $"answers, but is not {target}");
                if (target == "prefer-standby" && unsuited is null)
                {
                    unsuited = session;
                    continue;
                }

                session.Close();
                failure = new TargetSessionException(session.Mode.Value);
            }
            catch (Exception exception)
            {
                failure = MoreTelling(failure, exception);
            }
        }

        return unsuited ?? throw failure!;
    }

    /// <summary>Leaves open what was opened.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _source?.Dispose();
        }
    }

    private async Task<PostgresSession> OpenAsync(
        HostPort host,
        string name,
        ProbeRun run,
        TimeSpan share,
        CancellationToken cancellationToken
    )
    {
        using Deadline whole = new(share, time, cancellationToken);
        IPAddress?[] addresses = await AddressesAsync(host, name, run, whole);
        Exception? failure = null;
        for (int i = 0; i < addresses.Length; i++)
        {
            string step = "connect" + name + (addresses.Length == 1 ? "" : $", address {i + 1} of {addresses.Length}");
            using Deadline part = new(whole.Left / (addresses.Length - i), time, whole.Token);
            try
            {
                return await OpenAsync(host, addresses[i], step, run, part.Token);
            }
            catch (Exception exception)
            {
                failure = MoreTelling(failure, exception);
            }
        }

        throw failure!;
    }

    private static string ResolveStep(string name) => "resolve the name" + name.Replace(" to ", " of ", StringComparison.Ordinal);

    /// <summary>A name's addresses, asked for anew each time. A single one is left to the driver, which then knows the server by its
    /// name.</summary>
    private static async Task<IPAddress?[]> AddressesAsync(HostPort host, string name, ProbeRun run, Deadline share)
    {
        if (host.IsSocket || IPAddress.TryParse(host.Host, out _))
        {
            return [null];
        }

        try
        {
            IPAddress[] found = await Dns.GetHostAddressesAsync(host.Host, share.Token).WaitAsync(share.Token);
            run.Tried(ResolveStep(name), found.Length == 1 ? "1 address" : $"{found.Length} addresses");
            return found.Length > 1 ? [.. found] : [null];
        }
        catch (Exception exception)
        {
            run.Tried(ResolveStep(name), exception is OperationCanceledException ? "no answer in time" : "no address");
            throw;
        }
    }

    private async Task<PostgresSession> OpenAsync(
        HostPort host,
        IPAddress? address,
        string step,
        ProbeRun run,
        CancellationToken cancellationToken
    )
    {
        string?[] passwords = await PasswordsAsync(host, cancellationToken);
        for (int i = 0; ; i++)
        {
            try
            {
                PostgresSession session = await LogInAsync(new(host, address, passwords[i]), cancellationToken);
                _plainPassword ^= i > 0;
                run.Tried(step + " and log in", "ok");
                return await AskAsync(session, run, cancellationToken);
            }
            // By the reason: PostgreSQL has another state for LDAP, PAM and RADIUS (auth.c), and poolers have their own.
            catch (PostgresException refused)
                when (i + 1 < passwords.Length
                    && PostgresFailures.Classify(refused) == Reasons.AuthenticationFailed
                    && PostgresFailures.DetailOf(refused) != PostgresFailures.HostRules
                )
            {
                run.Tried(step + " and log in", "refused with one form of the password (SCRAM's, or as written); trying the other");
            }
            catch (Exception exception)
            {
                run.Tried(step, PostgresFailures.Words(exception, redactor));
                throw;
            }
        }
    }

    private async Task<PostgresSession> AskAsync(PostgresSession session, ProbeRun run, CancellationToken cancellationToken)
    {
        try
        {
            long asked = time.GetTimestamp();
            await session.AskAsync(cancellationToken);
            run.Answered("ask", time.GetElapsedTime(asked));
            return session;
        }
        catch
        {
            session.Close();
            throw;
        }
    }

    /// <summary>
    /// SCRAM takes a password as SASLprep leaves it; the older methods take it as it is written. Which of them the server will ask for
    /// shows at login only, so that where the two differ the other one is tried as well.
    /// </summary>
    private async Task<string?[]> PasswordsAsync(HostPort host, CancellationToken cancellationToken)
    {
        if (tokens is not null)
        {
            return [await tokens.GetAsync(cancellationToken)];
        }

        string? written = url.Password ?? PostgresPasswordFile.Find(url, host);
        redactor.Learn(written ?? "");
        string? prepared = written is null ? null : SaslPrep.Prepare(written);
        if (prepared == written)
        {
            return [written];
        }

        return _plainPassword ? [written, prepared] : [prepared, written];
    }

    /// <summary>
    /// With <c>sslmode=prefer</c> Npgsql logs in once more without TLS, whatever the server said with it, and then knows only that refusal:
    /// a wrong password is told as a server that wants TLS. libpq tells both, the first one first. So where the last refusal is about
    /// encryption, or about who may come, the other way is asked by itself, and what the server says there counts.
    /// </summary>
    private async Task<PostgresSession> LogInAsync(Login login, CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectAsync(login, cancellationToken);
        }
        catch (Exception last) when (OtherWay(last) is { } other)
        {
            try
            {
                return await ConnectAsync(login with { SslMode = other }, cancellationToken);
            }
            catch (Exception said) when (PostgresFailures.Find<PostgresException>(said) is null)
            {
                // Nothing that tells more.
            }

            throw;
        }
    }

    private SslMode? OtherWay(Exception last)
    {
        if (PostgresFailures.Classify(last) != Reasons.TlsFailure && PostgresFailures.DetailOf(last) != PostgresFailures.HostRules)
        {
            return null;
        }

        bool isServers = PostgresFailures.Find<PostgresException>(last) is not null;
        return _template.SslMode switch
        {
            SslMode.Prefer => isServers ? SslMode.Require : SslMode.Disable,
            SslMode.Allow => SslMode.Disable,
            _ => null,
        };
    }

    private async Task<PostgresSession> ConnectAsync(Login login, CancellationToken cancellationToken)
    {
        Task<NpgsqlConnection> opening = SourceOf(login).OpenConnectionAsync(cancellationToken).AsTask();
        try
        {
            return new(await opening.WaitAsync(cancellationToken), login.Host, time.GetTimestamp());
        }
        catch (NpgsqlException exception) when (login.Host.IsSocket && NetworkFailures.IsForbidden(exception))
        {
            throw new UnauthorizedAccessException("This user may not use the Unix socket.", exception);
        }
        catch (NpgsqlException exception) when (_template.SslNegotiation == SslNegotiation.Direct && EndsHandshake(exception))
        {
            // PostgreSQL before 17, and poolers, don't know a connection that begins with TLS, and end it.
            throw new AuthenticationException("The server ended the connection in the TLS handshake (sslnegotiation=direct).", exception);
        }
        catch
        {
            // What the driver goes on with by itself is closed when it ends.
            CloseWhenOpenAsync(opening).Observe();
            throw;
        }
    }

    private static bool EndsHandshake(NpgsqlException exception) =>
        exception.Message.Contains("SSL handshake", StringComparison.Ordinal)
        && NetworkFailures.Classify(exception) == Reasons.ConnectionReset;

    private static async Task CloseWhenOpenAsync(Task<NpgsqlConnection> opening)
    {
        await ((Task)opening).Ended();
        if (opening.IsCompletedSuccessfully)
        {
            await opening.Result.DisposeAsync();
        }
    }

    /// <summary>The driver's data source for a login; the last one is kept. It has no pool, so that nothing else is kept with it.</summary>
    /// <remarks>Making one calls a very large method of Npgsql dozens of times; when it has been called often, .NET compiles it again,
    /// which takes memory for good (HxFunctions.csproj).</remarks>
    private NpgsqlDataSource SourceOf(Login login)
    {
        lock (_lock)
        {
            if (_source is null || _lastLogin != login)
            {
                _source?.Dispose();
                _source = NewSource(login);
                _lastLogin = login;
            }

            return _source;
        }
    }

    private NpgsqlDataSource NewSource(Login login)
    {
        NpgsqlConnectionStringBuilder connection = new(_template.ConnectionString)
        {
            Host = login.Address?.ToString() ?? login.Host.Host,
            Port = login.Host.Port,
            Password = login.Password,
            SslMode = login.SslMode ?? _template.SslMode,
        };
        NpgsqlSlimDataSourceBuilder builder = new(connection.ConnectionString);
        builder.EnableTransportSecurity();
        // One statement of built-in types: no catalogue queries at each connect.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        string name = login.Host.Name ?? login.Host.Host;
        if (connection.Host != name)
        {
            // The certificate is the name's, not the address's.
            builder.UseSslClientAuthenticationOptionsCallback(options => options.TargetHost = name);
        }

        if (url.UsesSystemRoots)
        {
            // Without any, Npgsql would look for PGSSLROOTCERT and ~/.postgresql/root.crt.
            builder.UseRootCertificatesCallback(SystemRoots);
        }

        return builder.Build();
    }

    private static X509Certificate2Collection SystemRoots()
    {
        using X509Store store = new(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
        return store.Certificates;
    }

    /// <summary>The host to try first. <see langword="null"/>: by the URL's order, as libpq does at every connect.</summary>
    private HostPort? LastGood
    {
        get
        {
            lock (_lock)
            {
                return _lastGood;
            }
        }
        set
        {
            lock (_lock)
            {
                _lastGood = value;
            }
        }
    }

    private HostPort[] InOrder(HostPort? first)
    {
        HostPort[] hosts = [.. url.Hosts];
        if (url.RandomOrder)
        {
            Random.Shared.Shuffle(hosts);
        }

        return first is null ? hosts : [first, .. hosts.Where(host => host != first)];
    }

    /// <summary>What a server said tells more than that another one can't be reached, and that one can't be reached more than that time was
    /// up. Least of all tells an address that this machine has no route to, such as the IPv6 one of a name that has both.</summary>
    private static Exception MoreTelling(Exception? before, Exception now)
    {
        return before is not null && Rank(before) >= Rank(now) ? before : now;

        static int Rank(Exception exception) =>
            exception switch
            {
                TargetSessionException => 4,
                _ when PostgresFailures.Find<PostgresException>(exception) is not null => 3,
                OperationCanceledException or TimeoutException => 1,
                _ when NetworkFailures.Classify(exception) == Reasons.NoRoute => 0,
                _ => 2,
            };
    }

    private static NpgsqlConnectionStringBuilder Template(PostgresUrl url, TimeSpan timeout)
    {
        NpgsqlConnectionStringBuilder connection = url.ToConnectionStringBuilder();
        connection.ApplicationName ??= "hx";
        connection.Pooling = false;
        // By libpq's rules: PostgresPasswordFile.
        connection.Passfile = null;
        // Which host is for us to say.
        connection.TargetSessionAttributes = null;
        connection.LoadBalanceHosts = false;
        // None of the driver's own, or just above ours: what it does then blocks a thread of the pool, see DependencyProbe.
        connection.Timeout = (int)Math.Ceiling(timeout.TotalSeconds) + 1;
        connection.CommandTimeout = 0;
        // Don't wait for the answer to a cancel request: the connection is broken and dropped at once (npgsql #3696).
        connection.CancellationTimeout = -1;
        connection.Multiplexing = false;
        // The driver's default: it would open a connection, find that it has no Kerberos here, and open another one.
        connection.GssEncryptionMode = GssEncryptionMode.Disable;
        // "Hot standby mode is disabled" is a detail. Nothing of it is shown but by the redactor.
        connection.IncludeErrorDetail = true;
        connection.PersistSecurityInfo = false;
        return connection;
    }

    /// <param name="Address">One of a name's several; <see langword="null"/>: the driver looks for it.</param>
    private sealed record Login(HostPort Host, IPAddress? Address, string? Password)
    {
        /// <summary>Instead of the URL's.</summary>
        public SslMode? SslMode { get; init; }

        // The generated one would have the password.
        public override string ToString() => nameof(Login);
    }
}

/// <summary>A server answered, and it is not what <c>target_session_attrs</c> asks for.</summary>
internal sealed class TargetSessionException(PostgresMode mode) : Exception("No host in the URL meets target_session_attrs.")
{
    public PostgresMode Mode => mode;
}
