using System.Text.Json;

namespace HxFunctions.SystemTests.Commands;

[Trait(HxProgram.Trait, HxProgram.Any)]
public class ConfigCommandTests
{
    private const string Canary = "c4n4ry";

    private static readonly (string Name, string? Value)[] Full =
    [
        ("PG_URL", "postgresql://gateway:c4n4ry%2Fpg@db-a:5433,[::1]/litellm?sslmode=require"),
        ("REDIS_URL", "rediss://app:c4n4ry-redis@cache.example:6380/3"),
        ("QDRANT_URL", "https://vectors.example/base"),
        ("QDRANT_API_KEY", "c4n4ry-qdrant"),
        ("QDRANT_COLLECTION", "documents"),
        ("WRAPPER_KEYS", "a=c4n4ry-c4n4ry-c4n4ry;master=c4n4ry-master-c4n4ry"),
        ("GUARD_ROUTES", "/v1/keys POST,DELETE=postgres,redis; /v1/search=qdrant"),
        ("GUARD_MODE", "shadow"),
    ];

    [Fact]
    public async Task Files_that_the_urls_name_are_opened()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            "config",
            ("ENABLE_DB_GUARD", "false"),
            ("PG_URL", "postgresql://hx:c4n4ry@db.example/hx?sslmode=verify-full&sslrootcert=/nosuch/ca.crt")
        );

        Assert.Equal(2, ending.Code);
        Assert.Equal(["hx: PG_URL names a file or directory in 'sslrootcert' that does not exist."], ending.ErrorLines);
        // What is right is shown all the same.
        Assert.Contains("db.example", ending.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_the_shape_of_the_contract_and_no_secret()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync("config --json", Full);

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        Assert.DoesNotContain(Canary, ending.Output, StringComparison.OrdinalIgnoreCase);
        JsonElement config = JsonDocument.Parse(ending.Output).RootElement;
        AssertJson(
            """{"hosts":[{"host":"db-a","port":5433},{"host":"::1","port":5432}],"username":"gateway","database":"litellm","sslMode":"require"}""",
            config.GetProperty("postgres")
        );
        AssertJson(
            """{"endpoints":[{"host":"cache.example","port":6380}],"tls":true,"database":3,"username":"app"}""",
            config.GetProperty("redis")
        );
        AssertJson("""{"baseUrl":"https://vectors.example/base/","collection":"documents"}""", config.GetProperty("qdrant"));
        AssertJson(
            """{"mode":"shadow","rules":["/v1/keys POST,DELETE=postgres,redis","/v1/search=qdrant"],"exempt":[]}""",
            config.GetProperty("guard")
        );
        JsonElement variables = config.GetProperty("variables");
        foreach (string secret in new[] { "PG_URL", "REDIS_URL", "QDRANT_URL", "QDRANT_API_KEY", "WRAPPER_KEYS" })
        {
            AssertJson("""{"value":"***","source":"environment"}""", variables.GetProperty(secret));
        }

        AssertJson("""{"value":"*/30 * * * * *","source":"interval"}""", variables.GetProperty("HEALTH_SNAPSHOT_SCHEDULE"));
        AssertJson("""{"value":null,"source":"not set"}""", variables.GetProperty("GUARD_BASE_PATH"));
    }

    [Fact]
    public async Task Text_shows_where_and_hides_what_is_secret()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync("config", Full);

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        Assert.DoesNotContain(Canary, ending.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("postgresql://db-a:5433,[::1]:5432/litellm (sslmode require) environment", Row(ending.Output, "PG_URL"));
        Assert.Equal("rediss://cache.example:6380/3 environment", Row(ending.Output, "REDIS_URL"));
        Assert.Equal("https://vectors.example/base/ environment", Row(ending.Output, "QDRANT_URL"));
        Assert.Equal("*** environment", Row(ending.Output, "QDRANT_API_KEY"));
        Assert.Equal("*** environment", Row(ending.Output, "WRAPPER_KEYS"));
        Assert.Equal("POST, DELETE postgres, redis", Row(ending.Output, "/v1/keys"));
        Assert.Equal("all qdrant", Row(ending.Output, "/v1/search"));
        Assert.DoesNotContain(ending.Output.Split('\n'), line => line.EndsWith(' '));
    }

    [Fact]
    public async Task Source_of_each_value_is_told_and_the_environment_wins()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            "config",
            """{"Values":{"ENABLE_DB_GUARD":false,"PG_TIMEOUT":"1","REDIS_TIMEOUT":"1.5"}}""",
            [("PG_TIMEOUT", "2"), ("QDRANT_TIMEOUT", "")]
        );

        Assert.Equal(0, ending.Code);
        Assert.Equal("false local.settings.json", Row(ending.Output, "ENABLE_DB_GUARD"));
        Assert.Equal("2 environment", Row(ending.Output, "PG_TIMEOUT"));
        Assert.Equal("1.5 local.settings.json", Row(ending.Output, "REDIS_TIMEOUT"));
        Assert.Equal("3 default", Row(ending.Output, "QDRANT_TIMEOUT"));
        Assert.Equal("– not set", Row(ending.Output, "PG_URL"));
    }

    [Fact]
    public async Task Hint_is_on_stderr_and_no_fault()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync("config", ("ENABLE_DB_GUARD", "false"), ("QDRANT_URL", "http://localhost:6334"));

        Assert.Equal(0, ending.Code);
        Assert.Equal(
            "hx: QDRANT_URL has port 6334, which is Qdrant's gRPC port; its REST interface is usually on 6333",
            Assert.Single(ending.ErrorLines)
        );
    }

    /// <summary>The cells after the first of the row that begins with it.</summary>
    private static string Row(string table, string first)
    {
        string line = Assert.Single(table.Split('\n'), l => l.StartsWith($"  {first} ", StringComparison.Ordinal));
        return string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]);
    }

    private static void AssertJson(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, actual), actual.GetRawText());
}
