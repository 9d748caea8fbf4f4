using System.Text.Json.Nodes;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>What Bicep makes of API Management. What the policies do is tested in Gateways/.</summary>
public class GatewayTests
{
    private const string Service = "Microsoft.ApiManagement/service";

    [Theory]
    [InlineData("policyFragments", "hx-guard-by-rule", "fragments/hx-guard-by-rule.xml")]
    [InlineData("policyFragments", "hx-guard-by-path", "fragments/hx-guard-by-path.xml")]
    [InlineData("apis/policies", "policy", "policies/admin-api.xml")]
    public async Task Policy_is_deployed_as_its_file_has_it(string type, string name, string file)
    {
        JsonObject resource = Compiled
            .Resources((await Compiled.GetAsync()).BroughtResources, $"{Service}/{type}")
            .Single(r => ((string)r["name"]!).EndsWith($"/{name}", StringComparison.Ordinal));
        Assert.Equal("rawxml", (string)resource["properties"]!["format"]!);
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root, "infra", "apim", file)), (string)resource["properties"]!["value"]!);
    }

    [Fact]
    public async Task Function_key_is_a_secret_named_value_that_stays_in_the_vault()
    {
        JsonObject brought = (await Compiled.GetAsync()).BroughtResources;
        JsonObject key = Compiled
            .Resources(brought, $"{Service}/namedValues")
            .Single(r => ((string)r["name"]!).EndsWith("/hx-guard-key", StringComparison.Ordinal));
        JsonNode properties = key["properties"]!;
        Assert.True((bool)properties["secret"]!);
        Assert.Null(properties["value"]);
        Assert.Contains("hx-guard-key", (string)properties["keyVault"]!["secretIdentifier"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unreachable_guard_closes_unless_someone_says_otherwise()
    {
        Compiled compiled = await Compiled.GetAsync();
        foreach (JsonObject deployment in (JsonObject[])[compiled.Dev, compiled.Prod])
        {
            JsonObject value = Compiled
                .Resources(deployment, $"{Service}/namedValues")
                .Single(r => ((string)r["name"]!).EndsWith("/hx-guard-on-unreachable", StringComparison.Ordinal));
            Assert.Equal("closed", (string)value["properties"]!["value"]!);
        }
    }

    [Fact]
    public async Task Api_on_the_gateway_and_base_path_of_the_guard_are_the_same()
    {
        JsonObject brought = (await Compiled.GetAsync()).BroughtResources;
        string path = (string)Compiled.Resources(brought, $"{Service}/apis").Single()["properties"]!["path"]!;
        Assert.Equal($"/{path}", (string)AppSettings.Of(brought)["GUARD_BASE_PATH"]!);
    }
}
