using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>docs/container-apps.md against what it tells of.</summary>
public partial class ContainerPageTests
{
    private static readonly string Page = Read("docs/container-apps.md");

    [Fact]
    public void Every_variable_is_on_this_page_or_on_azures_and_every_one_in_the_table_is_read()
    {
        string files = Read("infra/container-apps/main.bicepparam") + Read("infra/container-apps/connect.bicepparam");
        string script = Read("infra/container-apps/deploy.sh");
        string[] used = [.. Used().Matches(files + script).Select(m => m.Groups[1].Value + m.Groups[2].Value).Distinct()];
        Assert.True(used.Length > 20, $"{used.Length}");
        Assert.All(used, name => Assert.Contains($"`{name}`", Page + Read("docs/azure.md"), StringComparison.Ordinal));

        string table = Page[Page.IndexOf("| variable |", StringComparison.Ordinal)..Page.IndexOf("| profile |", StringComparison.Ordinal)];
        string[] own = [.. Row().Matches(table).Select(m => m.Groups[1].Value)];
        Assert.Equal(4, own.Length);
        Assert.All(own, name => Assert.Contains($"readEnvironmentVariable('{name}'", files, StringComparison.Ordinal));
    }

    [Fact]
    public void Role_on_the_registry_is_the_one_that_is_given() =>
        Assert.Contains(Id().Match(Read("infra/modules/registryReader.bicep")).Value, Page, StringComparison.Ordinal);

    [Fact]
    public async Task Sizes_are_those_that_are_deployed()
    {
        CompiledContainers compiled = await CompiledContainers.GetAsync();
        string replicas = Page.Split('\n').Single(l => l.StartsWith("| replicas |", StringComparison.Ordinal));
        string size = Page.Split('\n').Single(l => l.StartsWith("| a replica |", StringComparison.Ordinal));
        foreach (JsonObject deployment in (JsonObject[])[compiled.Dev, compiled.Prod])
        {
            JsonNode scale = CompiledContainers.App(deployment)["properties"]!["template"]!["scale"]!;
            Assert.Contains($"| {scale["minReplicas"]} to {scale["maxReplicas"]}", replicas, StringComparison.Ordinal);
            JsonNode resources = CompiledContainers.Container(deployment)["resources"]!;
            Assert.Contains(
                $"| {resources["cpu"]} cores, {((string)resources["memory"]!).Replace("Gi", " GiB")} |",
                size,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public void Names_on_the_page_are_those_of_an_environment_named_prod()
    {
        string names = Read("HxFunctions.SystemTests/Infrastructure/containers-prod.snapshot.json");
        string[] said = [.. Name().Matches(Page).Select(m => m.Value).Distinct()];
        Assert.Equal(["ca-hx-prod", "job-hx-prod-pg"], said.Order(StringComparer.Ordinal));
        Assert.All(said, name => Assert.Contains($"\"name\": \"{name}\"", names, StringComparison.Ordinal));
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Repository.Root, file));

    [GeneratedRegex(@"readEnvironmentVariable\(\s*'([A-Z_]+)'|\$\{?((?:HX|AZURE)_[A-Z_]+)")]
    private static partial Regex Used();

    [GeneratedRegex(@"^\| `([A-Z_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Id();

    [GeneratedRegex("(ca|job|cae)-hx-prod(-pg)?")]
    private static partial Regex Name();
}
