using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>The parameter files against each other, and what they make of the environment.</summary>
public partial class ParameterFileTests
{
    /// <summary>A variable that one file reads and the other doesn't is one that someone sets for nothing.</summary>
    [Fact]
    public void Files_differ_in_the_profile_alone()
    {
        Assert.Equal(Body("main.bicepparam"), Body("prod.bicepparam"));
        Assert.Contains("var profile = 'prod'\n", Text("prod.bicepparam"), StringComparison.Ordinal);
    }

    [Fact]
    public void Second_phase_reads_the_firsts_variables_and_its_own()
    {
        string[] first = Variables("main.bicepparam");
        Assert.Equal(["HX_ALERT_EMAIL", "HX_GUARD_APPLICATION_ID"], Variables("connect.bicepparam").Except(first));
        foreach (string name in Variables("connect.bicepparam").Intersect(first))
        {
            Assert.Equal(Lines("main.bicepparam", name), Lines("connect.bicepparam", name));
        }
    }

    /// <summary>Names, and what alerts reckon with, are made in both phases from the same parameters.</summary>
    [Fact]
    public async Task Second_phase_has_the_firsts_defaults()
    {
        Compiled compiled = await Compiled.GetAsync();
        JsonObject first = compiled.Template["parameters"]!.AsObject();
        JsonObject second = compiled.ConnectTemplate["parameters"]!.AsObject();
        string[] shared = [.. second.Select(p => p.Key).Where(first.ContainsKey)];
        Assert.Contains("checkIntervalSeconds", shared);
        Assert.All(
            shared,
            name => Assert.Equal(first[name]!["defaultValue"]?.ToJsonString(), second[name]!["defaultValue"]?.ToJsonString())
        );
    }

    /// <summary>What one file says of a parameter that both phases have, the other says as well.</summary>
    [Fact]
    public async Task Second_phase_is_told_what_the_first_is_told()
    {
        JsonObject second = (await Compiled.GetAsync()).ConnectTemplate["parameters"]!.AsObject();
        Dictionary<string, string> told = Assignments("connect.bicepparam");
        KeyValuePair<string, string>[] shared = [.. Assignments("main.bicepparam").Where(line => second.ContainsKey(line.Key))];
        Assert.True(shared.Length >= 5, $"{shared.Length}");
        Assert.All(shared, line => Assert.Equal(line.Value, told.GetValueOrDefault(line.Key)));
    }

    [Fact]
    public void Profiles_say_the_same_things()
    {
        string text = Text("profiles.bicep");
        string[] halves = text.Split("  prod: {");
        Assert.Equal(Keys(halves[0].Split("  dev: {")[1]), Keys(halves[1]));
    }

    [Theory]
    [InlineData("", "", false)]
    [InlineData("dev", "", false)]
    [InlineData("prod", "", true)]
    [InlineData("Production-eu", "", true)]
    [InlineData("prod", "dev", false)]
    [InlineData("blue", "prod", true)]
    public async Task Environment_named_for_production_has_productions_sizes(string environment, string profile, bool isProd)
    {
        JsonObject parameters = await ParametersAsync("main", new() { ["AZURE_ENV_NAME"] = environment, ["HX_PROFILE"] = profile });
        Assert.Equal(isProd, (bool)parameters["privateNetworking"]!["value"]!);
        Assert.Equal(isProd ? "StandardV2" : "BasicV2", (string)parameters["gatewayTier"]!["value"]!);
    }

    /// <summary>GitHub passes an unset variable as an empty string.</summary>
    [Theory]
    [InlineData("main")]
    [InlineData("prod")]
    [InlineData("connect")]
    public async Task Blank_variable_is_as_one_that_is_not_set(string file)
    {
        Dictionary<string, string> blank = Variables($"{file}.bicepparam").ToDictionary(name => name, _ => "");
        Assert.Equal((await ParametersAsync(file, [])).ToJsonString(), (await ParametersAsync(file, blank)).ToJsonString());
    }

    /// <summary>An API of one's own may have any path. Behind one that the guard doesn't know no rule matches, and all is open.</summary>
    [Theory]
    [InlineData("", "", "")]
    [InlineData("https://llm.example.org", "", "/llm")]
    [InlineData("", "/models", "/models")]
    [InlineData("https://llm.example.org", "/models", "/llm,/models")]
    [InlineData("https://llm.example.org", "/litellm, /llm", "/litellm,/llm")]
    public async Task Guard_knows_the_path_of_ones_own_api(string llmGatewayUrl, string basePath, string expected)
    {
        string folder = Directory.CreateTempSubdirectory("hx-base-path-").FullName;
        try
        {
            Compiled.CopyTo(folder);
            Dictionary<string, string> environment = new()
            {
                ["HX_PUBLISHER_EMAIL"] = "platform@example.org",
                ["HX_LLM_GATEWAY_URL"] = llmGatewayUrl,
                ["HX_IMAGE"] = CompiledContainers.Image,
                ["GUARD_BASE_PATH"] = basePath,
            };
            JsonObject functions = await Compiled.SnapshotAsync(folder, "main", environment);
            JsonObject containers = await Compiled.SnapshotAsync(Path.Combine(folder, "container-apps"), "main", environment);
            Assert.Equal(expected, (string)AppSettings.Of(functions)["GUARD_BASE_PATH"]!);
            Assert.Equal(expected, CompiledContainers.VariablesOf(containers).Single(v => v.Name == "GUARD_BASE_PATH").Value);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("PG_AUTH", "entar")]
    [InlineData("HX_POSTGRES_SOURCE", "old")]
    [InlineData("HX_PROFILE", "stage")]
    public async Task Word_that_is_none_of_the_choices_fails_at_once(string name, string value)
    {
        BicepProgram.Result result = await BuildAsync("main", new() { [name] = value });
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("BCP338", result.Problems, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("main", "HX_GUARD_APPLICATION_ID", "HX_PUBLISHER_EMAIL")]
    [InlineData("prod", "HX_GUARD_APPLICATION_ID", "HX_PUBLISHER_EMAIL")]
    public async Task Missing_address_fails_with_its_variables_name(string file, string set, string missing)
    {
        string folder = Directory.CreateTempSubdirectory("hx-missing-").FullName;
        try
        {
            Compiled.CopyTo(folder);
            InvalidOperationException problem = await Assert.ThrowsAsync<InvalidOperationException>(() =>
                Compiled.SnapshotAsync(folder, file, new Dictionary<string, string> { [set] = "00000000-0000-0000-0000-000000000003" })
            );
            Assert.Contains(missing, problem.Message, StringComparison.Ordinal);
            // With a service of one's own nobody has to be told.
            const string Gateway =
                "/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg/providers/Microsoft.ApiManagement/service/apim";
            Assert.NotNull(await Compiled.SnapshotAsync(folder, file, new Dictionary<string, string> { ["HX_GATEWAY_ID"] = Gateway }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>As deployments: a parameter file with no id for tokens doesn't quietly go back to a key.</summary>
    [Fact]
    public async Task Production_without_an_application_fails_with_its_variables_name()
    {
        string folder = Directory.CreateTempSubdirectory("hx-missing-").FullName;
        try
        {
            Compiled.CopyTo(folder);
            InvalidOperationException problem = await Assert.ThrowsAsync<InvalidOperationException>(() =>
                Compiled.SnapshotAsync(folder, "connect", new Dictionary<string, string> { ["HX_PROFILE"] = "prod" })
            );
            Assert.Contains("HX_GUARD_APPLICATION_ID", problem.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<JsonObject> ParametersAsync(string file, Dictionary<string, string> environment)
    {
        BicepProgram.Result result = await BuildAsync(file, environment);
        Assert.Equal((0, ""), (result.ExitCode, result.Problems));
        return JsonNode.Parse((string)JsonNode.Parse(result.Output)!["parametersJson"]!)!["parameters"]!.AsObject();
    }

    private static Task<BicepProgram.Result> BuildAsync(string file, Dictionary<string, string> environment) =>
        BicepProgram.RunAsync(Path.Combine(Repository.Root, "infra"), environment, "build-params", $"{file}.bicepparam", "--stdout");

    private static string Text(string file) => File.ReadAllText(Path.Combine(Repository.Root, "infra", file));

    private static string Body(string file) => Text(file)[Text(file).IndexOf("\n\nparam environmentName", StringComparison.Ordinal)..];

    /// <summary>Those that stand on a line.</summary>
    private static Dictionary<string, string> Assignments(string file) =>
        Assignment().Matches(Text(file)).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);

    private static string[] Variables(string file) =>
        [.. Variable().Matches(Text(file)).Select(m => m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];

    private static string[] Lines(string file, string variable) =>
        [.. Text(file).Split('\n').Where(l => l.Contains($"('{variable}'", StringComparison.Ordinal))];

    private static string[] Keys(string text) => [.. Key().Matches(text).Select(m => m.Groups[1].Value)];

    [GeneratedRegex(@"readEnvironmentVariable\(\s*'([A-Z_]+)'")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^param (\w+) = (.*)$", RegexOptions.Multiline)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"^\s+(\w+):", RegexOptions.Multiline)]
    private static partial Regex Key();
}
