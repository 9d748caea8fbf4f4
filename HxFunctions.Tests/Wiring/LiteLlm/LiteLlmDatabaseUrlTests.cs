using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Wiring.LiteLlm;

namespace HxFunctions.Tests.Wiring.LiteLlm;

public class LiteLlmDatabaseUrlTests
{
    private const string Secret = "c4nary-pa55word";
    private const string Pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    /// <summary>What nothing has to be said about.</summary>
    [Theory]
    [InlineData("postgres://u:p@h/d", "postgresql://u:p@h:5432/d")]
    [InlineData("postgresql+asyncpg://u:p%40ss@h:1/d", "postgresql://u:p%40ss@h:1/d")]
    [InlineData("postgresql://u:p@[::1]:5433/d", "postgresql://u:p@localhost:5433/d?host=%3A%3A1")]
    [InlineData("postgresql://u:p@bücher.example/d", "postgresql://u:p@xn--bcher-kva.example:5432/d")]
    [InlineData("postgresql://u:p@h/a%2Bb%40c", "postgresql://u:p@h:5432/a+b@c")]
    [InlineData("postgresql://a:b@h/d?host=i&port=7&user=u&password=p&dbname=e", "postgresql://u:p@i:7/e")]
    [InlineData("postgresql:///?host=h&user=u&password=p", "postgresql://u:p@h:5432/u")]
    [InlineData("postgresql://u:p@/d?hostaddr=192.0.2.7", "postgresql://u:p@192.0.2.7:5432/d")]
    [InlineData(
        "postgresql://u:p@h/d?connect_timeout=7&application_name=a%20b",
        "postgresql://u:p@h:5432/d?connect_timeout=7&application_name=a%20b"
    )]
    [InlineData(
        "postgresql://u:p@h/d?connect_timeout=-1&fallback_application_name=f",
        "postgresql://u:p@h:5432/d?connect_timeout=0&application_name=f"
    )]
    [InlineData(
        "postgresql://u:p@h/d?statement_cache_size=0&pgbouncer=true&socket_timeout=9&max_idle_connection_lifetime=0",
        "postgresql://u:p@h:5432/d?statement_cache_size=0&socket_timeout=9&max_idle_connection_lifetime=0&pgbouncer=true"
    )]
    [InlineData(
        "postgresql://u:p@h/d?application_name=&schema=&supa=base-pooler.x&sslsni=1&tcp_user_timeout=0",
        "postgresql://u:p@h:5432/d"
    )]
    [InlineData("postgresql://u:p@h/d?target_session_attrs=any&gssencmode=prefer&require_auth=!oauth", "postgresql://u:p@h:5432/d")]
    [InlineData("postgresql://u:p@h/d?channel_binding=require", "postgresql://u:p@h:5432/d?channel_binding=require")]
    [InlineData("postgresql://u:p@/d?host=%2Frun%2Fpg&port=6", "postgresql://u:p@localhost:6/d?host=%2Frun%2Fpg&sslmode=disable")]
    [InlineData(
        "postgresql://u:p@/d?host=%2Frun%2Fpg&sslmode=verify-full&sslrootcert=%2Fca.pem",
        "postgresql://u:p@localhost:5432/d?host=%2Frun%2Fpg&sslmode=disable"
    )]
    [InlineData("Host=h;Username=u;Password=a b;Database=d;SSL Mode=Require", "postgresql://u:a%20b@h:5432/d?sslmode=require")]
    [InlineData(
        "Server=h;Port=6;User Id=u;Pwd=p;Database=d;Timeout=0;Application Name=a;Channel Binding=Disable;Persist Security Info=true",
        "postgresql://u:p@h:6/d?connect_timeout=0&application_name=a&channel_binding=disable"
    )]
    public void Url_is_what_prisma_takes(string value, string expected)
    {
        LiteLlmDatabaseUrl converted = Convert(value);
        Assert.Equal((expected, 0), (converted.Url, converted.Notes.Count));
    }

    [Theory]
    [InlineData("postgresql://u:p@h/d?options=-csearch_path%3Dlitellm", "schema=litellm")]
    [InlineData("postgresql://u:p@h/d?options=--search-path%3D%22LiteLLM%22", "schema=LiteLLM")]
    [InlineData(
        "postgresql://u:p@h/d?options=-c%20SEARCH_PATH%3DX%20-c%20statement_timeout%3D5s",
        "schema=x&options=-c%20statement_timeout%3D5s"
    )]
    [InlineData("postgresql://u:p@h/d?options=-c%20statement_timeout%3D5s", "options=-c%20statement_timeout%3D5s")]
    [InlineData(
        "Host=h;Username=u;Password=p;Database=d;Search Path=x;Options=-c search_path=y -c jit=off",
        "schema=x&options=-c%20jit%3Doff"
    )]
    [InlineData("postgresql://u:p@h/d?schema=x&options=-c%20search_path%3Dx", "schema=x")]
    [InlineData("postgresql://u:p@h/d?schema=x&options=-c%20search_path%3Dy,public", "schema=x", "only uses the schema")]
    public void Search_path_is_the_schema(string value, string parameters, params string[] notes) =>
        AssertConverted(value, parameters, notes);

    [Theory]
    [InlineData("sslmode=disable", "sslmode=disable")]
    [InlineData("sslmode=prefer", "sslmode=prefer")]
    [InlineData("sslmode=allow", "sslmode=prefer", "tries TLS first")]
    [InlineData("sslmode=require", "sslmode=require")]
    [InlineData("ssl=true", "sslmode=require")]
    [InlineData("sslmode=require&sslaccept=accept_invalid_certs", "sslmode=require&sslaccept=accept_invalid_certs")]
    [InlineData("sslmode=require&sslaccept=strict", "sslmode=require&sslaccept=strict")]
    [InlineData("sslaccept=other", "sslaccept=strict")]
    [InlineData("sslmode=verify-full", "sslmode=require&sslaccept=strict")]
    [InlineData("sslrootcert=system", "sslmode=require&sslaccept=strict")]
    [InlineData("sslmode=verify-ca", "sslmode=require&sslaccept=strict", "checks the name, too")]
    [InlineData(
        "sslmode=verify-full&sslrootcert=%2Fone.pem",
        "sslmode=require&sslaccept=strict&sslcert=%2Fone.pem",
        "in addition to its system's authorities"
    )]
    [InlineData(
        "sslmode=require&sslrootcert=%2Fone.pem",
        "sslmode=require&sslaccept=strict&sslcert=%2Fone.pem",
        "checks the name, too",
        "in addition to its system's authorities"
    )]
    [InlineData(
        "sslmode=verify-full&sslrootcert=%2Fnowhere.pem",
        "sslmode=require&sslaccept=strict&sslcert=%2Fnowhere.pem",
        "can't be read here",
        "in addition to its system's authorities"
    )]
    [InlineData("sslmode=prefer&sslrootcert=%2Fmany.pem", "sslmode=prefer", "has no effect with sslmode=prefer")]
    [InlineData("sslmode=require&sslnegotiation=direct", "sslmode=require", "sslnegotiation=direct")]
    public void Tls_is_as_strict_as_asked_for(string given, string parameters, params string[] notes) =>
        AssertConverted($"postgresql://u:p@h/d?{given}", parameters, notes);

    [Theory]
    [InlineData("SSL Mode=VerifyFull", "sslmode=require&sslaccept=strict")]
    [InlineData(
        "SSL Mode=Require;Root Certificate=/one.pem",
        "sslmode=require&sslaccept=strict&sslcert=%2Fone.pem",
        "checks the name, too",
        "in addition to its system's authorities"
    )]
    public void Tls_of_a_keyword_string_is_as_strict_as_asked_for(string given, string parameters, params string[] notes) =>
        AssertConverted($"Host=h;Username=u;Password=p;Database=d;{given}", parameters, notes);

    [Theory]
    [InlineData("connection_limit=3", "connection_limit=3", "general_settings.database_connection_pool_limit")]
    [InlineData("pool_timeout=5", "pool_timeout=5", "general_settings.database_connection_pool_timeout")]
    [InlineData("target_session_attrs=read-write", "", "doesn't check whether the server accepts writes")]
    [InlineData("hostaddr=192.0.2.7", "", "connects to that address")]
    [InlineData(
        "keepalives_idle=30&krbsrvname=x&client_encoding=UTF8&load_balance_hosts=random",
        "",
        "has client_encoding, keepalives_idle, krbsrvname, load_balance_hosts, which LiteLLM ignores"
    )]
    public void What_does_not_reach_LiteLlm_is_told(string given, string parameters, string note)
    {
        LiteLlmDatabaseUrl converted = Convert($"postgresql://u:{Secret}@h/d?{given}");
        Assert.Contains(note, Assert.Single(converted.Notes), StringComparison.Ordinal);
        Assert.EndsWith(parameters.Length == 0 ? "/d" : $"/d?{parameters}", converted.Url, StringComparison.Ordinal);
    }

    [Fact]
    public void What_Npgsql_alone_knows_is_told_by_its_name() =>
        AssertConverted(
            "Host=h;Username=u;Password=p;Database=d;Maximum Pool Size=5;Command Timeout=9;Target Session Attributes=primary",
            "",
            "doesn't check whether",
            "has Command Timeout, Maximum Pool Size, which LiteLLM ignores"
        );

    [Fact]
    public void Missing_password_is_told() =>
        Assert.Contains("has no password", Assert.Single(Convert("postgresql://u@h").Notes), StringComparison.Ordinal);

    /// <summary>libpq's own variables, which Core reads beside PG_URL, count here, too.</summary>
    [Fact]
    public void Variables_of_libpq_count()
    {
        Dictionary<string, string> variables = new()
        {
            ["PGSSLMODE"] = "verify-full",
            ["PGOPTIONS"] = "-c search_path=x",
            ["PGAPPNAME"] = "a",
        };
        const string value = "postgresql://u:p@h/d";
        Assert.True(PostgresUrl.TryParse(value, variables.GetValueOrDefault, out PostgresUrl? url, out string? problem), problem);
        Assert.True(LiteLlmDatabaseUrl.TryConvert(value, url, ReadFile, out LiteLlmDatabaseUrl? converted, out problem), problem);
        Assert.Equal("postgresql://u:p@h:5432/d?application_name=a&schema=x&sslmode=require&sslaccept=strict", converted.Url);
    }

    [Theory]
    [InlineData("postgresql://u:p@h,i/d", "several hosts")]
    [InlineData("postgresql://h/d", "no user")]
    [InlineData("postgresql://u@h/d?passfile=%2Fp", "password from a file")]
    [InlineData("postgresql://u:p@h/my%20base", "has a database name that")]
    [InlineData("postgresql://u:p@h/d%C3%A9", "has a database name that")]
    [InlineData("postgresql://u:p@h/a%25b", "has a database name that")]
    [InlineData("postgresql://u:p@h/..", "has a database name that")]
    [InlineData("postgresql://u:p@/d?host=%40abstract", "abstract Unix socket")]
    [InlineData("postgresql://u:p@h/d?sslcert=c.pem&sslkey=k.pem", "openssl pkcs12")]
    [InlineData("postgresql://u:p@h/d?require_auth=scram-sha-256", "channel_binding=require")]
    [InlineData("postgresql://u:p@h/d?sslmode=verify-full&sslaccept=accept_invalid_certs", "remove one of the two")]
    [InlineData("postgresql://u:p@h/d?sslmode=require&sslrootcert=%2Fone.pem&sslaccept=accept_invalid_certs", "remove one of the two")]
    [InlineData("postgresql://u:p@h/d?sslmode=verify-full&sslrootcert=ca.pem", "relative path")]
    [InlineData("postgresql://u:p@h/d?sslmode=verify-full&sslrootcert=%2Fmany.pem", "2 root certificates")]
    [InlineData("postgresql://u:p@h/d?sslmode=require&sslrootcert=%2Fnone.pem", "not a PEM file")]
    [InlineData("postgresql://u:p@h/d?options=-c%20search_path%3Dx,public", "not a single schema")]
    [InlineData("postgresql://u:p@h/d?options=-c%20search_path%3D%22%24user%22", "not a single schema")]
    [InlineData("postgresql://u:p@h/d?options=-c%20search_path%3D", "not a single schema")]
    [InlineData("Host=h;Username=u;Search Path=\"x, public\"", "not a single schema")]
    [InlineData("Host=h;Username=u;Check Certificate Revocation=true;SSL Mode=VerifyFull", "revoked certificates")]
    [InlineData("postgresql://u:p@h/d?connection_limit=many", "'connection_limit' that is not a whole number")]
    [InlineData("postgresql://u:p@h/d?pgbouncer=1", "'pgbouncer' that is neither")]
    public void Url_that_prisma_cannot_have_is_refused_with_why(string value, string why)
    {
        Assert.True(PostgresUrl.TryParse(value, out PostgresUrl? url, out string? problem), problem);
        Assert.False(LiteLlmDatabaseUrl.TryConvert(value, url, ReadFile, out _, out problem));
        Assert.Contains(why, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_form_has_no_password() =>
        Assert.DoesNotContain(Secret, Convert($"postgresql://u:{Secret}@h/d").ToString(), StringComparison.Ordinal);

    private static void AssertConverted(string value, string parameters, params string[] notes)
    {
        LiteLlmDatabaseUrl converted = Convert(value);
        Assert.Equal(parameters.Length == 0 ? "postgresql://u:p@h:5432/d" : $"postgresql://u:p@h:5432/d?{parameters}", converted.Url);
        Assert.Equal(notes.Length, converted.Notes.Count);
        Assert.All(notes.Zip(converted.Notes), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
    }

    private static LiteLlmDatabaseUrl Convert(string value)
    {
        Assert.True(PostgresUrl.TryParse(value, out PostgresUrl? url, out string? problem), problem);
        Assert.True(LiteLlmDatabaseUrl.TryConvert(value, url, ReadFile, out LiteLlmDatabaseUrl? converted, out problem), problem);
        return converted;
    }

    private static string? ReadFile(string path) =>
        path switch
        {
            "/one.pem" => $"# our root\n{Pem}",
            "/many.pem" => Pem + Pem,
            "/none.pem" => "a key, perhaps",
            _ => null,
        };
}
