using System.Text;
using System.Text.Json;
using HxFunctions.Wiring;
using HxFunctions.Wiring.LiteLlm;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Tests.Wiring;

/// <summary>Configurations in the styles of real ones, through the whole of <c>hx wire</c>; see <see cref="WireExpectation"/> for what is
/// expected of each.</summary>
public class WireCorpusTests
{
    private static readonly YamlPath[] Intended =
    [
        YamlPath.Of("general_settings", "database_url"),
        .. ((string[])["database_url", "redis_url", "proxy_logging", "store_db_logs", "cache"]).Select(key =>
            YamlPath.Of("litellm_settings", key)
        ),
        .. (
            (string[])
                [
                    "type",
                    "host",
                    "port",
                    "username",
                    "password",
                    "db",
                    "ssl",
                    "ssl_check_hostname",
                    "redis_startup_nodes",
                    "sentinel_nodes",
                    "service_name",
                    "sentinel_password",
                ]
        ).Select(key => YamlPath.Of("litellm_settings", "cache_params", key)),
    ];

    public static TheoryData<string> Wired => [.. WireExpectation.Names.Where(name => !WireExpectation.For(name).IsRefused)];

    public static TheoryData<string> Refused => [.. WireExpectation.Names.Where(name => WireExpectation.For(name).IsRefused)];

    [Fact]
    public void Corpus_has_at_least_60_files_and_no_expectation_of_another()
    {
        Assert.True(WireExpectation.Names.Count >= 60);
        Assert.All(
            Directory.EnumerateFiles(WireExpectation.Folder).Where(f => Path.GetExtension(f) is ".env" or ".expect"),
            file => Assert.True(File.Exists(Path.ChangeExtension(file, "yaml")), file)
        );
    }

    [Theory]
    [MemberData(nameof(Wired))]
    public async Task File_is_wired_once_and_back_to_the_same_bytes(string name)
    {
        WireExpectation expected = WireExpectation.For(name);
        using WireFolder folder = await expected.SetUpAsync();
        byte[] original = await File.ReadAllBytesAsync(folder.Config);
        IReadOnlyDictionary<string, string> before = folder.Content();

        WireEnding planned = await folder.RunAsync("plan", "--json");
        Assert.True(planned.Code == 1, planned.Output + planned.Error);
        Assert.Equal(before, folder.Content());
        AssertPlan(expected, planned.Json);

        WireEnding applied = await folder.RunAsync("apply");
        Assert.True(applied.Code == 0, applied.Output + applied.Error);
        Assert.DoesNotContain(WireFolder.Password, applied.Output, StringComparison.Ordinal);
        string text = YamlText.Decode(await File.ReadAllBytesAsync(folder.Config));
        AssertCommentsStay(YamlText.Decode(original), text);
        AssertOthersStay(YamlConfig.Load(YamlText.Decode(original)), YamlConfig.Load(text));
        AssertClients(expected, text, EnvFile.Parse(await File.ReadAllTextAsync(folder.LiteLlm)));

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

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task File_is_refused_with_its_line_and_nothing_is_written(string name)
    {
        WireExpectation expected = WireExpectation.For(name);
        using WireFolder folder = await expected.SetUpAsync();
        IReadOnlyDictionary<string, string> before = folder.Content();
        foreach (string command in (string[])["plan", "apply"])
        {
            WireEnding ending = await folder.RunAsync(command);
            Assert.True(ending.Code == 2, ending.Output + ending.Error);
            Assert.All(expected.Refusals, told => Assert.Contains(told, ending.Error, StringComparison.Ordinal));
            Assert.DoesNotContain(WireFolder.Password, ending.Output + ending.Error, StringComparison.Ordinal);
            Assert.Equal(before, folder.Content());
        }
    }

    /// <summary>The plan tells where each client goes, without passwords.</summary>
    private static void AssertPlan(WireExpectation expected, JsonElement plan)
    {
        JsonElement[] clients = [.. plan.GetProperty("clients").EnumerateArray()];
        string? Told(string client, string when) =>
            Array.Find(clients, c => c.GetProperty("client").GetString() == client).GetProperty(when).GetString();
        Assert.All(expected.ClientsBefore, client => Assert.Equal(client.Words, Told(client.Client, "before")));
        Assert.All(expected.ClientsAfter(null), client => Assert.Equal(WithoutPassword(client.Words), Told(client.Client, "after")));
        string warnings = string.Join('\n', plan.GetProperty("warnings").EnumerateArray().Select(w => w.GetString()));
        Assert.All(expected.Warnings, warning => Assert.Contains(warning, warnings, StringComparison.Ordinal));
    }

    /// <summary>Each version of LiteLLM connects as it should by the files that were written.</summary>
    private static void AssertClients(WireExpectation expected, string config, EnvFile environment)
    {
        foreach (LiteLlmRelease release in LiteLlmRelease.All)
        {
            IReadOnlyList<LiteLlmClient> clients = new LiteLlmClients(new(YamlConfig.Load(config), environment.Values), release).All();
            Assert.Equal(expected.ClientsAfter(release.Version), clients.Select(client => (client.Name, WithPassword(client))));
        }

        Assert.All(expected.Variables, variable => Assert.Contains(variable, environment.Values.Select(v => $"{v.Key}={v.Value}")));
        Assert.All(expected.NoVariables, variable => Assert.DoesNotContain(variable, environment.Values.Keys));
    }

    private static string WithPassword(LiteLlmClient client) =>
        client.Words
        + (client.Redis?.Password is { Length: > 0 } password ? $" ({password})" : "")
        + (client.Works ? "" : $", failing: {string.Join("; ", client.Problems)}");

    private static string WithoutPassword(string words) => words.Split(" (")[0];

    /// <summary>Every other value, in its order.</summary>
    private static void AssertOthersStay(YamlConfig before, YamlConfig after)
    {
        static string[] Others(YamlConfig config) =>
            [
                .. config
                    .Scalars()
                    .Where(s => s.Path is not null) // A file of nothing but null.
                    .Where(s => !Intended.Any(i => i.IsPrefixOf(s.Path!) || s.Path!.IsPrefixOf(i)))
                    .Select(s => $"{s.Path}: {s.Scalar.Kind} {s.Scalar.Text}"),
            ];
        Assert.Equal(Others(before), Others(after));
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
