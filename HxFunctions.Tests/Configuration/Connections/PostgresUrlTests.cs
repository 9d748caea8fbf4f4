using System.Net;
using FsCheck;
using FsCheck.Fluent;
using HxFunctions.Core.Configuration.Connections;
using Npgsql;

namespace HxFunctions.Tests.Configuration.Connections;

public class PostgresUrlTests
{
    private const string Canary = "Zq7%Xw9Kp!4Rt2";

    [Theory]
    [InlineData("postgresql://usr:pw@server:6000/base", "server:6000", "usr", "pw", "base")]
    [InlineData("postgresql://usr@server:6000/base", "server:6000", "usr", null, "base")]
    [InlineData("postgres://server/base", "server:5432", null, null, "base")]
    [InlineData("postgresql://server", "server:5432", null, null, null)]
    [InlineData("postgresql://server?", "server:5432", null, null, null)]
    [InlineData("postgresql://server:", "server:5432", null, null, null)]
    [InlineData("postgresql://", "localhost:5432", null, null, null)]
    [InlineData("postgresql:///base", "localhost:5432", null, null, "base")]
    [InlineData("postgresql://usr@", "localhost:5432", "usr", null, "usr")]
    [InlineData("postgresql://usr@/base", "localhost:5432", "usr", null, "base")]
    [InlineData("postgresql://:6000/base", "localhost:6000", null, null, "base")]
    [InlineData("postgresql://@server", "server:5432", null, null, null)]
    [InlineData("postgresql://:pw@server", "server:5432", null, "pw", null)]
    [InlineData("postgresql://usr:@server", "server:5432", "usr", null, "usr")]
    [InlineData("  POSTGRESQL://usr@server/base\n", "server:5432", "usr", null, "base")]
    [InlineData("postgresql+psycopg2://usr:pw@server/base", "server:5432", "usr", "pw", "base")]
    [InlineData("Postgresql+AsyncPG://usr:pw@server/base?ssl=require", "server:5432", "usr", "pw", "base", "require")]
    [InlineData("postgres+x://usr:pw@server/base", "server:5432", "usr", "pw", "base")]
    // userinfo: the first '@' ends it, the first ':' splits it, a plus is a plus
    [InlineData("postgresql://us%20r+:p%3Aw%40%2F%23@server/base", "server:5432", "us r+", "p:w@/#", "base")]
    [InlineData("postgresql://usr:p:w@server/base", "server:5432", "usr", "p:w", "base")]
    [InlineData("postgresql://usr:p?w#x[y@server/base", "server:5432", "usr", "p?w#x[y", "base")]
    [InlineData("postgresql://usr:%C3%A9é@server/base", "server:5432", "usr", "éé", "base")]
    // database
    [InlineData("postgresql://server/a/b#c", "server:5432", null, null, "a/b#c")]
    [InlineData("postgresql://server/a%3Fb%40c", "server:5432", null, null, "a?b@c")]
    [InlineData("postgresql://usr@server?dbname=other", "server:5432", "usr", null, "other")]
    [InlineData("postgresql://usr@server/base?dbname=other", "server:5432", "usr", null, "other")]
    // IPv6
    [InlineData("postgresql://[2001:db8::7]:6000/base", "[2001:db8::7]:6000", null, null, "base")]
    [InlineData("postgresql://[::1]", "[::1]:5432", null, null, null)]
    [InlineData("postgresql://[fe80::1%25eth0]/base", "[fe80::1%eth0]:5432", null, null, "base")]
    [InlineData("postgresql://[::1]:6000,[::2]/base", "[::1]:6000,[::2]:5432", null, null, "base")]
    // several hosts and ports
    [InlineData("postgresql://a:1,b,c:3/base", "a:1,b:5432,c:3", null, null, "base")]
    [InlineData("postgresql://a,b/base", "a:5432,b:5432", null, null, "base")]
    [InlineData("postgresql://a,b/base?port=7", "a:7,b:7", null, null, "base")]
    [InlineData("postgresql:///base?host=a,b&port=1,2", "a:1,b:2", null, null, "base")]
    [InlineData("postgresql:///base?host=a,b&port=,2", "a:5432,b:2", null, null, "base")]
    [InlineData("postgresql://a:1,/base", "a:1,localhost:5432", null, null, "base")]
    [InlineData("postgresql://a%2Cb/base", "a:5432,b:5432", null, null, "base")]
    // query: percent-encoded names, last one wins, spaces around
    [InlineData("postgresql://server?us%65r=usr&password=p%26w&dbname=base", "server:5432", "usr", "p&w", "base")]
    [InlineData("postgresql://server/base?user=a&user=b&", "server:5432", "b", null, "base")]
    [InlineData("postgresql://server?  user = usr & port  = 6000 ", "server:6000", "usr", null, "usr")]
    [InlineData("postgresql://server/base?user=me@tenant", "server:5432", "me@tenant", null, "base")]
    [InlineData("postgresql://usr@server/base?user=", "server:5432", null, null, "base")]
    // sockets
    [InlineData("postgresql://%2Frun%2Fpg/base", "/run/pg:5432", null, null, "base")]
    [InlineData("postgresql://usr@/base?host=/run/pg", "/run/pg:5432", "usr", null, "base")]
    [InlineData("postgresql://usr@:6000/base?host=/run/pg", "/run/pg:6000", "usr", null, "base")]
    [InlineData("postgresql:///base?host=@abstract", "@abstract:5432", null, null, "base")]
    [InlineData("postgresql:///base?host=/run/pg,b&port=1,2", "/run/pg:1,b:2", null, null, "base")]
    // hostaddr
    [InlineData("postgresql:///base?hostaddr=192.0.2.4", "192.0.2.4:5432", null, null, "base")]
    [InlineData("postgresql://name/base?hostaddr=2001:db8::7", "[2001:db8::7]:5432", null, null, "base")]
    [InlineData("postgresql://a,b/base?hostaddr=192.0.2.4,", "192.0.2.4:5432,b:5432", null, null, "base")]
    // modes
    [InlineData("postgresql://server/base?ssl=true", "server:5432", null, null, "base", "require")]
    [InlineData("postgresql://server/base?requiressl=1", "server:5432", null, null, "base", "require")]
    [InlineData("postgresql://server/base?sslmode=disable", "server:5432", null, null, "base", "disable")]
    [InlineData("postgresql://server/base?sslmode=allow", "server:5432", null, null, "base", "allow")]
    [InlineData("postgresql://server/base?sslmode=verify-ca", "server:5432", null, null, "base", "verify-ca")]
    [InlineData("postgresql://server/base?sslmode=require&sslmode=verify-full", "server:5432", null, null, "base", "verify-full")]
    [InlineData("postgresql://server/base?sslrootcert=system", "server:5432", null, null, "base", "verify-full")]
    // Npgsql's own form
    [InlineData(
        "Host=server;Port=6000;Username=usr;Password='p;w=';Database=base;SSL Mode=VerifyFull",
        "server:6000",
        "usr",
        "p;w=",
        "base",
        "verify-full"
    )]
    [InlineData("Server=server;User ID=usr;Pwd=pw", "server:5432", "usr", "pw", "usr")]
    [InlineData("Host=a:1,b,[::1]:3;Port=2;Username=usr;Target Session Attributes=primary", "a:1,b:2,[::1]:3", "usr", null, "usr")]
    [InlineData("Host=server:6000", "server:6000", null, null, null)]
    [InlineData("Host=::1;Username=usr", "[::1]:5432", "usr", null, "usr")]
    [InlineData("Host=/run/pg;Username=usr", "/run/pg:5432", "usr", null, "usr")]
    [InlineData("Host=a,/run/pg:7;Username=usr", "a:5432,/run/pg:7", "usr", null, "usr")]
    public void Good_url_gives_what_libpq_would_read_and_Npgsql_takes_it(
        string value,
        string hosts,
        string? user,
        string? password,
        string? database,
        string sslMode = "prefer"
    )
    {
        PostgresUrl url = Parse(value);

        Assert.Equal(hosts, string.Join(',', url.Hosts));
        Assert.Equal((user, password, database, sslMode), (url.Username, url.Password, url.Database, url.SslMode));
        AssertNpgsqlReads(url);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("nonsense")]
    [InlineData("postgre://server/base")]
    [InlineData("mysql://server/base")]
    [InlineData("postgresql+://server/base")]
    [InlineData("http+postgresql://server")]
    [InlineData("postgresql://[::1")]
    [InlineData("postgresql://[]")]
    [InlineData("postgresql://[::1]x")]
    [InlineData("postgresql://[[::1]]")]
    [InlineData("postgresql://[200z::1]")]
    [InlineData("postgresql://[fe80::1%eth0]")]
    [InlineData("postgresql://%")]
    [InlineData("postgresql://%1")]
    [InlineData("postgresql://%zz")]
    [InlineData("postgresql://server/%ff")]
    [InlineData("postgresql://a%00b")]
    [InlineData("postgresql://a\0b")]
    [InlineData("postgresql://u:p%0A@server")]
    [InlineData("postgresql://us r@server")]
    [InlineData("postgresql://server/ba\tse")]
    [InlineData("postgresql://server/base?key")]
    [InlineData("postgresql://server/base?user=a&&port=1")]
    [InlineData("postgresql://server/base?=x")]
    [InlineData("postgresql://server/base?options=-c a=b")]
    [InlineData("postgresql://server/base?port=1 2")]
    [InlineData("postgresql://server:port/base")]
    [InlineData("postgresql://server:0/base")]
    [InlineData("postgresql://server:65536/base")]
    [InlineData("postgresql://server:-1/base")]
    [InlineData("postgresql://server:99999999999999999999/base")]
    [InlineData("postgresql://a,b/base?port=1,2,3")]
    [InlineData("postgresql://a,b/base?host=c")]
    [InlineData("postgresql://a,b/base?hostaddr=192.0.2.4")]
    [InlineData("postgresql://a/base?hostaddr=example.org")]
    [InlineData("postgresql://a/base?hostaddr=1")]
    [InlineData("postgresql://a/base?host=b:5432")]
    [InlineData("postgresql://user:pass@word@server/base")]
    [InlineData("postgresql://user:1234/word@server/base")]
    [InlineData("postgresql://a;b/base")]
    [InlineData("postgresql:///base?host=/run/x:y,b")]
    [InlineData("postgresql://server/base?sslmode=")]
    [InlineData("postgresql://server/base?sslrootcert=system&sslmode=require")]
    [InlineData("postgresql://server/base?sslnegotiation=direct")]
    [InlineData("postgresql://server/base?keepalives_interval=5")]
    [InlineData("host=server dbname=base user=usr")]
    [InlineData("Host=server;Username")]
    [InlineData("Username=usr;Password=pw")]
    [InlineData("Host=;Username=usr")]
    [InlineData("Host=server;Port=0")]
    [InlineData("Host=server;Port=70000")]
    [InlineData("Host=server:abc;Username=usr")]
    [InlineData("Host=server:70000;Username=usr")]
    [InlineData("Host=server;Minimum Pool Size=9;Maximum Pool Size=2")]
    [InlineData("Host=server;GSS Encryption Mode=Require")]
    public void Bad_url_is_a_problem(string value)
    {
        Assert.False(PostgresUrl.TryParse(value, out PostgresUrl? url, out string? problem));

        Assert.Null(url);
        Assert.Matches("^(has|is|names|looks) ", problem);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_a_problem() => Assert.False(PostgresUrl.TryParse("postgresql://u:\ud800@server", out _, out _));

    [Theory]
    [InlineData("postgresql://u:p@server/base?foo=1", "has an unknown keyword 'foo'")]
    [InlineData("postgresql://u:p@server/base?foo=1&Bar=2&sslmode=require", "has unknown keywords 'foo', 'Bar'")]
    [InlineData("postgresql://server?User=usr", "has an unknown keyword 'User'")]
    [InlineData(
        "postgresql://server?service=prod&sslcrl=x&bogus=1",
        "has an unknown keyword 'bogus'; has the keywords 'service', 'sslcrl', which HxFunctions does not support"
    )]
    [InlineData("postgresql://server?sslcompression=1", "has the keyword 'sslcompression', which HxFunctions does not support")]
    [InlineData("postgresql://server?replication=database", "has the keyword 'replication', which HxFunctions does not support")]
    [InlineData("postgresql://server?tcp_user_timeout=5", "has the keyword 'tcp_user_timeout', which HxFunctions does not support")]
    [InlineData(
        "postgresql://server?sslmode=on&connect_timeout=soon",
        "has a value of 'sslmode' that is not one of disable, allow, prefer, require, verify-ca and verify-full; has a value "
            + "of 'connect_timeout' that is not an integer"
    )]
    [InlineData("postgresql://server?ssl=false", "has a value of 'ssl' that is not true")]
    [InlineData("postgresql://server?sslmode", "has the keyword 'sslmode' without '='")]
    [InlineData("postgresql://server?options=-c%20a=b", "has the keyword 'options' with a second '=' (write it as %3D)")]
    [InlineData("postgresql://server:x/", "has a port that is not a number from 1 to 65535")]
    [InlineData("Host=server;Username=u;Password=p;Bogus=1", "has an unknown keyword 'bogus'")]
    [InlineData("Host=server;SSL Mode=42", "has a value of 'ssl mode' that is not one that Npgsql accepts")]
    [InlineData("Host=server;SSL Mode=-1", "has a value of 'ssl mode' that is not one that Npgsql accepts")]
    [InlineData("Host=server;Channel Binding=7", "has a value of 'channel binding' that is not one that Npgsql accepts")]
    [InlineData(
        "Host=server;SSL Mode=maybe;Timeout=x",
        "has a value of 'ssl mode' that is not one that Npgsql accepts; has a value of 'timeout' that is not one that Npgsql accepts"
    )]
    [InlineData("Username=usr;Database=base", "has no Host")]
    public void Problem_names_every_keyword(string value, string expected)
    {
        Assert.False(PostgresUrl.TryParse(value, out _, out string? problem));
        Assert.Equal(expected, problem);
    }

    public static TheoryData<string, string> Mapped =>
        new()
        {
            { "sslmode=require&sslnegotiation=direct", "SSL Mode=Require;SSL Negotiation=Direct" },
            { "sslmode=verify-full&sslrootcert=/c/root.pem", "Root Certificate=/c/root.pem;SSL Mode=VerifyFull" },
            { "sslmode=require&sslrootcert=/c/root.pem", "Root Certificate=/c/root.pem;SSL Mode=VerifyCA" },
            { "sslmode=verify-full&sslrootcert=system", "SSL Mode=VerifyFull" },
            { "sslcert=a&sslkey=b&sslpassword=c", "SSL Certificate=a;SSL Key=b;SSL Password=c" },
            { "application_name=it's%3Bme", "Application Name=\"it's;me\"" },
            { "fallback_application_name=a&application_name=b", "Application Name=b" },
            { "application_name=b&fallback_application_name=a", "Application Name=b" },
            { "fallback_application_name=a", "Application Name=a" },
            { "options=-c%20search_path%3Da%2Cb", "Options=\"-c search_path=a,b\"" },
            { "client_encoding=UTF8", "Client Encoding=UTF8" },
            { "client_encoding=auto", "" },
            { "passfile=/p&krbsrvname=k", "Passfile=/p;Kerberos Service Name=k" },
            { "channel_binding=require&gssencmode=disable", "Channel Binding=Require" },
            { "require_auth=scram-sha-256,md5", "Require Auth=ScramSHA256,MD5" },
            { "require_auth=!password,!oauth", "Require Auth=!Password" },
            { "require_auth=!oauth", "" },
            {
                "keepalives=1&keepalives_idle=30&keepalives_interval=5",
                "TCP Keepalive=True;TCP Keepalive Time=30;TCP Keepalive Interval=5"
            },
            { "keepalives=0&keepalives_idle=30", "" },
            { "target_session_attrs=read-write&load_balance_hosts=random", "" },
        };

    [Theory]
    [MemberData(nameof(Mapped))]
    public void Keyword_of_libpq_becomes_the_one_of_Npgsql(string query, string expected)
    {
        NpgsqlConnectionStringBuilder builder = Parse("postgresql://server?" + query).ToConnectionStringBuilder();
        NpgsqlConnectionStringBuilder wanted = new("Host=server;Port=5432;" + expected);

        Assert.True(wanted.EquivalentTo(builder), builder.ConnectionString);
    }

    [Theory]
    [InlineData("connection_limit=5&pool_timeout=0&schema=public&pgbouncer=true&sslaccept=strict&statement_cache_size=0&socket_timeout=3")]
    [InlineData("supa=base-pooler.x&max_idle_connection_lifetime=30")]
    [InlineData("connect_timeout=10")]
    [InlineData("sslcompression=0&sslsni=1&sslcertmode=allow&gssdelegation=0&keepalives_count=0&tcp_user_timeout=0&sslcrl=&requirepeer=")]
    [InlineData(
        "ssl_min_protocol_version=TLSv1.2&ssl_max_protocol_version=TLSv1.3&min_protocol_version=3.0&max_protocol_version=latest&replication=false"
    )]
    public void Keyword_without_effect_is_left_out(string query)
    {
        PostgresUrl url = Parse("postgresql://server?" + query);

        Assert.True(new NpgsqlConnectionStringBuilder("Host=server;Port=5432").EquivalentTo(url.ToConnectionStringBuilder()));
    }

    [Theory]
    [InlineData("sslmode=Require")]
    [InlineData("sslnegotiation=")]
    [InlineData("target_session_attrs=prefer-primary")]
    [InlineData("load_balance_hosts=yes")]
    [InlineData("channel_binding=on")]
    [InlineData("gssencmode=1")]
    [InlineData("gssencmode=require")]
    [InlineData("require_auth=gss")]
    [InlineData("require_auth=sspi,oauth,gss")]
    [InlineData("require_auth=md5,!gss")]
    [InlineData("require_auth=kerberos")]
    [InlineData("require_auth=oauth")]
    [InlineData("keepalives=yes")]
    [InlineData("connect_timeout=")]
    [InlineData("requiressl=2")]
    public void Wrong_value_is_a_problem_naming_the_keyword(string parameter)
    {
        Assert.False(PostgresUrl.TryParse("postgresql://server?" + parameter, out _, out string? problem));
        Assert.Contains($"'{parameter.Split('=')[0]}'", problem);
    }

    [Theory]
    [InlineData("postgresql://server/base?target_session_attrs=standby", null)]
    [InlineData("postgresql://a,b/base?target_session_attrs=standby", "standby")]
    [InlineData("postgresql://a,b/base", null)]
    [InlineData("Host=a;Target Session Attributes=read-only", null)]
    [InlineData("Host=a,b;Target Session Attributes=read-only", "read-only")]
    public void Target_session_attribute_reaches_Npgsql_only_with_several_hosts(string value, string? expected) =>
        Assert.Equal(expected, Parse(value).ToConnectionStringBuilder().TargetSessionAttributes);

    [Fact]
    public void Unix_socket_is_never_encrypted_whatever_the_mode()
    {
        PostgresUrl url = Parse("postgresql:///base?host=/run/pg&sslmode=require&sslnegotiation=direct&keepalives_idle=9");

        Assert.Equal("require", url.SslMode);
        Assert.True(
            new NpgsqlConnectionStringBuilder("Host=/run/pg;Port=5432;Database=base;SSL Mode=Disable").EquivalentTo(
                url.ToConnectionStringBuilder()
            )
        );
    }

    [Theory]
    [InlineData("postgresql://a:1,b:1/base", "a,b", 1)]
    [InlineData("postgresql://[::1],[::2]/base", "::1,::2", 5432)]
    [InlineData("postgresql://[::1]:1,b:2/base", "[::1]:1,b:2", 5432)]
    public void Several_hosts_are_written_as_Npgsql_wants_them(string value, string host, int port)
    {
        NpgsqlConnectionStringBuilder builder = Parse(value).ToConnectionStringBuilder();

        Assert.Equal((host, port), (builder.Host, builder.Port));
    }

    [Fact]
    public async Task Bracketed_IPv6_host_of_a_list_is_an_address_for_the_resolver()
    {
        // What Npgsql does with a host of a list with ports: brackets and all into Dns.
        Assert.Equal([IPAddress.IPv6Loopback], await Dns.GetHostAddressesAsync("[::1]"));
    }

    [Fact]
    public void Npgsql_string_keeps_its_settings_but_not_those_that_reveal_secrets()
    {
        PostgresUrl url = Parse("Host=h;Username=u;Search Path=s;Persist Security Info=true;Include Error Detail=true;Log Parameters=true");

        Assert.True(
            new NpgsqlConnectionStringBuilder("Host=h;Port=5432;Username=u;Database=u;Search Path=s").EquivalentTo(
                url.ToConnectionStringBuilder()
            )
        );
    }

    [Fact]
    public void Builders_are_independent()
    {
        PostgresUrl url = Parse("postgresql://server");
        url.ToConnectionStringBuilder().Host = "other";

        Assert.Equal("server", url.ToConnectionStringBuilder().Host);
    }

    [Theory]
    [InlineData("postgresql://usr:s3cr3t@server/base")]
    [InlineData("Host=server;Username=usr;Password=s3cr3t")]
    public void Text_form_has_no_password(string value) => Assert.DoesNotContain("s3cr3t", Parse(value).ToString());

    public static TheoryData<string> Hostile =>
        new()
        {
            "postgresql://" + new string('%', 10_000),
            "postgresql://" + new string('[', 10_000),
            "postgresql://" + new string('@', 10_000),
            "postgresql://" + new string(':', 10_000),
            "postgresql://" + new string(',', 10_000),
            "postgresql://" + new string('a', 10_000),
            "postgresql://h?" + new string('&', 10_000),
            "postgresql://h?" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"k{i}=1&")),
            "Host=h;" + string.Concat(Enumerable.Repeat("\"';", 3000)),
            "Host=" + new string(',', 10_000),
            new string('=', 10_000),
            "postgresql://u:" + new string('p', 1_000_000) + "@h/d",
        };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_input_is_a_short_problem(string value)
    {
        Assert.False(PostgresUrl.TryParse(value, out _, out string? problem));
        Assert.InRange(problem.Length, 5, 400);
    }

    [Fact]
    public void Long_password_is_fine() => Assert.Equal(10_000, Parse($"postgresql://u:{new string('p', 10_000)}@h/d").Password!.Length);

    /// <summary>The characters that people trip over; each alone, then all at once.</summary>
    [Theory]
    [MemberData(nameof(UrlSamples.Awkward), MemberType = typeof(UrlSamples))]
    public void Percent_encoded_password_arrives_as_it_was(string password)
    {
        PostgresUrl url = Parse($"postgresql://u:{Uri.EscapeDataString(password)}@h/d");

        Assert.Equal(password, url.Password);
        AssertNpgsqlReads(url);
    }

    [Fact]
    public void Random_user_password_and_database_survive_the_round_trip() =>
        Prop.ForAll(
                UrlSamples.Texts,
                UrlSamples.Texts,
                UrlSamples.Texts,
                (user, password, database) =>
                {
                    PostgresUrl url = Parse(
                        $"postgresql://{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password)}@h/{Uri.EscapeDataString(database)}"
                    );
                    NpgsqlConnectionStringBuilder builder = url.ToConnectionStringBuilder();
                    Assert.Equal((user, password, database), (url.Username, url.Password, url.Database));
                    Assert.Equal((user, password, database), (builder.Username, builder.Password, builder.Database));
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Arbitrary_text_never_throws() =>
        Prop.ForAll(
                UrlSamples.Noise("postgresql://", "postgres+x://", "Host=h;", ""),
                value =>
                {
                    bool isGood = PostgresUrl.TryParse(value, out PostgresUrl? url, out string? problem);
                    Assert.Equal(isGood, url is not null);
                    Assert.NotEqual(isGood, problem is not null);
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
                            $"postgresql://{before}:{Canary}{after}@h/d",
                            $"postgresql://u:{before}{Canary}@{after}",
                            $"postgresql://u:x@h/d?password={Canary}&{after}",
                            $"postgresql://u:x@h/d?{before}&sslpassword={Canary}",
                            $"Host=h;{before};Password={Canary};{after}",
                            $"Host=h;Password={Canary}{after}",
                            $"host=h password={Canary}{after}",
                            $"{before}{Canary}",
                        }
                    )
                    {
                        if (!PostgresUrl.TryParse(value, out PostgresUrl? url, out string? problem))
                        {
                            UrlSamples.AssertNothingOf(Canary, problem);
                        }
                    }
                }
            )
            .Check(UrlSamples.Many);

    [Theory]
    [InlineData("postgresql://u:ab?Zq7X=w9Kp/4Rt2=1@h/d")]
    [InlineData("postgresql://u:12/x?Zq7X=w9Kp@h/d")]
    [InlineData("postgresql://u:12/x?Zq7Xw9=1&w9KpZ=2@h/d")]
    [InlineData("postgresql://h/d?user=u&password=a&Zq7Xw9Kp4=1")]
    [InlineData("postgresql://h/d?user=u&password=a=Zq7Xw9Kp4")]
    [InlineData("postgresql://h/d?user=u&password=a&Zq7Xw9Kp4")]
    [InlineData("Host=h;Password=a;Zq7Xw9Kp4=1")]
    [InlineData("Host=h;Password=a;Zq7Xw9Kp4")]
    [InlineData("Host=h;Port=Zq7Xw9Kp4")]
    [InlineData("Host=Zq7X/w9Kp4Rt2;Port=1")]
    public void Unencoded_password_does_not_spill_into_the_problem(string value)
    {
        if (PostgresUrl.TryParse(value, out PostgresUrl? url, out string? problem))
        {
            Assert.DoesNotContain("Zq7X", url.ToString());
        }
        else
        {
            UrlSamples.AssertNothingOf("Zq7Xw9Kp4Rt2", problem);
        }
    }

    private static PostgresUrl Parse(string value)
    {
        Assert.True(PostgresUrl.TryParse(value, out PostgresUrl? url, out string? problem), problem);
        Assert.Null(problem);
        return url;
    }

    private static void AssertNpgsqlReads(PostgresUrl url)
    {
        NpgsqlConnectionStringBuilder builder = url.ToConnectionStringBuilder();
        using NpgsqlDataSource dataSource = new NpgsqlDataSourceBuilder(builder.ConnectionString).Build();
        using NpgsqlConnection connection = dataSource.CreateConnection();
        Assert.Equal((url.Username, url.Password, url.Database), (builder.Username, builder.Password, builder.Database));
        Assert.Equal(url.Database ?? "", connection.Database);
    }
}
