using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>infra/container-apps/main.bicep beside infra/main.bicep, and the rules that hold for both.</summary>
public partial class ContainerTemplateTests
{
    private static readonly string[] FunctionsOnly = ["appInstances", "guardLogin", "postgresAppIsAdministrator", "storageSku"];

    private static readonly string[] ContainersOnly =
    [
        "containers",
        "guardKey",
        "image",
        "latestRevision",
        "liveRevision",
        "postgresRoleImage",
        "qdrantHasApiKey",
        "registryId",
    ];

    /// <summary>Where a word differs on purpose: who the administrators are besides, and what a blank key means.</summary>
    private static readonly string[] OtherWords = ["postgresEntraAdministrators", "qdrantApiKey"];

    [Fact]
    public async Task Parameters_are_those_of_the_function_app_but_for_the_hosts_own()
    {
        JsonObject functions = (await Compiled.GetAsync()).Template["parameters"]!.AsObject();
        JsonObject containers = (await CompiledContainers.GetAsync()).Template["parameters"]!.AsObject();
        Assert.Equal(FunctionsOnly, Names(functions).Except(Names(containers)).Order(StringComparer.Ordinal));
        Assert.Equal(ContainersOnly, Names(containers).Except(Names(functions)).Order(StringComparer.Ordinal));
        foreach (string name in Names(functions).Intersect(Names(containers)).Except(OtherWords))
        {
            Assert.Equal((name, functions[name]!.ToJsonString()), (name, containers[name]!.ToJsonString()));
        }
    }

    [Fact]
    public void Parameter_file_says_the_same_as_the_function_apps()
    {
        string[] containers = Lines("container-apps/main.bicepparam");
        string[] missing = [.. Lines("main.bicepparam").Except(containers)];
        Assert.All(
            missing,
            l => Assert.Matches("^(using|import|//|param (appInstances|guardLogin|storageSku|postgresAppIsAdministrator))", l)
        );
        string[] own = [.. containers.Except(Lines("main.bicepparam"))];
        Assert.All(own, l => Assert.Matches($"^(using|import|//|param ({string.Join('|', ContainersOnly)}) = )", l));
    }

    [Fact]
    public async Task Order_holds_whatever_the_conditions_are()
    {
        CompiledContainers compiled = await CompiledContainers.GetAsync();
        Assert.Empty(ResourceOrder.All(compiled.Template).SelectMany(ResourceOrderTests.LostOrders));
        Assert.Empty(ResourceOrder.All(compiled.RoleTemplate).SelectMany(ResourceOrderTests.LostOrders));
    }

    [Fact]
    public async Task Postgres_is_changed_one_thing_at_a_time()
    {
        ResourceOrder order = ResourceOrder.All((await CompiledContainers.GetAsync()).Template).Single(o => o.Template == "main/postgres");
        Assert.Empty(ResourceOrderTests.Races(order));
    }

    [Fact]
    public async Task App_starts_when_all_that_it_needs_can_be_reached()
    {
        JsonObject template = (await CompiledContainers.GetAsync()).Template;
        ResourceOrder main = ResourceOrder.All(template).First();
        Assert.Empty(ResourceOrderTests.MissingBeforeTheApp(main, "containerApp"));
        Assert.Subset(main.SurelyBefore("dependencyEndpoints"), new HashSet<string> { "vault", "postgres", "redis", "network" });

        JsonObject broken = template.DeepClone().AsObject();
        JsonArray dependencies = broken["resources"]!["containerApp"]!["dependsOn"]!.AsArray();
        foreach (string name in (string[])["appReadsVault", "serveKeysSecret"])
        {
            dependencies.Remove(dependencies.Single(d => (string)d! == name));
        }

        Assert.Equal(
            ["appReadsVault", "serveKeysSecret"],
            ResourceOrderTests.MissingBeforeTheApp(ResourceOrder.All(broken).First(), "containerApp")
        );
    }

    [Fact]
    public async Task Secret_parameters_are_marked_and_no_output_holds_a_secret()
    {
        CompiledContainers compiled = await CompiledContainers.GetAsync();
        TemplateWalk.Part[] parameters = [.. TemplateWalk.Parameters(compiled.Template), .. TemplateWalk.Parameters(compiled.RoleTemplate)];
        TemplateWalk.Part[] secure =
        [
            .. parameters.Where(p => ((string?)p.Body["type"])?.StartsWith("secure", StringComparison.OrdinalIgnoreCase) == true),
        ];
        Assert.Equal(
            ["guardKey", "postgresAdministratorPassword", "postgresUrl", "qdrantApiKey", "redisUrl"],
            secure
                .Where(p => p.Name.StartsWith("main.", StringComparison.Ordinal))
                .Select(p => p.Name["main.".Length..])
                .Order(StringComparer.Ordinal)
        );
        Assert.All(secure, p => Assert.False(p.Body.ContainsKey("defaultValue"), p.Name));
        Assert.All(parameters, p => Assert.False(string.IsNullOrWhiteSpace((string?)p.Body["metadata"]?["description"]), p.Name));

        TemplateWalk.Part[] outputs = [.. TemplateWalk.Outputs(compiled.Template), .. TemplateWalk.Outputs(compiled.RoleTemplate)];
        Assert.Contains(outputs, o => o.Name == "main.revision");
        Assert.All(
            outputs,
            output =>
            {
                Assert.DoesNotMatch(ReadsSecret(), output.Body.ToJsonString());
                Assert.All(secure, s => Assert.DoesNotContain($"'{s.Name.Split('.')[^1]}'", (string)output.Body["value"]!));
            }
        );
    }

    private static string[] Names(JsonObject parameters) => [.. parameters.Select(p => p.Key)];

    private static string[] Lines(string file) =>
        [
            .. File.ReadAllLines(Path.Combine(Repository.Root, "infra", file))
                .Select(l => l.Replace("'../", "'").TrimEnd())
                .Where(l => l.Length > 0),
        ];

    [GeneratedRegex(@"list[A-Z][A-Za-z]*\(")]
    private static partial Regex ReadsSecret();
}
