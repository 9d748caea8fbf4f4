using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Servers;
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

    /// <summary>With a root certificate, <c>require</c> verifies the server by it: https://www.postgresql.org/docs/current/libpq-ssl.html
    /// </summary>
    [Theory]
    [InlineData("?sslmode=require", null, SslMode.VerifyCA)]
    [InlineData("", "", SslMode.Prefer)]
    [InlineData("?sslmode=disable", "", SslMode.Disable)]
    [InlineData("?sslmode=require&host=/tmp", "", SslMode.Disable)]
    [InlineData("?sslmode=require&sslrootcert=/etc/ca.pem", "/etc/ca.pem", SslMode.VerifyCA)]
    [InlineData("?sslrootcert=system", "", SslMode.VerifyFull)]
    public void Root_certificate_of_the_home_folder_is_used_where_nothing_names_another(string query, string? named, SslMode mode)
    {
        using ThrowAwayDirectory home = new("hx-home-");
        string root = Path.Combine(Directory.CreateDirectory(Path.Combine(home.Path, ".postgresql")).FullName, "root.crt");
        PostgresUrl without = Parse("postgresql://hx@db/hx?sslmode=require", new() { ["HOME"] = home.Path });
        Assert.Null(without.ToConnectionStringBuilder().RootCertificate);
        File.WriteAllText(root, "");

        PostgresUrl url = Parse($"postgresql://hx@db/hx{query}", new() { ["HOME"] = home.Path });

        NpgsqlConnectionStringBuilder builder = url.ToConnectionStringBuilder();
        Assert.Equal((mode, named ?? root), (builder.SslMode, builder.RootCertificate ?? ""));
        Assert.Equal(named is not "", url.Files.Any(file => file.Keyword == "sslrootcert"));
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
