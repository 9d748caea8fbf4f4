using System.Net;
using System.Net.Sockets;
using FsCheck;
using FsCheck.Fluent;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;

namespace HxFunctions.Tests.Configuration.Connections;

public class RedisUrlTests
{
    private const string Canary = "Zq7%Xw9Kp!4Rt2";

    [Theory]
    [InlineData("redis://cache", "cache:6379")]
    [InlineData("redis://", "localhost:6379")]
    [InlineData("redis:///", "localhost:6379")]
    [InlineData("redis:///3", "localhost:6379", false, 3)]
    [InlineData("redis://:7000", "localhost:7000")]
    [InlineData("redis://cache:", "cache:6379")]
    [InlineData(" REDIS://cache:7000/\n", "cache:7000")]
    [InlineData("rediss://cache", "cache:6379", true)]
    [InlineData("rediss://cache:6380/2", "cache:6380", true, 2)]
    [InlineData("redis://cache/2/", "cache:6379", false, 2)]
    [InlineData("redis://cache/2?db=5", "cache:6379", false, 5)]
    [InlineData("redis://cache?db=", "cache:6379")]
    [InlineData("redis://:pw@cache", "cache:6379", false, 0, null, "pw")]
    [InlineData("redis://usr:pw@cache:7000/2", "cache:7000", false, 2, "usr", "pw")]
    [InlineData("redis://usr@cache", "cache:6379", false, 0, "usr")]
    [InlineData("redis://usr:@cache", "cache:6379", false, 0, "usr")]
    [InlineData("redis://us%3Ar:p%40%2F%23+@cache", "cache:6379", false, 0, "us:r", "p@/#+")]
    [InlineData("redis://usr:p:w@x@cache", "cache:6379", false, 0, "usr", "p:w@x")]
    [InlineData("redis://cache?username=usr&password=p%2Bw%20", "cache:6379", false, 0, "usr", "p+w ")]
    [InlineData("redis://a:b@cache?username=usr&password=pw", "cache:6379", false, 0, "a", "b")]
    [InlineData("redis://:b@cache?username=usr", "cache:6379", false, 0, "usr", "b")]
    [InlineData("redis://cache?password=a&password=b&", "cache:6379", false, 0, null, "a")]
    [InlineData("redis://[::1]:7000/1", "[::1]:7000", false, 1)]
    [InlineData("redis://[2001:db8::7]", "[2001:db8::7]:6379")]
    [InlineData("redis://[fe80::1%25eth0]", "[fe80::1%eth0]:6379")]
    [InlineData("redis://a:1,b:2,[::1]:3/0", "a:1,b:2,[::1]:3")]
    [InlineData("rediss://usr:pw@a,b", "a:6379,b:6379", true, 0, "usr", "pw")]
    [InlineData("cache", "cache:6379")]
    [InlineData("redis:6379", "redis:6379")]
    [InlineData("cache:6380,password=p=w,ssl=True,abortConnect=False", "cache:6380", true, 0, null, "p=w")]
    [InlineData("cache,ssl=true", "cache:6380", true)]
    [InlineData("a:1, b , user = usr , Password=pw,DEFAULTDATABASE=4", "a:1,b:6379", false, 4, "usr", "pw")]
    [InlineData("[::1]:7000", "[::1]:7000")]
    [InlineData("::1", "[::1]:6379")]
    [InlineData("a:1,a:1", "a:1")]
    [InlineData("redis://a,a:6379", "a:6379")]
    [InlineData("redis://[::1]:1,[0:0::1]:1", "[::1]:1")]
    [InlineData("[::1]:1,[0:0::1]:1", "[::1]:1")]
    [InlineData("name.redis.cache.windows.net:6380,password=pw", "name.redis.cache.windows.net:6380", true, 0, null, "pw")]
    public void Good_url_gives_endpoint_and_credentials(
        string value,
        string endpoints,
        bool tls = false,
        int database = 0,
        string? user = null,
        string? password = null
    )
    {
        RedisUrl url = Parse(value);

        Assert.Equal(endpoints, string.Join(',', url.Endpoints));
        Assert.Null(url.UnixSocket);
        Assert.Equal((tls, database, user, password), (url.Tls, url.Database, url.Username, url.Password));
        ConfigurationOptions options = url.ToOptions();
        Assert.Equal(url.Endpoints.Count, options.EndPoints.Count);
        Assert.Equal((tls, database, user, password), (options.Ssl, options.DefaultDatabase, options.User, options.Password));
        Assert.Equal((false, false), (options.AbortOnConnectFail, options.IncludeDetailInExceptions));
    }

    [Theory]
    [InlineData("unix:///run/redis.sock", "/run/redis.sock")]
    [InlineData("unix:///run/a%20b.sock?db=1&password=pw", "/run/a b.sock", 1, null, "pw")]
    [InlineData("unix://usr:pw@/run/redis.sock", "/run/redis.sock", 0, "usr", "pw")]
    [InlineData("!/run/redis.sock,password=pw", "/run/redis.sock", 0, null, "pw")]
    public void Unix_socket_is_the_only_endpoint(string value, string path, int database = 0, string? user = null, string? password = null)
    {
        RedisUrl url = Parse(value);

        Assert.Empty(url.Endpoints);
        Assert.Equal((path, false, database, user, password), (url.UnixSocket, url.Tls, url.Database, url.Username, url.Password));
        Assert.Equal(path, Assert.IsType<UnixDomainSocketEndPoint>(Assert.Single(url.ToOptions().EndPoints)).ToString());
    }

    [Theory]
    [InlineData("redis+sentinel://a/main", "a:26379", "main")]
    [InlineData("redis+sentinel://a:1,b/main/3", "a:1,b:26379", "main", 3)]
    [InlineData("redis+sentinel://u:p@a/main/3?db=4", "a:26379", "main", 4, "u", "p")]
    [InlineData("rediss+sentinel://a/my%20main?sentinel_username=s&sentinel_password=t", "a:26379", "my main", 0, null, null, "s", "t")]
    [InlineData("a,b:1,serviceName=main,password=p", "a:26379,b:1", "main", 0, null, "p")]
    [InlineData("a,SERVICENAME=main,ssl=true,sentinelUser=s,sentinelPassword=t", "a:26379", "main", 0, null, null, "s", "t")]
    public void Sentinels_have_a_service(
        string value,
        string endpoints,
        string service,
        int database = 0,
        string? user = null,
        string? password = null,
        string? sentinelUser = null,
        string? sentinelPassword = null
    )
    {
        RedisUrl url = Parse(value);

        Assert.Equal((endpoints, service, database), (string.Join(',', url.Endpoints), url.Service, url.Database));
        Assert.Equal((user, password), (url.Username, url.Password));
        Assert.Equal((sentinelUser, sentinelPassword), (url.SentinelUsername, url.SentinelPassword));
        // The client is given the master, and must neither ask for it itself nor expect a sentinel's name in its certificate.
        Assert.True(url.ToOptions() is { ServiceName: null, SslHost: "" });
        Assert.Contains($"+sentinel://{endpoints}/{service}/{database}", url.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_for_tls_are_taken_by_redis_pys_names()
    {
        RedisUrl url = Parse(
            "rediss://cache?ssl_ca_certs=/c%20a.pem&ssl_certfile=/c.pem&ssl_keyfile=/k.pem&ssl_password=p&ssl_cert_reqs=required"
        );

        Assert.Equal(new RedisTlsFiles("/c a.pem", "/c.pem", "/k.pem", "p"), url.TlsFiles);
        Assert.DoesNotContain("k.pem", url.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rediss://cache", "/a.pem", "/c.pem", "/k.pem")]
    [InlineData("cache,ssl=true", "/a.pem", "/c.pem", "/k.pem")]
    [InlineData("rediss://cache?ssl_ca_certs=/u.pem", "/u.pem", "/c.pem", "/k.pem")]
    [InlineData("rediss://cache?ssl_certfile=/u.pem", "/a.pem", "/u.pem", null)]
    [InlineData("redis://cache", null, null, null)]
    public void Variables_say_what_the_url_does_not(string value, string? authorities, string? certificate, string? key)
    {
        HxSettings settings = HxSettingsReader.Read(
            new ConfigurationBuilder()
                .AddInMemoryCollection(
                    new Dictionary<string, string?>
                    {
                        [Variables.RedisUrl] = value,
                        [Variables.RedisAuthorities] = "/a.pem",
                        [Variables.RedisCertificate] = "/c.pem",
                        [Variables.RedisKey] = "/k.pem",
                        [Variables.GuardRoutes] = "/v1/keys=redis",
                    }
                )
                .Build()
        );

        Assert.Empty(settings.Problems);
        Assert.Equal(new RedisTlsFiles(authorities, certificate, key), settings.Redis!.TlsFiles);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData(",")]
    [InlineData("http://cache")]
    [InlineData("redis+sentinel://cache")]
    [InlineData("redis+sentinel://cache//0")]
    [InlineData("redis+sentinel://cache/main/x")]
    [InlineData("redis+sentinel://cache/main/0/1")]
    [InlineData("redis://cache?sentinel_password=x")]
    [InlineData("redis://cache?ssl_ca_certs=/ca.pem")]
    [InlineData("rediss://cache?ssl_keyfile=/key.pem")]
    [InlineData("!/run/a.sock,serviceName=main")]
    [InlineData("redis://cache:port")]
    [InlineData("redis://cache:0")]
    [InlineData("redis://cache:65536")]
    [InlineData("redis://cache/-1")]
    [InlineData("redis://cache/one")]
    [InlineData("redis://cache/1/2")]
    [InlineData("redis://cache/99999999999")]
    [InlineData("redis://cache?db=x")]
    [InlineData("redis://cache#frag")]
    [InlineData("redis://:pa#ss@cache")]
    [InlineData("redis://:pa/ss@cache")]
    [InlineData("redis://u:12/ss@cache")]
    [InlineData("redis://:%zz@cache")]
    [InlineData("redis://:%00@cache")]
    [InlineData("redis://:%ff@cache")]
    [InlineData("redis://:%@cache")]
    [InlineData("redis://[::1")]
    [InlineData("redis://[]")]
    [InlineData("redis://[[::1]]")]
    [InlineData("redis://[::1]x")]
    [InlineData("redis://::1")]
    [InlineData("redis://ca che")]
    [InlineData("redis://cache?db")]
    [InlineData("redis://cache?=1")]
    [InlineData("unix://")]
    [InlineData("unix:///")]
    [InlineData("unix://run/redis.sock")]
    [InlineData("cache:x")]
    [InlineData("cache:99999")]
    [InlineData("password=pw")]
    [InlineData("cache,password=a,b")]
    [InlineData("!run/redis.sock")]
    [InlineData("!/run/a.sock,cache:1")]
    public void Bad_url_is_a_problem(string value)
    {
        Assert.False(RedisUrl.TryParse(value, out RedisUrl? url, out string? problem));

        Assert.Null(url);
        Assert.Matches("^(has|is|names) ", problem);
    }

    [Theory]
    [InlineData("redis://cache?foo=1", "has an unknown keyword 'foo'")]
    [InlineData(
        "redis://cache?foo=1&ssl_ciphers=x&Db=2",
        "has unknown keywords 'foo', 'Db'; has the keyword 'ssl_ciphers', which HxFunctions does not support"
    )]
    [InlineData(
        "rediss://cache?ssl_cert_reqs=none",
        "has a value of 'ssl_cert_reqs' that turns off the validation of certificates, which HxFunctions does not support"
    )]
    [InlineData(
        "rediss://cache?ssl_check_hostname=false",
        "has a value of 'ssl_check_hostname' that turns off the validation of certificates, which HxFunctions does not support"
    )]
    [InlineData("redis://cache?protocol=4", "has a value of 'protocol' that is not 2 or 3")]
    [InlineData("redis://cache?password=a+b", "has a '+' in the value of 'password' (write a plus as %2B, a space as %20)")]
    [InlineData("cache,bogus=1", "has an unknown keyword 'bogus'")]
    [InlineData("cache,password=pw,bogus=1", "has an unknown keyword 'bogus'")]
    [InlineData("cache,proxy=twemproxy,tunnel=http:x:1", "has the keywords 'proxy', 'tunnel', which HxFunctions does not support")]
    [InlineData("redis://cache?ssl_ca_certs=/ca.pem", "has 'ssl_ca_certs' without TLS (use rediss://)")]
    [InlineData("rediss://cache?ssl_keyfile=/key.pem", "has 'ssl_keyfile' without 'ssl_certfile'")]
    [InlineData("redis+sentinel://cache", "has no service name for the sentinels (redis+sentinel://host/service/database)")]
    [InlineData(
        "rediss://cache?ssl_cert_reqs=optional",
        "has a value of 'ssl_cert_reqs' that turns off the validation of certificates, which HxFunctions does not support"
    )]
    [InlineData("cache,ssl=maybe", "has a value of 'ssl' that is not one that StackExchange.Redis accepts")]
    [InlineData("cache,defaultDatabase=-1", "has a value of 'defaultDatabase' that is not a number, 0 or higher")]
    public void Problem_names_every_keyword(string value, string expected)
    {
        Assert.False(RedisUrl.TryParse(value, out _, out string? problem));
        Assert.Equal(expected, problem);
    }

    [Theory]
    [InlineData("redis://cache?socket_timeout=5&socket_connect_timeout=5&max_connections=9&health_check_interval=30")]
    [InlineData("redis://cache?decode_responses=true&client_name=x&retry_on_timeout=1&socket_keepalive=1")]
    [InlineData("rediss://cache?ssl_cert_reqs=required&ssl_check_hostname=True")]
    [InlineData("cache,abortConnect=True,syncTimeout=1,name=x")]
    public void Tuning_is_left_out(string value)
    {
        ConfigurationOptions options = Parse(value).ToOptions();
        Assert.False(options.AbortOnConnectFail);
        Assert.Equal((new ConfigurationOptions().SyncTimeout, null), (options.SyncTimeout, options.ClientName));
    }

    [Theory]
    [InlineData("rediss://cache", "")]
    [InlineData("rediss://[::1]:1", "")]
    [InlineData("rediss://a,b", "")]
    [InlineData("redis://cache", null)]
    [InlineData("192.0.2.4:6380,ssl=true,sslHost=cache.example.org", "cache.example.org")]
    public void Certificate_must_carry_the_name_of_its_host_or_the_one_given(string value, string? sslHost)
    {
        ConfigurationOptions options = Parse(value).ToOptions();

        Assert.Equal(sslHost, options.Ssl ? options.SslHost : null);
    }

    [Theory]
    [InlineData("redis://cache?protocol=2", RedisProtocol.Resp2)]
    [InlineData("redis://cache?protocol=3", RedisProtocol.Resp3)]
    [InlineData("cache,protocol=resp3", RedisProtocol.Resp3)]
    public void Protocol_is_kept(string value, RedisProtocol expected) => Assert.Equal(expected, Parse(value).ToOptions().Protocol);

    [Fact]
    public void Plain_scheme_stays_plain_for_a_host_that_the_client_would_encrypt_by_itself() =>
        Assert.False(Parse("redis://name.redis.cache.windows.net").ToOptions().Ssl);

    [Fact]
    public void Command_map_of_a_configuration_string_is_kept() =>
        Assert.Contains("$CONFIG=", Parse("cache,$CONFIG=,$ECHO=x").ToOptions().ToString(), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public void Options_are_fresh_each_time()
    {
        RedisUrl url = Parse("redis://cache");
        url.ToOptions().EndPoints.Clear();

        Assert.Equal([new DnsEndPoint("cache", 6379)], url.ToOptions().EndPoints);
    }

    [Theory]
    [InlineData("redis://usr:s3cr3t@cache/1")]
    [InlineData("unix://usr:s3cr3t@/run/redis.sock")]
    [InlineData("cache,password=s3cr3t")]
    public void Text_form_has_no_password(string value) => Assert.DoesNotContain("s3cr3t", Parse(value).ToString());

    [Theory]
    [MemberData(nameof(UrlSamples.Awkward), MemberType = typeof(UrlSamples))]
    public void Percent_encoded_password_arrives_as_it_was(string password)
    {
        string encoded = Uri.EscapeDataString(password);

        foreach (string value in new[] { $"redis://u:{encoded}@h/1", $"redis://h?password={encoded}", $"unix://u:{encoded}@/s" })
        {
            Assert.Equal((password, password), (Parse(value).Password, Parse(value).ToOptions().Password));
        }
    }

    [Fact]
    public void Random_user_and_password_survive_the_round_trip() =>
        Prop.ForAll(
                UrlSamples.Texts,
                UrlSamples.Texts,
                (user, password) =>
                {
                    RedisUrl url = Parse($"rediss://{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password)}@h");
                    Assert.Equal((user, password), (url.Username, url.Password));
                }
            )
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(
        "redis://h?",
        "ssl_cert_reqs=none&",
        "has a value of 'ssl_cert_reqs' that turns off the validation of certificates, which HxFunctions does not support"
    )]
    [InlineData("h,", "ssl=perhaps,", "has a value of 'ssl' that is not one that StackExchange.Redis accepts")]
    public void Problem_that_repeats_is_told_once(string start, string repeated, string expected)
    {
        Assert.False(RedisUrl.TryParse(start + string.Concat(Enumerable.Repeat(repeated, 100)), out _, out string? problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void Problems_beyond_ten_are_counted()
    {
        KeywordProblems problems = new();
        foreach (int i in Enumerable.Range(1, 13))
        {
            problems.Add($"has {i}");
        }

        Assert.Equal("has 1; has 2; has 3; has 4; has 5; has 6; has 7; has 8; has 9; has 10; has 3 more problems", problems.ToString());
    }

    public static TheoryData<string> Hostile =>
        new()
        {
            "redis://" + new string('%', 10_000),
            "redis://" + new string('[', 10_000),
            "redis:///" + new string('@', 10_000),
            "redis://" + new string(',', 10_000),
            "redis://" + new string('a', 10_000),
            "redis://h?" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"k{i}=1&")),
            "unix:///" + new string('a', 10_000),
            "!/" + new string('a', 10_000),
            string.Concat(Enumerable.Repeat("a,", 10_000)),
            new string('=', 10_000),
            "redis://:" + new string('p', 1_000_000) + "@h",
        };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_input_is_a_short_problem(string value)
    {
        Assert.False(RedisUrl.TryParse(value, out _, out string? problem));
        Assert.InRange(problem.Length, 5, 400);
    }

    [Fact]
    public void Arbitrary_text_never_throws_and_good_one_gives_options() =>
        Prop.ForAll(
                UrlSamples.Noise("redis://", "rediss://", "unix:///", "h,", ""),
                value =>
                {
                    bool isGood = RedisUrl.TryParse(value, out RedisUrl? url, out string? problem);
                    Assert.NotEqual(isGood, problem is not null);
                    if (isGood)
                    {
                        Assert.NotEmpty(url!.ToOptions().EndPoints);
                    }
                }
            )
            .Check(UrlSamples.Many);

    [Fact]
    public void Problem_never_shows_any_of_the_password() =>
        Prop.ForAll(
                UrlSamples.Noise(""),
                UrlSamples.Noise(""),
                (before, after) =>
                {
                    foreach (
                        string value in new[]
                        {
                            $"redis://{before}:{Canary}{after}@h/1",
                            $"redis://u:{before}{Canary}@{after}",
                            $"rediss://h?password={Canary}&{after}",
                            $"unix://u:{before}{Canary}@/s?{after}",
                            $"h,{before},password={Canary},{after}",
                            $"h,password={Canary}{after}",
                            $"{before}{Canary}",
                        }
                    )
                    {
                        if (!RedisUrl.TryParse(value, out _, out string? problem))
                        {
                            UrlSamples.AssertNothingOf(Canary, problem);
                        }
                    }
                }
            )
            .Check(UrlSamples.Many);

    [Theory]
    [InlineData("redis://u:12/x?Zq7Xw9=1@h")]
    [InlineData("redis://u:ab?Zq7Xw9Kp4=1@h")]
    [InlineData("redis://h?password=a&Zq7Xw9Kp4=1")]
    [InlineData("redis://h?password=a&Zq7Xw9Kp4")]
    [InlineData("h,password=a,Zq7Xw9Kp4=1")]
    [InlineData("h,password=a,Zq7Xw9Kp4")]
    [InlineData("h,defaultDatabase=Zq7Xw9Kp4")]
    public void Unencoded_password_does_not_spill_into_the_problem(string value)
    {
        Assert.False(RedisUrl.TryParse(value, out _, out string? problem));
        UrlSamples.AssertNothingOf("Zq7Xw9Kp4Rt2", problem);
    }

    private static RedisUrl Parse(string value)
    {
        Assert.True(RedisUrl.TryParse(value, out RedisUrl? url, out string? problem), problem);
        Assert.Null(problem);
        return url;
    }
}
