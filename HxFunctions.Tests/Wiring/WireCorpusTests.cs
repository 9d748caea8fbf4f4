using System.Text;
using HxFunctions.Wiring;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Tests.Wiring;

/// <summary>Configurations in the styles of real ones, through the whole of <c>hx wire</c>.</summary>
public class WireCorpusTests
{
    private static readonly string Corpus = Path.Combine(Repository.Root, "HxFunctions.Tests", "Wiring", "Corpus");

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Corpus, "*.yaml").Select(f => Path.GetFileName(f)!).Order()];

    [Fact]
    public void Corpus_has_at_least_25_files() => Assert.True(Directory.GetFiles(Corpus, "*.yaml").Length >= 25);

    [Theory]
    [MemberData(nameof(Files))]
    public async Task File_is_wired_once_and_back_to_the_same_bytes(string name)
    {
        // With TLS: without it, 'ssl' in any form is refused rather than edited.
        using WireFolder folder = new(
            wrapper: $"PG_URL={WireFolder.PgUrl}\nREDIS_URL=rediss://:{WireFolder.Password}@cache.canary.invalid:6380\n"
        );
        byte[] original = await File.ReadAllBytesAsync(Path.Combine(Corpus, name));
        await File.WriteAllBytesAsync(folder.Config, original);
        IReadOnlyDictionary<string, string> before = folder.Content();

        Assert.Equal(1, (await folder.RunAsync("plan")).Code);
        Assert.Equal(before, folder.Content());

        WireEnding applied = await folder.RunAsync("apply");
        Assert.True(applied.Code == 0, applied.Output + applied.Error);
        string text = YamlText.Decode(await File.ReadAllBytesAsync(folder.Config));
        YamlConfig config = YamlConfig.Load(text);
        Assert.Equal("os.environ/DATABASE_URL", config.FindText(YamlPath.Of("general_settings", "database_url")));
        Assert.Equal("os.environ/REDIS_HOST", config.FindText(YamlPath.Of("litellm_settings", "cache_params", "host")));
        Assert.Equal("redis", config.FindText(YamlPath.Of("litellm_settings", "cache_params", "type")));
        Assert.DoesNotContain(WireFolder.Password, applied.Output, StringComparison.Ordinal);
        AssertCommentsStay(YamlText.Decode(original), text);

        IReadOnlyDictionary<string, string> wired = folder.Content();
        DateTime written = File.GetLastWriteTimeUtc(folder.Config);
        WireEnding again = await folder.RunAsync("apply", "--json");
        Assert.Equal("nothing-to-do", again.Json.GetProperty("result").GetString());
        Assert.Equal(written, File.GetLastWriteTimeUtc(folder.Config));
        Assert.Equal(wired, folder.Content());
        Assert.Single((await folder.RunAsync("backups", "--json")).Json.GetProperty("backups").EnumerateArray());
        Assert.Equal(0, (await folder.RunAsync("verify")).Code);

        WireEnding back = await folder.RunAsync("rollback");
        Assert.True(back.Code == 0, back.Output + back.Error);
        Assert.Equal(before, folder.Content());
        Assert.Equal(original, await File.ReadAllBytesAsync(folder.Config));
    }

    /// <summary>Every line that is a comment, in its order.</summary>
    private static void AssertCommentsStay(string before, string after)
    {
        static string[] Comments(string text) => [.. text.Split('\n').Where(line => line.TrimStart().StartsWith('#'))];
        Assert.Equal(Comments(before), Comments(after));
    }

    [Fact]
    public async Task Values_end_up_where_litellm_reads_them()
    {
        using WireFolder folder = new();
        Assert.Equal(0, (await folder.RunAsync("apply")).Code);
        IReadOnlyDictionary<string, string> environment = EnvFile.Parse(await File.ReadAllTextAsync(folder.LiteLlm)).Values;
        Assert.Equal($"postgresql://litellm:{WireFolder.Password}@db.canary.invalid:5433/litellm", environment["DATABASE_URL"]);
        Assert.Equal(
            ("cache.canary.invalid", "6380", WireFolder.Password, "2"),
            (environment["REDIS_HOST"], environment["REDIS_PORT"], environment["REDIS_PASSWORD"], environment["REDIS_DB"])
        );
        Assert.DoesNotContain("REDIS_URL", environment.Keys);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.LiteLlm));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.Wrapper));
        Assert.Equal("30", EnvFile.Parse(await File.ReadAllTextAsync(folder.Wrapper)).Values["HEALTH_CHECK_INTERVAL"]);
        Assert.DoesNotContain(WireFolder.Password, await File.ReadAllTextAsync(folder.Config), StringComparison.Ordinal);
        Assert.Equal(
            "litellm_settings:\n  drop_params: true\n  database_url: os.environ/DATABASE_URL\n  redis_url: "
                + "os.environ/HX_REDIS_URL\n  proxy_logging: true\n  store_db_logs: true\n  cache: true\n"
                + "  cache_params:\n    type: redis\n    host: os.environ/REDIS_HOST\n    port: os.environ/REDIS_PORT\n    "
                + "password: os.environ/REDIS_PASSWORD\n    db: os.environ/REDIS_DB\n"
                + "general_settings:\n  database_url: os.environ/DATABASE_URL\n",
            (await File.ReadAllTextAsync(folder.Config, Encoding.UTF8)).Replace("\n\n", "\n", StringComparison.Ordinal)
        );
    }
}
