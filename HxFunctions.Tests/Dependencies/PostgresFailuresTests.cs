using System.Net.Sockets;
using System.Security.Cryptography;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Tests.Dependencies;

/// <summary>What servers, poolers and clouds' proxies say, and the reason that it is given.</summary>
public sealed class PostgresFailuresTests
{
    /// <summary>PostgreSQL's own words, of version 15, in English.</summary>
    [Theory]
    [InlineData("28P01", "password authentication failed for user \"hx\"", Reasons.AuthenticationFailed)]
    [InlineData("28000", "no pg_hba.conf entry for host", Reasons.AuthenticationFailed)]
    [InlineData("28000", "no pg_hba.conf entry for host \"h\", user \"u\", database \"d\", SSL encryption", Reasons.AuthenticationFailed)]
    [InlineData("28000", "no pg_hba.conf entry for host \"h\", user \"u\", database \"d\", SSL on", Reasons.AuthenticationFailed)]
    [InlineData("28000", "no pg_hba.conf entry for host \"h\", user \"u\", database \"d\", GSS encryption", Reasons.AuthenticationFailed)]
    [InlineData("28000", "no pg_hba.conf entry for host \"h\", user \"u\", database \"d\", no encryption", Reasons.TlsFailure)]
    [InlineData("28000", "no pg_hba.conf entry for host \"h\", user \"u\", database \"d\", SSL off", Reasons.TlsFailure)]
    [InlineData(
        "28000",
        "pg_hba.conf rejects connection for host \"h\", user \"u\", database \"d\", SSL encryption",
        Reasons.AuthenticationFailed
    )]
    [InlineData("28000", "pg_hba.conf rejects connection for host \"h\", user \"u\", database \"d\", no encryption", Reasons.TlsFailure)]
    [InlineData("28000", "role \"sslapp\" does not exist", Reasons.AuthenticationFailed)]
    [InlineData("28000", "role \"client certificate\" is not permitted to log in", Reasons.AuthenticationFailed)]
    [InlineData("28000", "certificate authentication failed for user \"hx\"", Reasons.AuthenticationFailed)]
    [InlineData("28000", "SSL connection is required. Please specify SSL options and retry.", Reasons.TlsFailure)]
    [InlineData("28000", "connection requires a valid client certificate", Reasons.TlsFailure)]
    [InlineData("3D000", "database \"hx\" does not exist", Reasons.DatabaseMissing)]
    [InlineData("57P04", "database was dropped", Reasons.DatabaseMissing)]
    [InlineData("42501", "permission denied for database hx", Reasons.PermissionDenied)]
    [InlineData("53300", "sorry, too many clients already", Reasons.TooManyConnections)]
    [InlineData("53400", "configured limit exceeded", Reasons.TooManyConnections)]
    [InlineData("53000", "insufficient resources", Reasons.OutOfMemory)]
    [InlineData("53100", "could not extend file", Reasons.OutOfMemory)]
    [InlineData("55000", "database \"hx\" is not currently accepting connections", Reasons.NotReady)]
    [InlineData("55006", "database is being accessed by other users", Reasons.NotReady)]
    [InlineData("57P01", "terminating connection due to administrator command", Reasons.ShuttingDown)]
    [InlineData("57P02", "terminating connection because of crash of another server process", Reasons.ShuttingDown)]
    [InlineData("57P03", "the database system is starting up", Reasons.StartingUp)]
    [InlineData("57P03", "the database system is not yet accepting connections", Reasons.StartingUp)]
    [InlineData("57P03", "the database system is shutting down", Reasons.ShuttingDown)]
    [InlineData("57P05", "terminating connection due to idle-session timeout", Reasons.ConnectionReset)]
    [InlineData("25P03", "terminating connection due to idle-in-transaction timeout", Reasons.ConnectionReset)]
    [InlineData("25P04", "terminating connection due to transaction timeout", Reasons.ConnectionReset)]
    [InlineData("25P02", "current transaction is aborted, commands ignored until end of transaction block", Reasons.Error)]
    [InlineData("57014", "canceling statement due to statement timeout", Reasons.Timeout)]
    [InlineData("25006", "cannot execute INSERT in a read-only transaction", Reasons.ReadOnly)]
    [InlineData("58030", "could not read file", Reasons.NotReady)]
    [InlineData("08006", "connection failure", Reasons.ConnectionReset)]
    [InlineData("42704", "unrecognized configuration parameter \"x\"", Reasons.Misconfigured)]
    [InlineData("42704", "unbekannter Konfigurationsparameter »x«", Reasons.Misconfigured)]
    [InlineData("22023", "invalid value for parameter \"x\": \"y\"", Reasons.Misconfigured)]
    [InlineData("55P02", "parameter \"port\" cannot be changed without restarting the server", Reasons.Misconfigured)]
    [InlineData("42501", "permission denied to set parameter \"log_statement\"", Reasons.Misconfigured)]
    [InlineData("42601", "invalid command-line argument for server process: -z", Reasons.Misconfigured)]
    [InlineData("42883", "function pg_catalog.pg_is_in_recovery() does not exist", Reasons.Error)]
    [InlineData("XX000", "cache lookup failed for type 0", Reasons.Error)]
    [InlineData("99999", "something that nobody has ever said", Reasons.Error)]
    public void Servers_words(string state, string words, string reason) =>
        Assert.Equal(reason, PostgresFailures.ByServer(state, words, null));

    /// <summary>From the sources and issues of pgbouncer, pgpool-II, Supavisor, Neon and RDS Proxy: one state for everything.</summary>
    [Theory]
    [InlineData("08P01", "SASL authentication failed", Reasons.AuthenticationFailed)]
    [InlineData("08P01", "password authentication failed", Reasons.AuthenticationFailed)]
    [InlineData("08P01", "no such user: hx", Reasons.AuthenticationFailed)]
    [InlineData("08P01", "no such database: hx", Reasons.DatabaseMissing)]
    [InlineData("08P01", "database \"hx\" is disabled", Reasons.NotReady)]
    [InlineData("08P01", "no more connections allowed (max_client_conn)", Reasons.TooManyConnections)]
    [InlineData("08P01", "client connections exceeded (max_client_conn)", Reasons.TooManyConnections)]
    [InlineData("08P01", "query_wait_timeout", Reasons.PoolExhausted)]
    [InlineData("08P01", "client_login_timeout", Reasons.Timeout)]
    [InlineData("08P01", "pgbouncer is shutting down", Reasons.ShuttingDown)]
    [InlineData("08P01", "server conn crashed?", Reasons.ConnectionReset)]
    [InlineData("08P01", "server login has been failing, try again later (server_login_retry)", Reasons.ConnectionRefused)]
    [InlineData("58000", "pgbouncer cannot connect to server", Reasons.ConnectionRefused)]
    [InlineData("57P03", "pgbouncer cannot connect to server", Reasons.ConnectionRefused)]
    [InlineData(
        "08P01",
        "server login has been failing, cached error: database \"x\" does not exist (server_login_retry)",
        Reasons.DatabaseMissing
    )]
    [InlineData("08P01", "server login has been failing, cached error: connect failed (server_login_retry)", Reasons.ConnectionRefused)]
    [InlineData("08P01", "server login has been failing, cached error: what nobody says (server_login_retry)", Reasons.NotReady)]
    [InlineData("08P01", "unsupported startup parameter: options", Reasons.Misconfigured)]
    [InlineData("08P01", "unsupported startup parameter in options: geqo", Reasons.Misconfigured)]
    [InlineData("08P01", "database \"x\" does not exist", Reasons.DatabaseMissing)]
    [InlineData("08P01", "role \"x\" does not exist", Reasons.AuthenticationFailed)]
    [InlineData("08P01", "login rejected", Reasons.AuthenticationFailed)]
    [InlineData("08P01", "unix socket login rejected", Reasons.AuthenticationFailed)]
    [InlineData("08P01", "server login failed: wrong password type", Reasons.AuthenticationFailed)]
    [InlineData("08P01", "no pg_hba.conf entry for host \"h\", user \"u\", database \"d\", SSL encryption", Reasons.AuthenticationFailed)]
    [InlineData("08P01", "pg_hba.conf rejects connection for host \"h\", user \"u\", database \"d\", SSL on", Reasons.AuthenticationFailed)]
    [InlineData("08P01", "TLS client certificate required", Reasons.TlsFailure)]
    [InlineData("08P01", "node is running secure mode, SSL connection required", Reasons.TlsFailure)]
    [InlineData("08P01", "something that no pooler has ever said", Reasons.Error)]
    [InlineData("XX000", "(ENOTFOUND) tenant/user u.t not found", Reasons.AuthenticationFailed)]
    [InlineData("XX000", "(EADDRNOTALLOWED) address not in tenant allow_list: {203, 0, 113, 7}", Reasons.AuthenticationFailed)]
    [InlineData("XX000", "(ECIRCUITBREAKER) too many authentication failures, new connections are temporarily blocked", Reasons.NotReady)]
    [InlineData("XX000", "Tenant or user not found", Reasons.AuthenticationFailed)]
    [InlineData("XX000", "Max client connections reached", Reasons.TooManyConnections)]
    [InlineData("XX000", "MaxClientsInSessionMode: max clients reached", Reasons.TooManyConnections)]
    [InlineData("XX000", "DbHandler exited: unable to check out connection", Reasons.PoolExhausted)]
    [InlineData("XX000", "failed to create a backend connection", Reasons.ConnectionRefused)]
    [InlineData("57000", "all backend nodes are down, pgpool requires at least one valid node", Reasons.ConnectionRefused)]
    [InlineData("XX000", "connection is insecure (try using `sslmode=require`)", Reasons.TlsFailure)]
    [InlineData("28000", "This RDS Proxy requires TLS connections", Reasons.TlsFailure)]
    [InlineData("08P01", "SSL is required", Reasons.TlsFailure)]
    [InlineData("08P01", "unsupported options startup parameter: only '-c config=val' is allowed", Reasons.Misconfigured)]
    [InlineData("58000", "No pool configured for database: \"x\", user: \"y\"", Reasons.DatabaseMissing)]
    [InlineData("58000", "could not get connection from the pool - AllServersDown", Reasons.ConnectionRefused)]
    [InlineData("58000", "could not get connection from the pool - ClientError(\"x\")", Reasons.PoolExhausted)]
    [InlineData("58000", "terminating connection due to administrator command", Reasons.ShuttingDown)]
    [InlineData(
        "XX000",
        "(ENOIDENTIFIER) no tenant identifier provided (external_id or sni_hostname required)",
        Reasons.AuthenticationFailed
    )]
    [InlineData("XX000", "(EAUTHQUERY) user not found in the database", Reasons.AuthenticationFailed)]
    [InlineData("XX000", "(ECHECKOUTRETRIES) failed to check out a connection after multiple retries", Reasons.PoolExhausted)]
    [InlineData("XX000", "(EMAXPOOLSREACHED) max pools count reached", Reasons.TooManyConnections)]
    [InlineData("XX000", "(EDBHANDLEREXITED) DbHandler exited", Reasons.ConnectionReset)]
    [InlineData("08006", "(ESSLHANDSHAKE) SSL handshake failed", Reasons.TlsFailure)]
    [InlineData("XX000", "(ENOBODYKNOWS) something else", Reasons.Error)]
    [InlineData("XX000", "(", Reasons.Error)]
    [InlineData("08P01", "server login has been failing, cached error: server DNS lookup failed (server_login_retry)", Reasons.DnsFailure)]
    [InlineData("08P01", "server login has been failing, cached error: server refused SSL (server_login_retry)", Reasons.TlsFailure)]
    public void Poolers_words(string state, string words, string reason) =>
        Assert.Equal(reason, PostgresFailures.ByServer(state, words, null));

    [Theory]
    [InlineData("28000", "no pg_hba.conf entry for host \"h\", user \"u\", database \"d\", SSL encryption", PostgresFailures.HostRules)]
    [InlineData(
        "08P01",
        "pg_hba.conf rejects connection for host \"h\", user \"u\", database \"d\", no encryption",
        PostgresFailures.HostRules
    )]
    [InlineData("08P01", "unsupported startup parameter: options", PostgresFailures.StartupParameter)]
    [InlineData("42704", "unrecognized configuration parameter \"x\"", PostgresFailures.StartupParameter)]
    [InlineData("55000", "database \"hx\" is not currently accepting connections", null)]
    [InlineData("28P01", "password authentication failed for user \"hx\"", null)]
    public void Detail_says_what_the_reason_leaves_open(string state, string words, string? detail) =>
        Assert.Equal(detail, PostgresFailures.DetailOf(state, words, null));

    [Fact]
    public void Standby_without_hot_standby_never_gets_ready() =>
        Assert.Equal(
            Reasons.NotReady,
            PostgresFailures.ByServer("57P03", "the database system is not accepting connections", "Hot standby mode is disabled.")
        );

    [Theory]
    [InlineData(SocketError.NetworkUnreachable, Reasons.NoRoute)]
    [InlineData(SocketError.HostUnreachable, Reasons.NoRoute)]
    [InlineData(SocketError.AddressFamilyNotSupported, Reasons.NoRoute)]
    [InlineData(SocketError.AccessDenied, Reasons.NoRoute)]
    [InlineData(SocketError.AddressNotAvailable, Reasons.NoRoute)]
    [InlineData(SocketError.TimedOut, Reasons.Timeout)]
    [InlineData(SocketError.ConnectionRefused, Reasons.ConnectionRefused)]
    [InlineData(SocketError.ConnectionReset, Reasons.ConnectionReset)]
    public void Sockets_error(SocketError error, string reason) =>
        Assert.Equal(reason, NetworkFailures.Classify(new IOException("outer", new SocketException((int)error))));

    /// <summary>TLS 1.3: the other side's refusal of this side's certificate comes with the first read, from OpenSSL.</summary>
    [Fact]
    public void Tls_alert_is_no_broken_file() =>
        Assert.Equal(
            Reasons.TlsFailure,
            NetworkFailures.Classify(
                new IOException("outer", new CryptographicException("error:0A00045C:SSL routines::tlsv13 alert certificate required"))
            )
        );

    [Fact]
    public void File_that_is_not_there_is_no_reset_connection()
    {
        Assert.Equal(Reasons.LocalFile, NetworkFailures.Classify(new FileNotFoundException()));
        Assert.Equal(Reasons.LocalFile, NetworkFailures.Classify(new InvalidOperationException("outer", new DirectoryNotFoundException())));
        Assert.Equal(Reasons.LocalFile, NetworkFailures.Classify(new UnauthorizedAccessException()));
        Assert.Equal(Reasons.ConnectionReset, NetworkFailures.Classify(new EndOfStreamException()));
    }
}
