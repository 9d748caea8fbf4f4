using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Dependencies;

/// <summary>What to check depends on the cause, not on the reason alone.</summary>
public sealed class AdviceTests
{
    [Theory]
    [InlineData("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", "SCRIPT KILL")]
    [InlineData("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "INFO replication")]
    [InlineData("CLUSTERDOWN Hash slot not served", "CLUSTER INFO")]
    [InlineData("TRYAGAIN Multiple keys request during rehashing of slot", "the server's log")]
    [InlineData("DENIED Redis is running in protected mode because protected mode is enabled", "protected-mode")]
    [InlineData("NOPERM this user has no permissions to run the 'set' command", "ACL LOG")]
    [InlineData("no upstream host", "behind the proxy")]
    public void Redis_advice_is_for_the_cause(string error, string advice)
    {
        RedisFailure failure = RedisFailures.Of(error);
        Assert.Contains(advice, Advice.For(failure.Reason, DependencyName.Redis, failure.Detail), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP 500", "Qdrant's log")]
    [InlineData("HTTP 404", "6334")]
    [InlineData(null, "6334")]
    public void Qdrant_advice_names_the_grpc_port_only_where_it_can_be_meant(string? detail, string advice)
    {
        string line = Advice.For(Reasons.UnexpectedResponse, DependencyName.Qdrant, detail);
        Assert.Contains(advice, line, StringComparison.Ordinal);
        Assert.Equal(advice == "6334", line.Contains("gRPC", StringComparison.Ordinal));
    }

    /// <summary>Its gRPC port and its TLS answer a plain request with bytes that HTTP calls no answer, and close.</summary>
    [Fact]
    public void Qdrant_advice_for_a_dropped_connection_names_what_drops_every_one()
    {
        string line = Advice.For(Reasons.ConnectionReset, DependencyName.Qdrant, null);

        Assert.Contains("Qdrant with TLS drops http://", line, StringComparison.Ordinal);
        Assert.Contains("6334", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("55000", "database \"hx\" is not currently accepting connections", "the server's log")]
    [InlineData("28000", "no pg_hba.conf entry for host \"h\", user \"u\", database \"d\", SSL encryption", "pg_hba.conf and")]
    [InlineData("28000", "no pg_hba.conf entry for host \"h\", user \"u\", database \"d\", no encryption", "sslmode, then pg_hba.conf")]
    [InlineData("28P01", "password authentication failed for user \"hx\"", "the user and password")]
    [InlineData("42704", "unrecognized configuration parameter \"x\"", "PGOPTIONS")]
    public void Postgresql_advice_is_for_the_cause(string state, string words, string advice)
    {
        string reason = PostgresFailures.ByServer(state, words, null);
        string? detail = PostgresFailures.DetailOf(state, words, null);
        Assert.Contains(advice, Advice.For(reason, DependencyName.Postgres, detail), StringComparison.Ordinal);
    }

    /// <summary>What stands in the record passes this; a detail that didn't would be lost, and its advice with it.</summary>
    [Fact]
    public void Details_with_advice_of_their_own_pass_as_details() =>
        Assert.All(Advice.OfDetails, line => Assert.Equal(line.Detail, Reasons.SanitizeDetail(line.Detail)));
}
