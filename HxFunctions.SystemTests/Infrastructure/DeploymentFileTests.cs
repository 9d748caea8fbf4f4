using System.Text.Json.Nodes;
using HxFunctions.Tests;
using YamlDotNet.RepresentationModel;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>azure.yaml and the workflow, which nothing here can run.</summary>
public class DeploymentFileTests
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
        YamlSequenceNode steps = (YamlSequenceNode)workflow["jobs"]["deploy"]["steps"];
        YamlMappingNode login = steps
            .Cast<YamlMappingNode>()
            .Single(s =>
                s.Children.TryGetValue("uses", out YamlNode? uses) && $"{uses}".StartsWith("azure/login@", StringComparison.Ordinal)
            );
        Assert.Equal(
            ["client-id", "subscription-id", "tenant-id"],
            ((YamlMappingNode)login["with"]).Children.Keys.Select(k => $"{k}").Order(StringComparer.Ordinal)
        );
        Assert.All(((YamlMappingNode)login["with"]).Children.Values, v => Assert.StartsWith("${{ vars.", $"{v}", StringComparison.Ordinal));
    }

    [Fact]
    public void Workflow_gives_every_variable_that_a_parameter_file_reads()
    {
        string workflow = File.ReadAllText(Path.Combine(Repository.Root, ".github", "workflows", "deploy.yml"));
        foreach (string file in (string[])["main.bicepparam", "prod.bicepparam"])
        {
            foreach (string part in File.ReadAllText(Path.Combine(Repository.Root, "infra", file)).Split("readEnvironmentVariable('")[1..])
            {
                Assert.Contains($"{part[..part.IndexOf('\'')]}: ${{{{ ", workflow, StringComparison.Ordinal);
            }
        }
    }

    private static YamlMappingNode Read(string file)
    {
        YamlStream stream = [];
        using StreamReader reader = new(Path.Combine(Repository.Root, file));
        stream.Load(reader);
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }
}
