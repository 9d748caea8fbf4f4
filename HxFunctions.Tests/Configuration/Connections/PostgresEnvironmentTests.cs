using HxFunctions.Core.Configuration.Connections;
using Npgsql;

namespace HxFunctions.Tests.Configuration.Connections;

/// <summary>libpq's own variables beside a URI.</summary>
public sealed class PostgresEnvironmentTests
{
    [Fact]
    public void Variables_stand_in_for_what_the_uri_leaves_out()
    {
        PostgresUrl url = Parse(
            "postgresql://hx@db/hx?application_name=mine",
            new()
            {
                ["PGSSLMODE"] = "require",
                ["PGSSLROOTCERT"] = "/etc/ca.pem",
                ["PGREQUIREAUTH"] = "scram-sha-256",
                ["PGCHANNELBINDING"] = "require",
                ["PGAPPNAME"] = "another",
                ["PGHOST"] = "elsewhere",
                ["PGPORT"] = "1",
                ["PGTARGETSESSIONATTRS"] = "read-write",
            }
        );
        NpgsqlConnectionStringBuilder builder = url.ToConnectionStringBuilder();
        // As libpq: require with a root certificate is verify-ca.
        Assert.Equal(("require", SslMode.VerifyCA, "/etc/ca.pem"), (url.SslMode, builder.SslMode, builder.RootCertificate));
        Assert.Equal(
            ("ScramSHA256", ChannelBinding.Require, "mine"),
            (builder.RequireAuth, builder.ChannelBinding, builder.ApplicationName)
        );
        Assert.Equal([new HostPort("db", 5432)], url.Hosts);
        Assert.Equal(["sslrootcert"], url.Files.Select(file => file.Keyword));
    }

    [Fact]
    public void Uri_comes_first() =>
        Assert.Equal("disable", Parse("postgresql://hx@db/hx?sslmode=disable", new() { ["PGSSLMODE"] = "verify-full" }).SslMode);

    [Fact]
    public void Several_hosts_take_the_session_that_is_asked_for() =>
        Assert.Equal(
            "read-write",
            Parse("postgresql://hx@a,b/hx", new() { ["PGTARGETSESSIONATTRS"] = "read-write" }).TargetSessionAttributes
        );

    [Fact]
    public void Value_that_libpq_would_refuse_is_named()
    {
        Assert.False(PostgresUrl.TryParse("postgresql://hx@db/hx", name => name == "PGSSLMODE" ? "on" : null, out _, out string? problem));
        Assert.Contains("sslmode", problem, StringComparison.Ordinal);
    }

    private static PostgresUrl Parse(string url, Dictionary<string, string> environment)
    {
        Assert.True(PostgresUrl.TryParse(url, environment.GetValueOrDefault, out PostgresUrl? parsed, out string? problem), problem);
        return parsed;
    }
}
