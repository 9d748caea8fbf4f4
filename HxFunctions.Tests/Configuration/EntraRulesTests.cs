using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Tests.Configuration;

public class EntraRulesTests
{
    [Theory]
    [InlineData(Variables.PgAuth, Variables.PgUrl, "postgresql://role@db.example.org/d?sslmode=verify-full", null)]
    [InlineData(Variables.PgAuth, Variables.PgUrl, "postgresql://role@db.example.org/d?sslmode=require", null)]
    [InlineData(Variables.PgAuth, Variables.PgUrl, "postgresql://role@localhost/d", null)]
    [InlineData(Variables.PgAuth, Variables.PgUrl, "postgresql://role@/d?host=/run/postgresql", null)]
    [InlineData(Variables.PgAuth, Variables.PgUrl, "postgresql://role@db.example.org/d", "unencrypted")]
    [InlineData(Variables.PgAuth, Variables.PgUrl, "postgresql://role@localhost,db.example.org/d?sslmode=prefer", "unencrypted")]
    [InlineData(Variables.PgAuth, Variables.PgUrl, "postgresql://db.example.org/d?sslmode=require", "no user")]
    [InlineData(Variables.PgAuth, Variables.PgUrl, "postgresql://role:c4n4ry@db.example.org/d?sslmode=require", "has a password")]
    [InlineData(Variables.RedisAuth, Variables.RedisUrl, "rediss://id@cache.example.org:10000", null)]
    [InlineData(Variables.RedisAuth, Variables.RedisUrl, "redis://id@127.0.0.1", null)]
    [InlineData(Variables.RedisAuth, Variables.RedisUrl, "cache.example.org:10000,ssl=True,user=id", null)]
    [InlineData(Variables.RedisAuth, Variables.RedisUrl, "redis://id@cache.example.org", "unencrypted")]
    [InlineData(Variables.RedisAuth, Variables.RedisUrl, "rediss://cache.example.org", "no user")]
    [InlineData(Variables.RedisAuth, Variables.RedisUrl, "rediss://:c4n4ry@cache.example.org", "has a password")]
    public void Url_must_name_a_user_have_no_password_and_be_encrypted(string auth, string variable, string url, string? problem)
    {
        IReadOnlyList<ConfigurationProblem> problems = Problems(new() { [auth] = "entra", [variable] = url });
        if (problem is null)
        {
            Assert.Empty(problems);
        }
        else
        {
            Assert.Contains(problems, p => p.Variable == variable && p.Problem.Contains(problem, StringComparison.Ordinal));
        }

        Assert.DoesNotContain("c4n4ry", string.Join('\n', problems), StringComparison.Ordinal);

        // Nothing of it concerns passwords.
        Assert.Empty(Problems(new() { [auth] = "password", [variable] = url }));
    }

    [Theory]
    [InlineData(Variables.PgAuth)]
    [InlineData(Variables.RedisAuth)]
    public void Other_ways_to_log_in_are_not_known(string auth) =>
        Assert.Contains(Problems(new() { [auth] = "kerberos" }), p => p.Variable == auth);

    private static IReadOnlyList<ConfigurationProblem> Problems(Dictionary<string, string?> variables)
    {
        variables[Variables.EnableDbGuard] = "false";
        return HxSettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(variables).Build()).Problems;
    }
}
