using System.Text.Json.Nodes;

namespace HxFunctions.SystemTests.Infrastructure;

public class HardeningTests
{
    private const string Storage = "Microsoft.Storage/storageAccounts";
    private const string Vault = "Microsoft.KeyVault/vaults";
    private const string App = "Microsoft.Web/sites";
    private const string Postgres = "Microsoft.DBforPostgreSQL/flexibleServers";
    private const string Redis = "Microsoft.Cache/redisEnterprise";
    private const string RedisDatabase = "Microsoft.Cache/redisEnterprise/databases";
    private const string Insights = "Microsoft.Insights/components";
    private const string Workspace = "Microsoft.OperationalInsights/workspaces";
    private const string Gateway = "Microsoft.ApiManagement/service";

    /// <summary>Resource type, property (dots for depth), value: in every deployment.</summary>
    public static TheoryData<string, string, string> Promises =>
        new()
        {
            { Storage, "allowSharedKeyAccess", "false" },
            { Storage, "allowBlobPublicAccess", "false" },
            { Storage, "minimumTlsVersion", "TLS1_2" },
            { Storage, "supportsHttpsTrafficOnly", "true" },
            { Storage + "/blobServices/containers", "publicAccess", "None" },
            { Vault, "enableRbacAuthorization", "true" },
            { Vault, "enableSoftDelete", "true" },
            { Vault, "enablePurgeProtection", "true" },
            { App, "httpsOnly", "true" },
            { App, "siteConfig.ftpsState", "Disabled" },
            { App, "siteConfig.minTlsVersion", "1.2" },
            { App, "siteConfig.scmMinTlsVersion", "1.2" },
            { App, "functionAppConfig.deployment.storage.authentication.type", "UserAssignedIdentity" },
            { App, "functionAppConfig.runtime.name", "dotnet-isolated" },
            { App, "functionAppConfig.runtime.version", "10.0" },
            { App + "/basicPublishingCredentialsPolicies", "allow", "false" },
            { Postgres, "authConfig.passwordAuth", "Disabled" },
            { Postgres, "authConfig.activeDirectoryAuth", "Enabled" },
            { Postgres + "/configurations", "value", "TLSv1.2" },
            { Redis, "minimumTlsVersion", "1.2" },
            { RedisDatabase, "clientProtocol", "Encrypted" },
            { RedisDatabase, "accessKeysAuthentication", "Disabled" },
            { Insights, "DisableLocalAuth", "true" },
            { Workspace, "features.disableLocalAuth", "true" },
        };

    [Theory]
    [MemberData(nameof(Promises))]
    public async Task Resource_is_hardened(string type, string property, string value)
    {
        Compiled compiled = await Compiled.GetAsync();
        foreach (JsonObject deployment in (JsonObject[])[compiled.Dev, compiled.Prod])
        {
            JsonObject[] resources = [.. Compiled.Resources(deployment, type)];
            Assert.NotEmpty(resources);
            Assert.All(resources, r => Assert.Equal(value, Property(r, property)));
        }
    }

    [Fact]
    public async Task Guard_has_an_instance_that_is_always_ready()
    {
        Compiled compiled = await Compiled.GetAsync();
        foreach (JsonObject deployment in (JsonObject[])[compiled.Dev, compiled.Prod, compiled.BroughtResources])
        {
            JsonObject app = Compiled.Resources(deployment, App).Single();
            JsonArray ready = app["properties"]!["functionAppConfig"]!["scaleAndConcurrency"]!["alwaysReady"]!.AsArray();
            Assert.Contains(ready, r => (string)r!["name"]! == "http" && (int)r["instanceCount"]! >= 1);
        }
    }

    [Theory]
    [InlineData(Storage)]
    [InlineData(Vault)]
    [InlineData(App)]
    [InlineData(Postgres)]
    [InlineData(Redis)]
    [InlineData(RedisDatabase)]
    [InlineData(Workspace)]
    [InlineData(Gateway)]
    public async Task Resource_sends_diagnostics(string type)
    {
        Compiled compiled = await Compiled.GetAsync();
        foreach (JsonObject deployment in (JsonObject[])[compiled.Dev, compiled.Prod])
        {
            string[] settings = [.. Compiled.Resources(deployment, "Microsoft.Insights/diagnosticSettings").Select(r => (string)r["id"]!)];
            Assert.All(
                Compiled.Resources(deployment, type),
                r =>
                    Assert.Contains(
                        settings,
                        s => s.StartsWith($"{(string)r["id"]!}/providers/Microsoft.Insights/diagnosticSettings/", StringComparison.Ordinal)
                    )
            );
        }
    }

    [Fact]
    public async Task Production_is_reached_through_the_gateway_alone()
    {
        JsonObject prod = (await Compiled.GetAsync()).Prod;
        foreach (string type in (string[])[Storage, Vault, App, Redis])
        {
            Assert.All(Compiled.Resources(prod, type), r => Assert.Equal("Disabled", Property(r, "publicNetworkAccess")));
        }

        Assert.All(Compiled.Resources(prod, Postgres), r => Assert.Equal("Disabled", Property(r, "network.publicNetworkAccess")));
        Assert.Empty(Compiled.Resources(prod, Postgres + "/firewallRules"));
        Assert.Equal(
            ["blob", "postgresqlServer", "redisEnterprise", "sites", "table", "vault"],
            Compiled
                .Resources(prod, "Microsoft.Network/privateEndpoints")
                .Select(e => (string)e["properties"]!["privateLinkServiceConnections"]![0]!["properties"]!["groupIds"]![0]!)
                .Order(StringComparer.Ordinal)
        );
        Assert.All(Compiled.Resources(prod, Gateway), r => Assert.NotNull(r["properties"]!["virtualNetworkConfiguration"]));
    }

    [Fact]
    public async Task Brought_resources_are_not_created_again()
    {
        JsonObject brought = (await Compiled.GetAsync()).BroughtResources;
        foreach (string type in (string[])[Vault, Gateway, Workspace, Postgres])
        {
            Assert.Empty(Compiled.Resources(brought, type));
        }

        Assert.Single(Compiled.Resources(brought, Redis));
        Assert.Contains(
            Compiled.Resources(brought, Gateway + "/policyFragments"),
            r => ((string)r["id"]!).Contains("/rg-own/", StringComparison.Ordinal)
        );
        Assert.Contains(
            Compiled.Resources(brought, Vault + "/secrets"),
            r => ((string)r["id"]!).Contains("/rg-own/", StringComparison.Ordinal)
        );
    }

    private static string? Property(JsonObject resource, string path)
    {
        JsonNode? node = path.Split('.').Aggregate(resource["properties"], (n, name) => n?[name]);
        return node?.ToString();
    }
}
