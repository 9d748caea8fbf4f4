using HxFunctions.Cli.Commands;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Tests.Serving;

public class LocalSettingsTests
{
    private const string Secret = "do-not-print-me";

    [Fact]
    public void Values_become_settings()
    {
        LocalSettings settings = LocalSettings.Parse(
            """
            {
              "IsEncrypted": false, // a comment
              "Values": { "TEXT": "a b", "EMPTY": "", "NUMBER": 1.50, "YES": true, "NO": false, "Section__Key": "nested", },
              "Host": { "LocalHttpPort": 7071, "CORS": "*" },
              "ConnectionStrings": { "Db": { "ConnectionString": "x" } },
            }
            """
        );

        Assert.Empty(settings.Problems);
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Values).Build();
        Assert.Equal(
            ["a b", "", "1.50", "true", "false", "nested", null, null],
            new[]
            {
                "TEXT",
                "EMPTY",
                "number",
                "YES",
                "NO",
                "Section:Key",
                "LocalHttpPort",
                "ConnectionStrings:Db:ConnectionString",
            }.Select(key => configuration[key])
        );
    }

    [Fact]
    public void What_is_added_later_wins()
    {
        LocalSettings settings = LocalSettings.Parse("""{ "Values": { "A": "file", "B": "file" } }""");
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Values)
            .AddInMemoryCollection([new("A", "environment")])
            .Build();

        Assert.Equal(("environment", "file"), (configuration["A"], configuration["B"]));
    }

    [Theory]
    [InlineData($"{{ \"Values\": {{ \"A\": {Secret} }} }}", "local.settings.json is not valid JSON (line 1)")]
    [InlineData($"[\"{Secret}\"]", "local.settings.json must be a JSON object")]
    [InlineData(
        $"{{ \"IsEncrypted\": true, \"Values\": {{ \"A\": \"{Secret}\" }} }}",
        "local.settings.json is encrypted; run 'func settings decrypt' first"
    )]
    [InlineData("{ \"IsEncrypted\": \"maybe\" }", "local.settings.json: 'IsEncrypted' must be true or false")]
    [InlineData($"{{ \"Values\": [\"{Secret}\"] }}", "local.settings.json: 'Values' must be an object")]
    [InlineData(
        $"{{ \"Values\": {{ \"A\": [\"{Secret}\"] }} }}",
        "local.settings.json: 'Values.A' must be a string, a number or a boolean"
    )]
    [InlineData(
        $"{{ \"Values\": {{ \"A\": {{ \"B\": \"{Secret}\" }} }} }}",
        "local.settings.json: 'Values.A' must be a string, a number or a boolean"
    )]
    [InlineData("{ \"Values\": { \"A\": null } }", "local.settings.json: 'Values.A' must be a string, a number or a boolean")]
    [InlineData($"{{ \"Values\": {{ \"A\": \"1\", \"a\": \"{Secret}\" }} }}", "local.settings.json: 'Values.a' is given twice")]
    public void Problem_is_named_without_a_value(string json, string problem)
    {
        LocalSettings settings = LocalSettings.Parse(json);

        Assert.Equal([problem], settings.Problems);
        Assert.Empty(settings.Values);
        Assert.DoesNotContain(Secret, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_is_missing_gives_no_values()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("hx-test-");

        Assert.Empty(LocalSettings.Load(folder.FullName).Values);

        folder.Delete();
    }
}
