using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>What must be deployed before what. Each rule is also shown a template that breaks it.</summary>
public class ResourceOrderTests
{
    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string RoleAssignment = "Microsoft.Authorization/roleAssignments";
    private const string PrivateEndpoint = "Microsoft.Network/privateEndpoints";
    private const string Postgres = "Microsoft.DBforPostgreSQL/flexibleServers";

    /// <summary>
    /// They only give values, and whoever uses one depends on them by that: nobody waits for them through something else.
    /// </summary>
    private static readonly string[] ValuesOnly = ["identity", "monitoring", "network", "postgresRoleIdentity"];

    [Fact]
    public async Task Order_holds_whatever_the_conditions_are() => Assert.Empty((await OrdersAsync()).SelectMany(LostOrders));

    [Fact]
    public async Task Order_that_hangs_on_a_condition_is_found()
    {
        JsonObject template = (await TemplateAsync()).DeepClone().AsObject();
        Inner(template, "postgres")["server::entraAdministrators"]!["dependsOn"] = new JsonArray("server", "server::appAsAdministrator");
        Assert.Equal(
            [
                "main/postgres: server::entraAdministrators before server::azureOnly",
                "main/postgres: server::entraAdministrators before server::database",
                "main/postgres: server::entraAdministrators before server::tls",
            ],
            ResourceOrder.All(template).SelectMany(LostOrders)
        );
    }

    /// <summary>A flexible server takes one change at a time and refuses a second with ServerIsBusy.</summary>
    [Fact]
    public async Task Postgres_is_changed_one_thing_at_a_time()
    {
        ResourceOrder order = (await OrdersAsync()).Single(o => o.Template == "main/postgres");
        Assert.Empty(Races(order));
        ResourceOrder.Node[] loops = [.. order.Nodes.Where(n => n.IsLoop)];
        Assert.All(loops, n => Assert.Equal(("serial", 1), ((string)n.Body["copy"]!["mode"]!, (int)n.Body["copy"]!["batchSize"]!)));
    }

    [Fact]
    public async Task Changes_of_postgres_at_the_same_time_are_found()
    {
        JsonObject template = (await TemplateAsync()).DeepClone().AsObject();
        Inner(template, "postgres")["server::azureOnly"]!["dependsOn"] = new JsonArray("server");
        Assert.Contains("server::azureOnly and server::tls", Races(ResourceOrder.All(template).Single(o => o.Template == "main/postgres")));
    }

    /// <summary>The host keeps its keys in the storage, and reads references from the vault when it starts.</summary>
    [Fact]
    public async Task App_starts_when_all_that_it_needs_can_be_reached()
    {
        ResourceOrder main = (await OrdersAsync()).First();
        Assert.Empty(MissingBeforeTheApp(main));
        Assert.Contains("functionApp", main.SurelyBefore("appEndpoint"));
        // An endpoint is of use with its name, and the name where the network knows the zone.
        Assert.True(main["dependencyEndpoints"].Has($"{PrivateEndpoint}/privateDnsZoneGroups"));
        Assert.True(main["network"].Has("Microsoft.Network/privateDnsZones/virtualNetworkLinks"));
        Assert.All((string[])["dependencyEndpoints", "appEndpoint"], n => Assert.Contains("network", main.SurelyBefore(n)));
    }

    [Fact]
    public async Task App_that_starts_too_early_is_found()
    {
        JsonObject template = (await TemplateAsync()).DeepClone().AsObject();
        JsonArray dependencies = template["resources"]!["functionApp"]!["dependsOn"]!.AsArray();
        foreach (string name in (string[])["dependencyEndpoints", "storage"])
        {
            dependencies.Remove(dependencies.Single(d => (string)d! == name));
        }

        Assert.Equal(["dependencyEndpoints", "storage"], MissingBeforeTheApp(ResourceOrder.All(template).First()));
    }

    /// <summary>An endpoint that is deployed beside its service's other changes fails with a conflict.</summary>
    [Fact]
    public async Task Endpoints_come_after_all_services_that_they_lead_to()
    {
        ResourceOrder main = (await OrdersAsync()).First();
        Assert.Subset(main.SurelyBefore("dependencyEndpoints"), new HashSet<string> { "storage", "vault", "postgres", "redis", "network" });
        JsonNode copy = main["dependencyEndpoints"].Body["copy"]!;
        Assert.Equal(("serial", 1), ((string)copy["mode"]!, (int)copy["batchSize"]!));
    }

    /// <summary>
    /// A function key is there when the host has run the app's code, which comes after this template: connect.bicep reads it.
    /// </summary>
    [Fact]
    public async Task Key_of_the_app_is_read_in_the_second_phase_alone()
    {
        Compiled compiled = await Compiled.GetAsync();
        Assert.Empty(ReadersOfAppKeys(compiled.Template));
        Assert.Equal(["guardKey"], ReadersOfAppKeys(compiled.ConnectTemplate));
    }

    /// <summary>The module as it was when both phases were one, and the key was read before its storage could be reached.</summary>
    [Fact]
    public async Task Key_that_is_read_too_early_is_found()
    {
        Compiled compiled = await Compiled.GetAsync();
        JsonObject template = compiled.Template.DeepClone().AsObject();
        JsonObject reader = compiled.ConnectTemplate["resources"]!["guardKey"]!.DeepClone().AsObject();
        reader["dependsOn"] = new JsonArray("functionApp");
        template["resources"]!["guardKey"] = reader;
        Assert.Equal(["guardKey"], ReadersOfAppKeys(template));
        // And it could run before the app's own endpoint was there.
        Assert.DoesNotContain("appEndpoint", ResourceOrder.All(template).First().SurelyBefore("guardKey"));
    }

    /// <summary>
    /// API Management reads the secret when the named value is made, and a policy's named values when the policy is made.
    /// </summary>
    [Fact]
    public async Task Gateway_gets_the_guard_when_the_key_is_in_the_vault()
    {
        ResourceOrder[] orders = [.. ResourceOrder.All((await Compiled.GetAsync()).ConnectTemplate)];
        Assert.Contains("guardKey", orders[0].SurelyBefore("guardInGateway"));
        // The app asks for tokens only when the gateway sends them.
        Assert.Contains("guardInGateway", orders[0].SurelyBefore("authentication"));
        Assert.Contains("guardInGateway", orders[0].SurelyBefore("noAuthentication"));
        ResourceOrder apim = orders.Single(o => o.Template == "main/guardInGateway");
        string[] namedValues = [.. apim.Nodes.Where(n => n.Type.EndsWith("/namedValues", StringComparison.Ordinal)).Select(n => n.Name)];
        Assert.Equal(6, namedValues.Length);
        string[] policies =
        [
            .. apim
                .Nodes.Where(n =>
                    n.Type.EndsWith("/policyFragments", StringComparison.Ordinal) || n.Type.EndsWith("/policies", StringComparison.Ordinal)
                )
                .Select(n => n.Name),
        ];
        Assert.Equal(3, policies.Length);
        Assert.All(policies, p => Assert.Subset(apim.SurelyBefore(p), namedValues.ToHashSet()));
    }

    private static IEnumerable<string> ReadersOfAppKeys(JsonObject template) =>
        template["resources"]!
            .AsObject()
            .Where(r => Has(r.Value!, "listKeys(") && Has(r.Value!, "\"Microsoft.Web/sites"))
            .Select(r => r.Key);

    private static bool Has(JsonNode resource, string text) =>
        resource.ToJsonString(Unescaped).Contains(text, StringComparison.OrdinalIgnoreCase);

    internal static IEnumerable<string> LostOrders(ResourceOrder order) =>
        order
            .Nodes.Where(n => n.Type != "Microsoft.Resources/deployments" || Deploys(n))
            .SelectMany(n =>
                order.PerhapsBefore(n.Name).Except(ValuesOnly).Select(before => $"{order.Template}: {n.Name} before {before}")
            );

    /// <summary>A module that only reckons has nothing to wait for.</summary>
    private static bool Deploys(ResourceOrder.Node module) =>
        ResourceOrder.All(module.Body["properties"]!["template"]!.AsObject()).First().Nodes.Count > 0;

    internal static IEnumerable<string> Races(ResourceOrder order)
    {
        string[] children =
        [
            .. order
                .Nodes.Where(n => n.Type.StartsWith($"{Postgres}/", StringComparison.Ordinal))
                .Select(n => n.Name)
                .Order(StringComparer.Ordinal),
        ];
        return children.SelectMany(
            (one, i) =>
                children[(i + 1)..]
                    .Where(other => !order.SurelyBefore(one).Contains(other) && !order.SurelyBefore(other).Contains(one))
                    .Select(other => $"{one} and {other}")
        );
    }

    internal static IEnumerable<string> MissingBeforeTheApp(ResourceOrder main, string app = "functionApp")
    {
        HashSet<string> before = main.SurelyBefore(app);
        return main
            .Nodes.Where(n =>
                n.Name != "appEndpoint"
                // API Management's own role is its own matter.
                && n.Name != "gatewayReadsVault"
                && (
                    n.Has(PrivateEndpoint)
                    || n.Has(RoleAssignment)
                    || n.Has("Microsoft.KeyVault/vaults/secrets") && n.Name.EndsWith("Secret", StringComparison.Ordinal)
                )
            )
            .Select(n => n.Name)
            .Except(before)
            .Order(StringComparer.Ordinal);
    }

    private static async Task<JsonObject> TemplateAsync() => (await Compiled.GetAsync()).Template;

    /// <summary>Of both phases; main.bicep's own is the first.</summary>
    private static async Task<ResourceOrder[]> OrdersAsync() =>
        [.. ResourceOrder.All(await TemplateAsync()), .. ResourceOrder.All((await Compiled.GetAsync()).ConnectTemplate, "connect")];

    private static JsonObject Inner(JsonObject template, string module) =>
        template["resources"]![module]!["properties"]!["template"]!["resources"]!.AsObject();
}
