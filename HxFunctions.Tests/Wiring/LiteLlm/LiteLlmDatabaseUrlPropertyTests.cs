using FsCheck;
using FsCheck.Fluent;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Tests.Configuration.Connections;
using HxFunctions.Wiring.LiteLlm;
using Npgsql;

namespace HxFunctions.Tests.Wiring.LiteLlm;

public class LiteLlmDatabaseUrlPropertyTests
{
    private static readonly Gen<string> Odd = Gen.Elements([.. "abZ09-._~!$&'()*+,;=:@%/?#[]{}<>|\\^`\" é€"])
        .NonEmptyListOf()
        .Select(characters => string.Concat(characters));

    /// <summary>Half of them arbitrary, half of characters that mean something in a URL.</summary>
    private static readonly Arbitrary<string> Texts = Gen.OneOf(UrlSamples.Texts.Generator, Odd).ToArbitrary();

    private static readonly Gen<string> Databases = Gen.Elements([.. "abZ09-._~!$&'()*+,;=:@"])
        .NonEmptyListOf()
        .Select(string.Concat<char>);

    private static readonly Gen<string> Hosts = Gen.Elements(
        "h",
        "db-1.example.com",
        "A_b",
        "192.0.2.7",
        "::1",
        "2001:db8::7",
        "fe80::1%eth0",
        "/run/postgresql",
        "/a b/ü"
    );

    /// <summary>Login and place, through LiteLLM's rewriting and Prisma's parser, are where Npgsql connects.</summary>
    [Fact]
    public void Prisma_connects_to_where_Npgsql_does() =>
        Prop.ForAll(
                Places().ToArbitrary(),
                Texts,
                Texts,
                (place, user, password) =>
                {
                    AssertSame(place.AsUri(user, password));
                    AssertSame(place.AsKeywords(user, password));
                }
            )
            .Check(UrlSamples.Many);

    /// <summary>A database's name that can't be handed over is refused, never changed.</summary>
    [Fact]
    public void Database_arrives_as_it_is_or_is_refused() =>
        Prop.ForAll(
                Texts,
                database =>
                {
                    string value = $"postgresql://u:p@h/{Uri.EscapeDataString(database)}";
                    Assert.True(PostgresUrl.TryParse(value, out PostgresUrl? url, out string? problem), problem);
                    if (LiteLlmDatabaseUrl.TryConvert(value, url, _ => null, out LiteLlmDatabaseUrl? converted, out problem))
                    {
                        Assert.Equal(url.Database, PrismaUrl.ReadThroughLiteLlm(converted.Url).Database);
                    }
                    else
                    {
                        Assert.StartsWith("has a database name that", problem, StringComparison.Ordinal);
                    }
                }
            )
            .Check(UrlSamples.Many);

    [Fact]
    public void Options_and_names_arrive_as_they_are() =>
        Prop.ForAll(
                Texts,
                Texts,
                (name, option) =>
                {
                    string value =
                        $"postgresql://u:p@h/d?application_name={Uri.EscapeDataString(name)}&options={Uri.EscapeDataString(option)}";
                    Assert.True(PostgresUrl.TryParse(value, out PostgresUrl? url, out string? problem), problem);
                    Assert.True(
                        LiteLlmDatabaseUrl.TryConvert(value, url, _ => null, out LiteLlmDatabaseUrl? converted, out problem),
                        problem
                    );
                    IReadOnlyDictionary<string, string> parameters = PrismaUrl.ReadThroughLiteLlm(converted.Url).Parameters;
                    Assert.Equal((name, option), (parameters["application_name"], parameters["options"]));
                }
            )
            .Check(UrlSamples.Many);

    /// <summary>Where something has to be verified, it is, whatever else the URL has.</summary>
    [Fact]
    public void Verification_is_never_lost() =>
        Prop.ForAll(
                Gen.SubListOf(
                        "sslmode=require",
                        "sslmode=verify-ca",
                        "sslmode=verify-full",
                        "sslrootcert=%2Fca.pem",
                        "sslaccept=strict",
                        "sslaccept=accept_invalid_certs",
                        "sslaccept=x",
                        "channel_binding=require",
                        "pgbouncer=true"
                    )
                    .SelectMany(parts => Gen.Shuffle(parts.ToArray()))
                    .ToArbitrary(),
                parts =>
                {
                    string value = $"postgresql://u:p@h/d?{string.Join('&', parts)}";
                    Assert.True(PostgresUrl.TryParse(value, out PostgresUrl? url, out string? problem), problem);
                    bool verifies = url.ToConnectionStringBuilder().SslMode is SslMode.VerifyCA or SslMode.VerifyFull;
                    if (LiteLlmDatabaseUrl.TryConvert(value, url, _ => null, out LiteLlmDatabaseUrl? converted, out problem))
                    {
                        IReadOnlyDictionary<string, string> parameters = PrismaUrl.ReadThroughLiteLlm(converted.Url).Parameters;
                        if (verifies)
                        {
                            Assert.Equal(("require", "strict"), (parameters["sslmode"], parameters["sslaccept"]));
                        }
                    }
                    else
                    {
                        Assert.True(verifies && problem.Contains("sslaccept=accept_invalid_certs", StringComparison.Ordinal), problem);
                    }
                }
            )
            .Check(UrlSamples.Many);

    private static void AssertSame(string value)
    {
        Assert.True(PostgresUrl.TryParse(value, out PostgresUrl? url, out string? problem), problem);
        Assert.True(LiteLlmDatabaseUrl.TryConvert(value, url, _ => null, out LiteLlmDatabaseUrl? converted, out problem), problem);
        NpgsqlConnectionStringBuilder npgsql = url.ToConnectionStringBuilder();
        PrismaUrl prisma = PrismaUrl.ReadThroughLiteLlm(converted.Url);
        Assert.Equal(
            (npgsql.Host, npgsql.Port, npgsql.Username, npgsql.Password, npgsql.Database),
            (prisma.Host, prisma.Port, prisma.User, prisma.Password, prisma.Database)
        );
    }

    private static Gen<Place> Places() =>
        Hosts.SelectMany(host =>
            Gen.Choose(1, 65535).SelectMany(port => Databases.Where(d => d is not ("." or "..")).Select(d => new Place(host, port, d)))
        );

    private sealed record Place(string Host, int Port, string Database)
    {
        public string AsUri(string user, string password) =>
            $"postgresql://{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password)}@{Authority}:{Port}/"
            + Uri.EscapeDataString(Database);

        public string AsKeywords(string user, string password) =>
            new NpgsqlConnectionStringBuilder
            {
                Host = Host,
                Port = Port,
                Username = user,
                Password = password,
                Database = Database,
            }.ConnectionString;

        private string Authority => Host.Contains(':') ? $"[{Host.Replace("%", "%25")}]" : Uri.EscapeDataString(Host);
    }
}
