using System.Globalization;
using System.Text.Json.Nodes;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Http;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>infra/container-apps: what would be deployed, and hx serve with the variables that it would get.</summary>
public class ContainerAppTests
{
    private const string Environment = "Microsoft.App/managedEnvironments";
    private const string Zone = "Microsoft.Network/privateDnsZones";

    [Fact]
    public async Task Nothing_of_the_function_app_is_deployed()
    {
        CompiledContainers compiled = await CompiledContainers.GetAsync();
        Assert.Equal("", compiled.Problems);
        foreach (JsonObject deployment in (JsonObject[])[compiled.Dev, compiled.Prod, compiled.BroughtResources])
        {
            string[] types = [.. deployment["predictedResources"]!.AsArray().Select(r => (string)r!["type"]!)];
            Assert.DoesNotContain(types, t => t.StartsWith("Microsoft.Web/", StringComparison.Ordinal));
            Assert.DoesNotContain(types, t => t.StartsWith("Microsoft.Storage/", StringComparison.Ordinal));
            Assert.Single(types, t => t == "Microsoft.App/containerApps");
        }
    }

    [Fact]
    public async Task Production_is_reached_by_the_network_alone_and_over_zones()
    {
        JsonObject prod = (await CompiledContainers.GetAsync()).Prod;
        JsonNode environment = Compiled.Resources(prod, Environment).Single()["properties"]!;
        Assert.True((bool)environment["vnetConfiguration"]!["internal"]!);
        Assert.Equal("Disabled", (string)environment["publicNetworkAccess"]!);
        Assert.True((bool)environment["zoneRedundant"]!);
        Assert.True((int)Scale(prod)["minReplicas"]! >= 2);
        // The network knows the app's name, and those of its labels.
        JsonObject record = Compiled.Resources(prod, Zone + "/A").Single();
        Assert.Contains("'*'", (string)record["name"]!, StringComparison.Ordinal);
        Assert.Contains("staticIp", (string)record["properties"]!["aRecords"]![0]!["ipv4Address"]!, StringComparison.Ordinal);
        Assert.Contains(
            Compiled.Resources(prod, Zone + "/virtualNetworkLinks"),
            l => ((string)l["name"]!).Contains("defaultDomain", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Development_has_a_public_front_and_always_a_replica()
    {
        JsonObject dev = (await CompiledContainers.GetAsync()).Dev;
        JsonNode environment = Compiled.Resources(dev, Environment).Single()["properties"]!;
        Assert.False((bool)environment["vnetConfiguration"]!["internal"]!);
        Assert.True((int)Scale(dev)["minReplicas"]! >= 1);
        Assert.Empty(Compiled.Resources(dev, Zone + "/A"));
    }

    [Fact]
    public async Task App_and_job_have_an_identity_each_and_tls_alone()
    {
        CompiledContainers compiled = await CompiledContainers.GetAsync();
        foreach (JsonObject deployment in (JsonObject[])[compiled.Dev, compiled.Prod])
        {
            JsonObject app = CompiledContainers.App(deployment);
            JsonObject job = Compiled.Resources(deployment, "Microsoft.App/jobs").Single();
            Assert.False((bool)app["properties"]!["configuration"]!["ingress"]!["allowInsecure"]!);
            Assert.EndsWith(Name(deployment), Identity(app), StringComparison.Ordinal);
            Assert.EndsWith("-postgres-role", Identity(job), StringComparison.Ordinal);
            // The job's identity administers the server; the app's doesn't.
            JsonObject administrator = Compiled.Resources(deployment, "Microsoft.DBforPostgreSQL/flexibleServers/administrators").Single();
            Assert.Equal(Identity(job).Split('/')[^1], (string)administrator["properties"]!["principalName"]!);
        }
    }

    [Fact]
    public async Task Secrets_are_references_into_the_vault()
    {
        CompiledContainers compiled = await CompiledContainers.GetAsync();
        JsonObject app = CompiledContainers.App(compiled.BroughtResources);
        JsonArray secrets = app["properties"]!["configuration"]!["secrets"]!.AsArray();
        Assert.Equal(
            ["hx-pg-url", "hx-qdrant-api-key", "hx-redis-url", "hx-serve-keys"],
            secrets.Select(s => (string)s!["name"]!).Order(StringComparer.Ordinal)
        );
        Assert.All(
            secrets,
            s =>
            {
                Assert.Null(s!["value"]);
                Assert.Contains("keyvaultDns", (string)s["keyVaultUrl"]!, StringComparison.Ordinal);
                Assert.Equal(Identity(app), (string)s["identity"]!);
            }
        );
        Assert.DoesNotContain("made-up", app.ToJsonString(), StringComparison.Ordinal);
        (string Name, string? Value, string? Secret)[] variables = CompiledContainers.VariablesOf(compiled.BroughtResources);
        Assert.Equal(variables.Length, variables.Select(v => v.Name).Distinct().Count());
        Assert.All(variables.Where(v => v.Secret is not null), v => Assert.Null(v.Value));
        // Whatever hx calls a secret is one here, but for a URL without a login in it.
        Assert.All(
            variables.Where(v => Variables.ByName.TryGetValue(v.Name, out Variable? known) && known.Secret),
            v => Assert.True(v.Secret is not null || !v.Value!.Contains('@', StringComparison.Ordinal), v.Name)
        );
    }

    /// <summary>What is written into the vault opens the guard, and nothing else.</summary>
    [Fact]
    public async Task Guards_key_opens_the_guard_alone()
    {
        string text = (await CompiledContainers.GetAsync()).Template.ToJsonString();
        const string Format = "{0}:gateway={1}";
        Assert.Contains(Format, text, StringComparison.Ordinal);
        string pair = string.Format(CultureInfo.InvariantCulture, Format, "Guard", "made-up-function-key");
        Assert.True(HostKeys.TryParse(pair, out HostKeys keys, out IReadOnlyList<string> wrong), string.Join(", ", wrong));
        Assert.False(keys.IsEmpty);
    }

    /// <summary>The vault may have the key of a function app, too. Whoever is deployed last doesn't overwrite the other's.</summary>
    [Fact]
    public async Task Guards_key_is_no_function_apps()
    {
        CompiledContainers compiled = await CompiledContainers.GetAsync();
        string[] written = [.. SecretsOf(compiled.BroughtResources)];
        Assert.Contains("hx-serve-guard-key", written);
        Assert.DoesNotContain(written, SecretsOf((await Compiled.GetAsync()).DevConnected).Contains);
        JsonNode shown = Compiled
            .Resources(compiled.ProdConnected, "Microsoft.ApiManagement/service/namedValues")
            .Single(v => ((string)v["name"]!).EndsWith("/hx-guard-key", StringComparison.Ordinal))["properties"]!["keyVault"]!;
        Assert.Contains("hx-serve-guard-key", (string)shown["secretIdentifier"]!, StringComparison.Ordinal);

        static IEnumerable<string> SecretsOf(JsonObject deployment) =>
            Compiled.Resources(deployment, "Microsoft.KeyVault/vaults/secrets").Select(s => ((string)s["name"]!).Split('/')[1]);
    }

    [Fact]
    public async Task Variables_are_those_of_the_function_app_without_the_hosts_and_with_hx_serves_own()
    {
        string[] app = [.. CompiledContainers.VariablesOf((await CompiledContainers.GetAsync()).Dev).Select(v => v.Name)];
        Assert.Equal(
            AppSettings
                .Of((await Compiled.GetAsync()).Dev)
                .Select(s => s.Key)
                .Where(n => !n.StartsWith("AzureWebJobs", StringComparison.Ordinal))
                .Concat([Variables.WrapperHost, Variables.WrapperPort, Variables.WrapperKeys, "WRAPPER_LOG_FORMAT"])
                .Order(StringComparer.Ordinal),
            app.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Probes_ask_whether_it_answers()
    {
        JsonNode container = CompiledContainers.Container((await CompiledContainers.GetAsync()).Prod);
        JsonArray probes = container["probes"]!.AsArray();
        Assert.Equal(["Liveness", "Readiness", "Startup"], probes.Select(p => (string)p!["type"]!).Order(StringComparer.Ordinal));
        int port = (int)
            CompiledContainers.App((await CompiledContainers.GetAsync()).Prod)["properties"]!["configuration"]!["ingress"]!["targetPort"]!;
        Assert.All(
            probes,
            p =>
            {
                Assert.Equal($"/{Endpoints.LiveRoute}", (string)p!["httpGet"]!["path"]!);
                Assert.Equal(port, (int)p["httpGet"]!["port"]!);
                // What Container Apps takes.
                Assert.InRange((int)p["failureThreshold"]!, 1, 10);
                Assert.InRange((int)p["periodSeconds"]!, 1, 240);
            }
        );
        Assert.Equal($"{port}", Variable(container, Variables.WrapperPort));
    }

    /// <summary>A check that is under way may take its whole timeout, and then its answer is written.</summary>
    [Fact]
    public async Task End_is_waited_for()
    {
        JsonObject prod = (await CompiledContainers.GetAsync()).Prod;
        int grace = (int)CompiledContainers.App(prod)["properties"]!["template"]!["terminationGracePeriodSeconds"]!;
        int check = int.Parse(Variable(CompiledContainers.Container(prod), "HEALTH_CHECK_TIMEOUT")!, CultureInfo.InvariantCulture);
        Assert.InRange(grace, check + 5, 600);
    }

    /// <summary>The variables as they are deployed; only what Azure alone can fill in stands for itself here.</summary>
    [Fact]
    public async Task Serve_starts_with_these_variables_and_answers_the_probes()
    {
        JsonObject prod = (await CompiledContainers.GetAsync()).Prod;
        int port = FreePort.Next();
        (string, string?)[] variables =
        [
            .. CompiledContainers
                .VariablesOf(prod)
                .Where(v => v.Value?.StartsWith('[') != true && v.Secret is null)
                .Select(v => (v.Name, v.Value)),
            (Variables.PgUrl, $"postgresql://id-hx-prod@127.0.0.1:{FreePort.Next()}/litellm?sslmode=verify-full"),
            (Variables.RedisUrl, $"rediss://object-id@127.0.0.1:{FreePort.Next()}"),
            (Variables.WrapperKeys, "Guard:gateway=made-up-function-key"),
            // Loopback for the replica's own address: the tests' machine has others.
            (Variables.WrapperHost, "127.0.0.1"),
            (Variables.WrapperPort, port.ToString(CultureInfo.InvariantCulture)),
        ];
        await using HxProcess hx = HxProcess.Start("serve", null, variables);
        Uri address = new($"http://127.0.0.1:{port}");
        await hx.UntilPrintedAsync("listening on");

        foreach (JsonNode? probe in CompiledContainers.Container(prod)["probes"]!.AsArray())
        {
            Assert.Equal(200, (await RawHttp.SendAsync(address, $"GET {probe!["httpGet"]!["path"]}")).Status);
        }

        const string Key = "x-functions-key: made-up-function-key";
        Assert.Equal(200, (await RawHttp.SendAsync(address, "GET /guard", "", Key, "X-Original-URI: /v1/models")).Status);
        Assert.Equal(401, (await RawHttp.SendAsync(address, "GET /health/all", "", Key)).Status);
    }

    [Fact]
    public async Task Gateway_asks_the_container_app()
    {
        JsonObject connected = (await CompiledContainers.GetAsync()).ProdConnected;
        string url = (string)
            Compiled
                .Resources(connected, "Microsoft.ApiManagement/service/namedValues")
                .Single(v => ((string)v["name"]!).EndsWith("/hx-guard-url", StringComparison.Ordinal))["properties"]!["value"]!;
        Assert.Contains("Microsoft.App/containerApps/ca-hx-prod'", url, StringComparison.Ordinal);
        Assert.Contains("configuration.ingress.fqdn", url, StringComparison.Ordinal);
        // The key is in the vault since the first phase, and App Service authentication has nothing to stand before.
        string text = connected.ToJsonString();
        Assert.DoesNotContain("Microsoft.Web/sites", text, StringComparison.Ordinal);
        Assert.Empty(Compiled.Resources(connected, "Microsoft.KeyVault/vaults/secrets"));
    }

    private static string? Variable(JsonNode container, string name) =>
        (string?)container["env"]!.AsArray().Single(e => (string)e!["name"]! == name)!["value"];

    private static JsonNode Scale(JsonObject deployment) => CompiledContainers.App(deployment)["properties"]!["template"]!["scale"]!;

    private static string Identity(JsonObject resource) => Assert.Single(resource["identity"]!["userAssignedIdentities"]!.AsObject()).Key;

    private static string Name(JsonObject deployment) =>
        $"/id-hx-{((string)CompiledContainers.App(deployment)["name"]!)["ca-hx-".Length..]}";
}
