using System.Text.Json.Nodes;
using HxFunctions.Core.Http;

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

    /// <summary>With it nothing can have a deleted vault's name for 90 days: right for production, and a nuisance in development.</summary>
    [Fact]
    public async Task Vault_is_protected_from_purging_in_production()
    {
        Compiled compiled = await Compiled.GetAsync();
        Assert.Equal("true", Property(Compiled.Resources(compiled.Prod, Vault).Single(), "enablePurgeProtection"));
        // The service refuses false: it is left out.
        Assert.Null(Property(Compiled.Resources(compiled.Dev, Vault).Single(), "enablePurgeProtection"));
    }

    [Fact]
    public async Task Production_is_spread_over_zones()
    {
        JsonObject prod = (await Compiled.GetAsync()).Prod;
        Assert.Equal("true", Property(Compiled.Resources(prod, "Microsoft.Web/serverfarms").Single(), "zoneRedundant"));
        Assert.Equal("ZoneRedundant", Property(Compiled.Resources(prod, Postgres).Single(), "highAvailability.mode"));
        Assert.Equal("Enabled", Property(Compiled.Resources(prod, Redis).Single(), "highAvailability"));
        Assert.Equal("Standard_ZRS", (string)Compiled.Resources(prod, Storage).Single()["sku"]!["name"]!);
    }

    /// <summary>A rule for 0.0.0.0 lets everyone's machines in Azure knock.</summary>
    [Fact]
    public async Task Postgres_is_not_open_to_all_of_azure_in_development_either()
    {
        JsonObject dev = (await Compiled.GetAsync()).Dev;
        Assert.Empty(Compiled.Resources(dev, Postgres + "/firewallRules"));
        Assert.Equal("Disabled", Property(Compiled.Resources(dev, Postgres).Single(), "network.publicNetworkAccess"));
        JsonObject endpoint = Compiled.Resources(dev, "Microsoft.Network/privateEndpoints").Single();
        Assert.Equal(
            "postgresqlServer",
            (string)endpoint["properties"]!["privateLinkServiceConnections"]![0]!["properties"]!["groupIds"]![0]!
        );
        Assert.NotNull(Property(Compiled.Resources(dev, App).Single(), "virtualNetworkSubnetId"));
    }

    /// <summary>An empty zone would answer for a service that has its endpoint in another network, and say that there is none.</summary>
    [Fact]
    public async Task Private_zones_are_those_of_the_endpoints()
    {
        Compiled compiled = await Compiled.GetAsync();
        foreach (JsonObject deployment in (JsonObject[])[compiled.Dev, compiled.Prod, compiled.BroughtResources])
        {
            Assert.Equal(
                Compiled
                    .Resources(deployment, "Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
                    .Select(g => (string)g["properties"]!["privateDnsZoneConfigs"]![0]!["properties"]!["privateDnsZoneId"]!)
                    .Order(StringComparer.Ordinal),
                Compiled
                    .Resources(deployment, "Microsoft.Network/privateDnsZones")
                    .Select(z => (string)z["id"]!)
                    .Order(StringComparer.Ordinal)
            );
        }
    }

    [Fact]
    public async Task Production_answers_the_gateways_identity_alone()
    {
        Compiled compiled = await Compiled.GetAsync();
        JsonObject settings = Assert.Single(Authentication(compiled.ProdConnected));
        Assert.Equal("true", Property(settings, "platform.enabled"));
        Assert.Equal("true", Property(settings, "globalValidation.requireAuthentication"));
        Assert.Equal("Return401", Property(settings, "globalValidation.unauthenticatedClientAction"));
        JsonNode entra = settings["properties"]!["identityProviders"]!["azureActiveDirectory"]!;
        Assert.Equal("00000000-0000-0000-0000-000000000003", (string)entra["registration"]!["clientId"]!);
        JsonArray callers = entra["validation"]!["defaultAuthorizationPolicy"]!["allowedPrincipals"]!["identities"]!.AsArray();
        // Known only when the service is there.
        Assert.Contains("Microsoft.ApiManagement/service/apim-hx-prod-", (string)Assert.Single(callers)!, StringComparison.Ordinal);
        Assert.Contains("identity.principalId", (string)callers[0]!, StringComparison.Ordinal);
        // What is let through without a token asks for no key either, and believes no one's word for who he is.
        Assert.All((HttpEndpoint[])[Endpoints.Live, Endpoints.Ready], e => Assert.Equal(AccessLevel.Anonymous, e.Level));
        Assert.All((HttpEndpoint[])[Endpoints.Live, Endpoints.Ready], e => Assert.False(e.AdmitsPrincipals));
        Assert.Equal(
            [$"/{Endpoints.LiveRoute}", $"/{Endpoints.ReadyRoute}"],
            settings["properties"]!["globalValidation"]!["excludedPaths"]!.AsArray().Select(p => (string)p!)
        );
        // With a key it is off, and said to be: what a deployment doesn't name stays as it was.
        Assert.Equal(
            """{"platform":{"enabled":false}}""",
            Assert.Single(Authentication(compiled.DevConnected))["properties"]!.ToJsonString()
        );
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
        JsonObject connected = (await Compiled.GetAsync()).BroughtResourcesConnected;
        Assert.Contains(
            Compiled.Resources(connected, Gateway + "/policyFragments"),
            r => ((string)r["id"]!).Contains("/rg-own/", StringComparison.Ordinal)
        );
        Assert.Contains(
            Compiled.Resources(connected, Vault + "/secrets"),
            r => ((string)r["id"]!).Contains("/rg-own/", StringComparison.Ordinal)
        );
    }

    private static IEnumerable<JsonObject> Authentication(JsonObject deployment) =>
        Compiled
            .Resources(deployment, App + "/config")
            .Where(r => ((string)r["name"]!).EndsWith("/authsettingsV2", StringComparison.Ordinal));

    private static string? Property(JsonObject resource, string path)
    {
        JsonNode? node = path.Split('.').Aggregate(resource["properties"], (n, name) => n?[name]);
        return node?.ToString();
    }
}
