using HxFunctions.Core.Dependencies;

namespace HxFunctions.Tests.Dependencies;

/// <summary>Refusals of Redis and of what speaks like it, in their own words.</summary>
public sealed class RedisFailuresTests
{
    [Theory]
    [InlineData("ERR Client sent AUTH, but no password is set", Reasons.AuthenticationFailed, null)]
    [InlineData("ERR Client sent AUTH, but no username-password pair is set", Reasons.AuthenticationFailed, null)]
    [InlineData("ERR Client sent AUTH, but configured authenticator does not accept passwords", Reasons.AuthenticationFailed, null)]
    [InlineData("ERR wrong number of arguments for 'auth' command", Reasons.AuthenticationFailed, null)]
    [InlineData("ERR invalid password", Reasons.AuthenticationFailed, null)]
    [InlineData("ERR Out of memory", Reasons.OutOfMemory, null)]
    [InlineData("ERR Out of memory, or used memory is too high", Reasons.OutOfMemory, null)]
    [InlineData("ERR Bad TLS header, double check if you enabled TLS for your client.", Reasons.TlsFailure, null)]
    [InlineData("ERR Connection refused", Reasons.NotReady, RedisFailures.NoUpstream)]
    [InlineData("ERR Connection timed out", Reasons.Timeout, RedisFailures.NoUpstream)]
    [InlineData("no upstream host", Reasons.NotReady, RedisFailures.NoUpstream)]
    [InlineData("upstream failure", Reasons.NotReady, RedisFailures.NoUpstream)]
    [InlineData("ERR This instance has Lua scripting support disabled", Reasons.StoreUnusable, "EVAL")]
    [InlineData("ERR command eval not support for normal user", Reasons.StoreUnusable, "EVAL")]
    [InlineData("ERR", Reasons.UnexpectedResponse, null)]
    public void Refusal_has_its_reason(string error, string reason, string? detail) =>
        Assert.Equal(new RedisFailure(reason, detail), RedisFailures.Of(error));
}
