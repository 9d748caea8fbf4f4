using HxFunctions.Core.Dependencies;

namespace HxFunctions.Tests.Dependencies;

public class RedactorTests
{
    [Theory]
    [InlineData("password authentication failed: s3cr:t/pw", "s3cr:t/pw")]
    [InlineData("url was s3cr%3At%2Fpw", "s3cr%3At%2Fpw")]
    [InlineData("can't resolve DB.Example.Internal", "db.example.internal")]
    [InlineData("connect to 192.0.2.7:5432 failed", "192.0.2.7")]
    [InlineData("connect to [2001:db8::1]:5432 failed", "2001:db8::1")]
    [InlineData("no pg_hba.conf entry for host \"2001:db8::17\", user \"u\"", "2001:db8::17")]
    [InlineData("connect to fe80::1 failed", "fe80::1")]
    [InlineData("address not in tenant allow_list: {203, 0, 113, 7}", "113")]
    [InlineData("GET https://other.example/path?key=1 failed", "other.example")]
    [InlineData("MOVED 5461 node-0002.cache.internal:6379", "node-0002")]
    [InlineData("ASK 5461 node-0002:6379", "node-0002")]
    [InlineData("Timeout performing EVAL, serverEndpoint: node-0002:6379, mgr: 10 of 10", "node-0002")]
    [InlineData("UnableToConnect on node-2.cache.internal:6379/Interactive", "node-2")]
    [InlineData("Name or service not known (xn--bcher-kva.example:6333)", "xn--bcher-kva")]
    [InlineData("Name or service not known (xn--bcher-kva)", "xn--bcher-kva")]
    public void Redact_takes_out_secrets_hosts_and_addresses(string text, string secret)
    {
        string redacted = new Redactor(["s3cr:t/pw", "db.example.internal", "b\u00FCcher", null, "x"]).Redact(text);
        Assert.DoesNotContain(secret, redacted, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("***", redacted, StringComparison.Ordinal);
    }

    /// <summary>Redis repeats what an unknown command was given, up to 128 bytes of it (server.c).</summary>
    [Fact]
    public void Arguments_that_Redis_repeats_are_taken_out_whatever_they_are()
    {
        string secret = new('q', 205);
        string text = $"ERR unknown command 'AUTH', with args beginning with: '{secret[..128]}' ";
        Assert.Equal("ERR unknown command 'AUTH', with args beginning with: ***", new Redactor([secret]).Redact(text));
    }

    [Theory]
    [InlineData("at 12:34:56 it ended")]
    [InlineData("cannot cast 'x'::date")]
    [InlineData("field a:b:c")]
    [InlineData("{1, 2}")]
    [InlineData("MOVED is no answer")]
    [InlineData("line 12 of config.yaml: bad")]
    public void What_only_looks_like_an_address_stays(string text) => Assert.Equal(text, new Redactor([]).Redact(text));

    /// <summary>Whoever answers in a server's place, before any login, reaches a terminal or a CI log with these words.</summary>
    [Theory]
    [InlineData("ERR \u001B]0;title\u0007\u001B[2Jgone", "ERR  ]0;title  [2Jgone")]
    [InlineData("bad\n::warning title=x::y", "bad ::warning title=x::y")]
    public void Words_stay_on_one_line_without_control_characters(string text, string told) =>
        Assert.Equal(told, new Redactor([]).Redact(text));

    [Theory]
    [InlineData("login of 'ab' failed", "login of '***' failed")]
    [InlineData("login of \"AB\" failed", "login of \"***\" failed")]
    [InlineData("about a cab", "about a cab")]
    public void Short_secret_is_taken_out_between_quotes(string text, string redacted) =>
        Assert.Equal(redacted, new Redactor(["ab"]).Redact(text));

    [Fact]
    public void Redact_is_bounded_and_leaves_no_piece_of_a_secret_at_the_cut()
    {
        string secret = new('q', 100);
        string redacted = new Redactor([secret]).Redact(new string('a', 450) + secret + new string('b', 1_000_000));
        Assert.True(redacted.Length <= 501);
        Assert.DoesNotContain("qq", redacted, StringComparison.Ordinal);
    }
}
