using System.Text.Json.Nodes;
using HxFunctions.Core.Configuration;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>API Management asks the guard by its identity: no key anywhere, and one identity on both sides.</summary>
public class GatewayIdentityTests
{
    /// <summary>With an identity no key is read, kept or referred to, and API Management may read nothing in the vault.</summary>
    [Fact]
    public async Task Gateway_with_an_identity_gets_no_key_and_no_vault()
    {
        Compiled compiled = await Compiled.GetAsync();
        string connected = compiled.ProdConnected.ToJsonString();
        foreach (string part in (string[])["listKeys", "hx-guard-key", "Microsoft.KeyVault"])
        {
            Assert.DoesNotContain(part, connected, StringComparison.OrdinalIgnoreCase);
            Assert.Contains(part, compiled.DevConnected.ToJsonString(), StringComparison.OrdinalIgnoreCase);
        }

        Assert.Single(ReadersOfTheVault(compiled.Prod));
        Assert.Equal(2, ReadersOfTheVault(compiled.Dev).Count());

        static IEnumerable<JsonObject> ReadersOfTheVault(JsonObject deployment) =>
            Compiled
                .Resources(deployment, "Microsoft.Authorization/roleAssignments")
                .Where(r => ((string)r["id"]!).Contains("/Microsoft.KeyVault/vaults/", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>App Service lets in the identity that the app answers, whoever made API Management.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(
        "/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-own/providers/Microsoft.ApiManagement/service/apim-own"
    )]
    public async Task App_answers_the_identity_that_is_let_in(string gatewayId)
    {
        string folder = Directory.CreateTempSubdirectory("hx-identity-").FullName;
        try
        {
            Compiled.CopyTo(folder);
            Dictionary<string, string> environment = new()
            {
                ["AZURE_ENV_NAME"] = "prod",
                ["HX_PUBLISHER_EMAIL"] = "platform@example.org",
                ["HX_GUARD_APPLICATION_ID"] = "00000000-0000-0000-0000-000000000003",
                ["HX_GATEWAY_ID"] = gatewayId,
            };
            JsonObject first = await Compiled.SnapshotAsync(folder, "main", environment);
            JsonObject second = await Compiled.SnapshotAsync(folder, "connect", environment);
            string named = (string)AppSettings.Of(first)[Variables.GuardPrincipals]!;
            JsonNode authentication = Compiled
                .Resources(second, "Microsoft.Web/sites/config")
                .Single(r => ((string)r["name"]!).EndsWith("/authsettingsV2", StringComparison.Ordinal))["properties"]!;
            string letIn = (string)
                authentication["identityProviders"]!["azureActiveDirectory"]!["validation"]!["defaultAuthorizationPolicy"]![
                    "allowedPrincipals"
                ]!["identities"]![0]!;
            string service = gatewayId.Length == 0 ? "Microsoft.ApiManagement/service/apim-hx-prod-" : gatewayId;
            Assert.All(
                (string[])[named, letIn],
                value =>
                {
                    Assert.Contains(service, value, StringComparison.Ordinal);
                    Assert.EndsWith(".identity.principalId]", value, StringComparison.Ordinal);
                }
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>docs/azure.md tells to go back with this variable. Authentication that stays on answers API Management's key with
    /// 401.</summary>
    [Fact]
    public async Task Way_back_to_a_key_turns_authentication_off_and_restarts_the_app()
    {
        string folder = Directory.CreateTempSubdirectory("hx-way-back-").FullName;
        try
        {
            Compiled.CopyTo(folder);
            Dictionary<string, string> environment = new()
            {
                ["AZURE_ENV_NAME"] = "prod",
                ["HX_GUARD_APPLICATION_ID"] = "00000000-0000-0000-0000-000000000003",
                ["HX_GUARD_LOGIN"] = "key",
            };
            JsonObject connected = await Compiled.SnapshotAsync(folder, "connect", environment);
            JsonObject settings = Compiled.Resources(connected, "Microsoft.Web/sites/config").Single();
            string name = (string)settings["name"]!;
            Assert.EndsWith("/authsettingsV2", name, StringComparison.Ordinal);
            Assert.False((bool)settings["properties"]!["platform"]!["enabled"]!);
            Assert.Equal(name.Split('/')[0], (string)connected["outputs"]!["appToRestart"]!);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Set by hand it would make the app believe in an authentication that isn't there, or the host in none.</summary>
    [Fact]
    public async Task Nobody_but_the_platform_says_that_it_authenticates()
    {
        Compiled compiled = await Compiled.GetAsync();
        foreach (JsonObject deployment in (JsonObject[])[compiled.Dev, compiled.Prod, compiled.BroughtResources])
        {
            Assert.DoesNotContain(AppSettings.Of(deployment), s => s.Key.StartsWith("WEBSITE_AUTH", StringComparison.OrdinalIgnoreCase));
        }
    }
}
