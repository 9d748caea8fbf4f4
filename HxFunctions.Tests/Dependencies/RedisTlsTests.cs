using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Tests.Dependencies;

public sealed class RedisTlsTests
{
    [Theory]
    [InlineData("rediss://cache", "cache", "cache", "cache")]
    [InlineData("rediss://cache", "192.0.2.4", "cache", "cache")]
    [InlineData("rediss://cache", "2001:db8::4", "cache", "cache")]
    [InlineData("rediss://cache", "node2", "cache", "node2")]
    [InlineData("rediss://192.0.2.1", "192.0.2.4", null, "192.0.2.4")]
    [InlineData("rediss://192.0.2.1", "node2", null, "node2")]
    [InlineData("cache,ssl=true,sslHost=given", "given", "cache", "given")]
    public void Certificate_must_carry_the_name_of_its_node(string value, string node, string? entrance, string expected)
    {
        SslClientAuthenticationOptions tls = ForNode(value, node, entrance);
        Assert.Equal(expected, tls.TargetHost);
    }

    [Theory]
    [InlineData("cache,ssl=true", X509RevocationMode.Online)]
    [InlineData("cache,ssl=true,checkCertificateRevocation=false", X509RevocationMode.NoCheck)]
    public void Revocation_is_checked_as_the_clients_own_option_says(string value, X509RevocationMode expected) =>
        Assert.Equal(expected, ForNode(value, "cache", "cache").CertificateRevocationCheckMode);

    private static SslClientAuthenticationOptions ForNode(string value, string node, string? entrance)
    {
        Assert.True(RedisUrl.TryParse(value, out RedisUrl? url, out string? problem), problem);
        EndPoint entered = entrance is null ? new IPEndPoint(IPAddress.Parse("192.0.2.1"), 6379) : new DnsEndPoint(entrance, 6379);
        return RedisTls.ForNode(url.ToOptions(), url.TlsFiles, node, entered);
    }
}
