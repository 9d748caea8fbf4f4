using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using HxFunctions.Cli.Commands;
using HxFunctions.Tests;
using HxFunctions.Tests.Commands;
using YamlDotNet.RepresentationModel;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>azure.yaml and the workflow, which nothing here can run.</summary>
public partial class DeploymentFileTests
{
    [Fact]
    public async Task Azd_finds_the_project_the_template_and_the_app()
    {
        YamlMappingNode azure = Read("azure.yaml");
        YamlMappingNode infra = (YamlMappingNode)azure["infra"];
        Assert.True(File.Exists(Path.Combine(Repository.Root, $"{infra["path"]}", $"{infra["module"]}.bicep")));
        (YamlNode name, YamlNode service) = Assert.Single((YamlMappingNode)azure["services"]);
        Assert.Equal(("function", "dotnet"), ($"{service["host"]}", $"{service["language"]}"));
        Assert.True(File.Exists(Path.Combine(Repository.Root, $"{service["project"]}", "HxFunctions.csproj")));
        JsonObject app = Compiled.Resources((await Compiled.GetAsync()).Dev, "Microsoft.Web/sites").Single();
        Assert.Equal($"{name}", (string)app["tags"]!["azd-service-name"]!);
    }

    [Fact]
    public void Workflow_logs_in_without_a_secret_of_azures()
    {
        YamlMappingNode workflow = Read(".github/workflows/deploy.yml");
        Assert.Equal("write", $"{workflow["permissions"]["id-token"]}");
        YamlMappingNode[] logins = [.. ((YamlSequenceNode)workflow["jobs"]["deploy"]["steps"]).Cast<YamlMappingNode>().Where(IsLogin)];
        Assert.NotEmpty(logins);
        foreach (YamlMappingNode with in logins.Select(login => (YamlMappingNode)login["with"]))
        {
            Assert.Equal(
                ["client-id", "subscription-id", "tenant-id"],
                with.Children.Keys.Select(k => $"{k}").Order(StringComparer.Ordinal)
            );
            Assert.All(with.Children.Values, v => Assert.StartsWith("${{ vars.", $"{v}", StringComparison.Ordinal));
        }
    }

    /// <summary>A login lasts about an hour, and can't be renewed: https://github.com/Azure/azure-cli/issues/28708.</summary>
    [Fact]
    public void Workflow_logs_in_again_before_each_phase()
    {
        YamlMappingNode[] steps =
        [
            .. ((YamlSequenceNode)Read(".github/workflows/deploy.yml")["jobs"]["deploy"]["steps"]).Cast<YamlMappingNode>(),
        ];
        string[] phases = ["az deployment group create", "az functionapp deployment", "sh infra/hooks/postdeploy.sh"];
        int[] at = [.. phases.Select(phase => Array.FindIndex(steps, s => Text(s, "run").Contains(phase, StringComparison.Ordinal)))];
        int[] logins = [.. at.Select(step => Array.FindLastIndex(steps, step, IsLogin))];
        Assert.All(at.Concat(logins), index => Assert.True(index >= 0));
        // No two phases share one.
        Assert.Equal(logins.Distinct(), logins);
        Assert.All(at.Zip(logins), pair => Assert.Contains(Text(steps[pair.Second], "if"), new[] { "", Text(steps[pair.First], "if") }));
    }

    [Fact]
    public void Workflow_gives_every_variable_that_a_parameter_file_reads()
    {
        string workflow = File.ReadAllText(Path.Combine(Repository.Root, ".github", "workflows", "deploy.yml"));
        foreach (string file in (string[])["main.bicepparam", "prod.bicepparam", "connect.bicepparam"])
        {
            foreach (string part in File.ReadAllText(Path.Combine(Repository.Root, "infra", file)).Split("readEnvironmentVariable('")[1..])
            {
                Assert.Contains($"{part[..part.IndexOf('\'')]}: ${{{{ ", workflow, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Each half reckons names and sizes from the profile. Halves that find it in different ways don't fit together.</summary>
    [Theory]
    [InlineData(".github/workflows/deploy.yml")]
    [InlineData("infra/hooks/postdeploy.sh")]
    [InlineData("infra/hooks/postgres-role.sh")]
    [InlineData("infra/container-apps/deploy.sh")]
    public void What_is_deployed_has_the_profile_that_is_asked_for(string script)
    {
        string[] files =
        [
            .. ParameterFile().Matches(File.ReadAllText(Path.Combine(Repository.Root, script))).Select(m => m.Value).Distinct(),
        ];
        Assert.NotEmpty(files);
        Assert.All(
            files,
            file =>
                Assert.Contains(
                    "\nvar profile = profileOf(readEnvironmentVariable('HX_PROFILE', ''), readEnvironmentVariable('AZURE_ENV_NAME', ''))\n",
                    File.ReadAllText(Path.Combine(Repository.Root, file)),
                    StringComparison.Ordinal
                )
        );
    }

    /// <summary>The host makes the guard's key when the code is there.</summary>
    [Fact]
    public void Workflow_connects_the_gateway_after_the_code()
    {
        string[] scripts =
        [
            .. ((YamlSequenceNode)Read(".github/workflows/deploy.yml")["jobs"]["deploy"]["steps"])
                .Cast<YamlMappingNode>()
                .Select(s => s.Children.TryGetValue("run", out YamlNode? run) ? $"{run}" : ""),
        ];
        int code = Array.FindIndex(scripts, s => s.Contains("functionapp deployment", StringComparison.Ordinal));
        int connection = Array.FindIndex(scripts, s => s.Contains("infra/hooks/postdeploy.sh", StringComparison.Ordinal));
        int check = Array.FindIndex(scripts, s => s.Contains("gateway check", StringComparison.Ordinal));
        Assert.True(code >= 0 && connection > code && check > connection, $"{code}, {connection}, {check}");
    }

    /// <summary>What is missing is told before anything is created, and "only show" registers nothing.</summary>
    [Fact]
    public void Workflow_begins_with_the_preflight()
    {
        YamlMappingNode[] steps =
        [
            .. ((YamlSequenceNode)Read(".github/workflows/deploy.yml")["jobs"]["deploy"]["steps"]).Cast<YamlMappingNode>(),
        ];
        int login = Array.FindIndex(steps, IsLogin);
        int preflight = Array.FindIndex(steps, s => Text(s, "run") == "sh infra/hooks/preprovision.sh");
        int first = Array.FindIndex(steps, s => Text(s, "run").Contains("az deployment", StringComparison.Ordinal));
        Assert.True(login >= 0 && preflight > login && first > preflight, $"{login}, {preflight}, {first}");
        Assert.Equal("", Text(steps[preflight], "if"));
        Assert.Equal("${{ inputs.what-if && 'look' || 'change' }}", $"{steps[preflight]["env"]["HX_PREFLIGHT"]}");
        Assert.Equal("${{ vars.AZURE_SUBSCRIPTION_ID }}", $"{steps[preflight]["env"]["AZURE_SUBSCRIPTION_ID"]}");
    }

    /// <summary>The last thing is the proof that the gateway asks the guard. Its key is never on a command line.</summary>
    [Fact]
    public void Workflow_ends_with_a_check_of_the_gateway()
    {
        YamlMappingNode step = ((YamlSequenceNode)Read(".github/workflows/deploy.yml")["jobs"]["deploy"]["steps"])
            .Cast<YamlMappingNode>()
            .Last();
        Assert.Equal("${{ !inputs.what-if }}", $"{step["if"]}");
        Assert.Equal(
            ("${{ vars.HX_GATEWAY_URL }}", "${{ secrets.HX_GATEWAY_KEY }}"),
            ($"{step["env"]["GATEWAY_URL"]}", $"{step["env"]["GATEWAY_KEY"]}")
        );
        string[] script = $"{step["run"]}".Split('\n', StringSplitOptions.TrimEntries);
        string line = Assert.Single(script, one => one.StartsWith("dotnet run", StringComparison.Ordinal));
        const string Beginning = "dotnet run --project HxFunctions.Cli --configuration Release -- ";
        Assert.StartsWith(Beginning, line, StringComparison.Ordinal);
        Assert.DoesNotContain("$GATEWAY_KEY", line, StringComparison.Ordinal);
        // It is a command line that hx understands, and the key goes by its variable's name.
        string[] words = CommandLineWords.Of("hx " + line[Beginning.Length..].Replace("$GATEWAY_URL", "https://gateway.example/llm"))[1..];
        Assert.Empty(HxCommand.CreateRoot().Parse(words).Errors);
        Assert.Contains("Ocp-Apim-Subscription-Key=GATEWAY_KEY", words);
    }

    [Fact]
    public void Azd_knows_the_template_by_name_and_version()
    {
        YamlMappingNode azure = Read("azure.yaml");
        string version = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;
        Assert.Equal($"{azure["name"]}@{version}", $"{azure["metadata"]["template"]}");
        // Also said to whoever reads the page.
        Match azd = Regex.Match($"{azure["requiredVersions"]["azd"]}", @"^>= (\d+\.\d+\.\d+)$");
        Assert.True(azd.Success);
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "azure.md"));
        Assert.Contains($"{azd.Groups[1].Value} or later", page, StringComparison.Ordinal);
    }

    private static bool IsLogin(YamlMappingNode step) => Text(step, "uses").StartsWith("azure/login@", StringComparison.Ordinal);

    private static string Text(YamlMappingNode step, string key) => step.Children.TryGetValue(key, out YamlNode? value) ? $"{value}" : "";

    private static YamlMappingNode Read(string file)
    {
        YamlStream stream = [];
        using StreamReader reader = new(Path.Combine(Repository.Root, file));
        stream.Load(reader);
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    [GeneratedRegex(@"infra/[\w/-]+\.bicepparam|infra/\$\{\{.*bicepparam")]
    private static partial Regex ParameterFile();
}
