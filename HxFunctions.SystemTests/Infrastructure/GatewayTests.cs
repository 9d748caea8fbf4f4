using System.Globalization;
using System.Text.Json.Nodes;
using HxFunctions.Core.Http;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>What Bicep makes of API Management. What the policies do is tested in Gateways/.</summary>
public class GatewayTests
{
    private const string Service = "Microsoft.ApiManagement/service";

    /// <summary>Every tier, with and without an application that tokens are asked for with.</summary>
    private const string Tiers = """
        param tiers string[]
        module key 'modules/apim.bicep' = [
          for tier in tiers: {
            name: 'key-${tier}'
            params: {
              serviceName: 'apim-key-${tier}'
              owner: '/subscriptions/a/resourcegroups/rg-hx/tiers'
              tier: tier
              functionAppUrl: 'https://app.example.org'
              vaultUri: 'https://vault.example.org/'
              keyName: 'hx-guard-key'
              onUnreachable: 'closed'
              rateLimit: 7
              applicationId: ''
              backendUrl: 'https://llm.example.org'
              apiPath: 'llm'
            }
          }
        ]
        module identity 'modules/apim.bicep' = [
          for tier in tiers: {
            name: 'identity-${tier}'
            params: {
              serviceName: 'apim-identity-${tier}'
              owner: '/subscriptions/a/resourcegroups/rg-hx/tiers'
              tier: tier
              functionAppUrl: 'https://app.example.org'
              vaultUri: 'https://vault.example.org/'
              keyName: 'hx-guard-key'
              onUnreachable: 'closed'
              rateLimit: 7
              applicationId: '00000000-0000-0000-0000-000000000003'
              backendUrl: 'https://llm.example.org'
              apiPath: 'llm'
            }
          }
        ]
        """;

    /// <summary>
    /// infra/apim/README.md, "Tiers": who has an internal cache. No fragment has one: the reference doesn't support it there.
    /// </summary>
    [Fact]
    public async Task Policy_is_the_one_for_the_tier()
    {
        (string Tier, bool HasCache)[] tiers = TiersOfTheReadme();
        Assert.Equal(8, tiers.Length);
        JsonObject deployment = await DeployedAsync(tiers);
        foreach ((string tier, bool hasCache) in tiers)
        {
            foreach (string login in (string[])["key", "identity"])
            {
                string suffix = login == "identity" ? "-identity" : "";
                string service = $"apim-{login}-{tier}";
                string policy = hasCache ? $"variants/inline{suffix}/by-path.xml" : "variants/uncached/admin-api.xml";
                AssertIsFile(policy, deployment, "apis/policies", $"{service}/hx-admin/policy");
                foreach (string name in (string[])["hx-guard-by-path", "hx-guard-by-rule"])
                {
                    AssertIsFile($"variants/uncached{suffix}/{name}.xml", deployment, "policyFragments", $"{service}/{name}");
                }

                Assert.Equal(
                    login == "identity"
                        ? ["hx-environment", "hx-guard-on-unreachable", "hx-guard-resource", "hx-guard-url", "hx-rate-limit"]
                        : ["hx-environment", "hx-guard-key", "hx-guard-on-unreachable", "hx-guard-url", "hx-rate-limit"],
                    Compiled
                        .Resources(deployment, $"{Service}/namedValues")
                        .Select(r => ((string)r["name"]!).Split('/'))
                        .Where(name => name[0] == service)
                        .Select(name => name[1])
                        .Order(StringComparer.Ordinal)
                );
            }
        }
    }

    [Fact]
    public async Task Policy_goes_by_the_services_own_tier_which_nobody_has_to_say()
    {
        JsonNode parameters = (await Compiled.GetAsync()).ConnectTemplate["resources"]!["guardInGateway"]!["properties"]!["parameters"]!;
        Assert.Equal("[reference('gateway', '2024-05-01', 'full').sku.name]", (string)parameters["tier"]!["value"]!);
    }

    [Fact]
    public async Task Function_key_is_a_secret_named_value_that_stays_in_the_vault()
    {
        JsonObject brought = (await Compiled.GetAsync()).BroughtResourcesConnected;
        JsonNode properties = NamedValue(brought, "hx-guard-key");
        Assert.True((bool)properties["secret"]!);
        Assert.Null(properties["value"]);
        Assert.Contains("hx-guard-key", (string)properties["keyVault"]!["secretIdentifier"]!, StringComparison.Ordinal);
    }

    /// <summary>A key for the whole app opens the health page, the status and the history besides.</summary>
    [Fact]
    public async Task Gateway_gets_a_key_that_opens_the_guard_and_nothing_else()
    {
        JsonObject secret = Compiled.Resources((await Compiled.GetAsync()).DevConnected, "Microsoft.KeyVault/vaults/secrets").Single();
        Assert.Contains($"/functions/{nameof(Endpoints.Guard)}'", (string)secret["properties"]!["value"]!, StringComparison.Ordinal);
        // And that is what its policies ask.
        foreach (
            string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "infra", "apim"), "*.xml", SearchOption.AllDirectories)
        )
        {
            Assert.All(
                File.ReadAllLines(file).Where(l => l.Contains("<set-url>", StringComparison.Ordinal)),
                l => Assert.Contains("<set-url>{{hx-guard-url}}/" + Endpoints.GuardRoute + "</set-url>", l, StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public async Task Unreachable_guard_closes_unless_someone_says_otherwise()
    {
        Compiled compiled = await Compiled.GetAsync();
        foreach (JsonObject deployment in (JsonObject[])[compiled.DevConnected, compiled.ProdConnected])
        {
            Assert.Equal("closed", (string)NamedValue(deployment, "hx-guard-on-unreachable")["value"]!);
        }
    }

    /// <summary>All of a caller's requests count, those to models, too: a busy caller's must fit, and the pages must say it.</summary>
    [Fact]
    public async Task Rate_limit_is_what_the_pages_say_and_has_room_for_model_traffic()
    {
        JsonObject dev = (await Compiled.GetAsync()).DevConnected;
        string limit = (string)NamedValue(dev, "hx-rate-limit")["value"]!;
        Assert.InRange(int.Parse(limit, CultureInfo.InvariantCulture), 6000, int.MaxValue);
        foreach (string page in (string[])["docs/azure.md", "infra/apim/README.md"])
        {
            string line = File.ReadAllLines(Path.Combine(Repository.Root, page)).Single(l => l.Contains("`hx-rate-limit`"));
            Assert.Contains($"{limit[..^3]},{limit[^3..]} requests", line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Api_on_the_gateway_and_base_path_of_the_guard_are_the_same()
    {
        Compiled compiled = await Compiled.GetAsync();
        string path = (string)Compiled.Resources(compiled.BroughtResourcesConnected, $"{Service}/apis").Single()["properties"]!["path"]!;
        Assert.Equal($"/{path}", (string)AppSettings.Of(compiled.BroughtResources)["GUARD_BASE_PATH"]!);
    }

    [Fact]
    public async Task Api_has_a_product_and_a_first_subscription()
    {
        JsonObject dev = (await Compiled.GetAsync()).DevConnected;
        Assert.True((bool)Compiled.Resources(dev, $"{Service}/apis").Single()["properties"]!["subscriptionRequired"]!);
        JsonObject product = Compiled.Resources(dev, $"{Service}/products").Single();
        Assert.True((bool)product["properties"]!["subscriptionRequired"]!);
        Assert.True((bool)product["properties"]!["approvalRequired"]!);
        Assert.Equal(
            (string)Compiled.Resources(dev, $"{Service}/apis").Single()["id"]!,
            (string)Compiled.Resources(dev, $"{Service}/products/apiLinks").Single()["properties"]!["apiId"]!
        );
        Assert.Equal((string)product["id"]!, (string)Compiled.Resources(dev, $"{Service}/subscriptions").Single()["properties"]!["scope"]!);
    }

    /// <summary>Both phases reckon their names, and must come to the same.</summary>
    [Fact]
    public async Task Second_phase_finds_what_the_first_made()
    {
        Compiled compiled = await Compiled.GetAsync();
        foreach (
            (JsonObject first, JsonObject second) in ((JsonObject, JsonObject)[])
                [(compiled.Dev, compiled.DevConnected), (compiled.Prod, compiled.ProdConnected)]
        )
        {
            string gateway = (string)Compiled.Resources(first, Service).Single()["name"]!;
            Assert.All(
                Compiled.Resources(second, $"{Service}/namedValues"),
                r => Assert.StartsWith($"{gateway}/", (string)r["name"]!, StringComparison.Ordinal)
            );
            string app = (string)Compiled.Resources(first, "Microsoft.Web/sites").Single()["name"]!;
            if (Compiled.Resources(second, "Microsoft.KeyVault/vaults/secrets").SingleOrDefault() is { } secret)
            {
                string vault = (string)Compiled.Resources(first, "Microsoft.KeyVault/vaults").Single()["name"]!;
                Assert.Equal($"{vault}/hx-guard-key", (string)secret["name"]!);
                Assert.Contains($"/sites/{app}/functions/", (string)secret["properties"]!["value"]!, StringComparison.Ordinal);
            }
            else
            {
                Assert.Contains(
                    Compiled.Resources(second, "Microsoft.Web/sites/config"),
                    r => (string)r["name"]! == $"{app}/authsettingsV2"
                );
            }
        }
    }

    private static void AssertIsFile(string file, JsonObject deployment, string type, string name)
    {
        JsonObject resource = Compiled.Resources(deployment, $"{Service}/{type}").Single(r => (string)r["name"]! == name);
        Assert.Equal("rawxml", (string)resource["properties"]!["format"]!);
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root, "infra", "apim", file)), (string)resource["properties"]!["value"]!);
    }

    private static JsonNode NamedValue(JsonObject deployment, string name) =>
        Compiled
            .Resources(deployment, $"{Service}/namedValues")
            .Single(r => ((string)r["name"]!).EndsWith($"/{name}", StringComparison.Ordinal))["properties"]!;

    /// <summary>The table's first two columns; the last two lines are no tiers.</summary>
    private static (string Tier, bool HasCache)[] TiersOfTheReadme() =>
        [
            .. File.ReadAllLines(Path.Combine(Repository.Root, "infra", "apim", "README.md"))
                .SkipWhile(l => !l.StartsWith("| gateway | internal cache |", StringComparison.Ordinal))
                .Skip(2)
                .TakeWhile(l => l.StartsWith('|'))
                .Select(l => l.Split('|', StringSplitOptions.TrimEntries))
                .Where(cells => cells[1] is not ("self-hosted" or "workspace gateway"))
                .SelectMany(cells =>
                    cells[1].Split(", ").Select(tier => (tier.Replace(" v2", "V2"), cells[2].StartsWith("yes", StringComparison.Ordinal)))
                ),
        ];

    private static async Task<JsonObject> DeployedAsync((string Tier, bool HasCache)[] tiers)
    {
        string folder = Directory.CreateTempSubdirectory("hx-tiers-").FullName;
        try
        {
            Compiled.CopyTo(folder);
            await File.WriteAllTextAsync(Path.Combine(folder, "tiers.bicep"), Tiers);
            string list = string.Join(", ", tiers.Select(t => $"'{t.Tier}'"));
            await File.WriteAllTextAsync(Path.Combine(folder, "tiers.bicepparam"), $"using 'tiers.bicep'\nparam tiers = [{list}]\n");
            return await Compiled.SnapshotAsync(folder, "tiers", new Dictionary<string, string>());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
