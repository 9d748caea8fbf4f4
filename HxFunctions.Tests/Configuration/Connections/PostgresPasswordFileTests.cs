using HxFunctions.Core.Configuration.Connections;

namespace HxFunctions.Tests.Configuration.Connections;

/// <summary>Which line of libpq's password file counts (https://www.postgresql.org/docs/current/libpq-pgpass.html).</summary>
public sealed class PostgresPasswordFileTests
{
    private static readonly string[] Lines =
    [
        "# db.example:5432:base:user:comment",
        "db.example:5432:base:user:by-name",
        "192.0.2.4:5432:base:user:by-address",
        "localhost:*:*:user:by-socket",
        @"a\:b:*:*:*:escaped",
    ];

    [Theory]
    [InlineData("postgresql://user@db.example/base", "by-name")]
    [InlineData("postgresql://user@192.0.2.4/base", "by-address")]
    // The name counts where there is one beside the address.
    [InlineData("postgresql://user@db.example/base?hostaddr=192.0.2.4", "by-name")]
    [InlineData("postgresql:///base?user=user&hostaddr=192.0.2.4", "by-address")]
    [InlineData("postgresql://user@other.example/base?hostaddr=192.0.2.4", null)]
    [InlineData("postgresql://user@%2Fvar%2Frun%2Fpostgresql/base", "by-socket")]
    [InlineData("postgresql://user@%2Fsrv%2Fsockets/base", null)]
    [InlineData("postgresql://user@db.example:5433/base", null)]
    [InlineData("postgresql://other@db.example/base", null)]
    public void First_line_that_fits_counts(string text, string? password)
    {
        Assert.True(PostgresUrl.TryParse(text, out PostgresUrl? url, out string? problem), problem);
        Assert.Equal(password, PostgresPasswordFile.Find(Lines, url.Hosts[0], url.Database!, url.Username!));
    }
}
