using System.Text.Json.Nodes;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>What the bicep program makes of infra/container-apps and infra/postgres-role.bicep, once for all tests.</summary>
internal sealed class CompiledContainers
{
    public const string Image = "registry.example/hx@sha256:0000000000000000000000000000000000000000000000000000000000000000";

    private static readonly Lazy<Task<CompiledContainers>> Once = new(CompileAsync);

    /// <summary>Resources of one's own, and passwords: what the committed parameter file doesn't show.</summary>
    private static readonly Dictionary<string, string> Brought = new()
    {
        ["HX_PROFILE"] = "prod",
        ["AZURE_ENV_NAME"] = "own",
        ["PG_AUTH"] = "password",
        ["REDIS_AUTH"] = "password",
        ["HX_POSTGRES_SOURCE"] = "existing",
        ["HX_REDIS_SOURCE"] = "existing",
        ["QDRANT_URL"] = "https://qdrant.example.org",
        ["QDRANT_API_KEY"] = "made-up-qdrant-key",
        ["HX_GUARD_KEY"] = "made-up-guard-key",
        ["HX_REGISTRY_ID"] = Id("Microsoft.ContainerRegistry/registries/crown"),
        ["HX_GATEWAY_ID"] = Id("Microsoft.ApiManagement/service/apim-own"),
        ["HX_VAULT_ID"] = Id("Microsoft.KeyVault/vaults/kv-own"),
        ["HX_WORKSPACE_ID"] = Id("Microsoft.OperationalInsights/workspaces/log-own"),
    };

    /// <summary>What must be set: the parameter file holds no address and no image.</summary>
    private static readonly Dictionary<string, string> Set = new()
    {
        ["HX_PUBLISHER_EMAIL"] = "platform@example.org",
        ["HX_LLM_GATEWAY_URL"] = "https://llm.example.org",
        ["HX_IMAGE"] = Image,
    };

    /// <summary>ARM template, with the modules' templates in it.</summary>
    public required JsonObject Template { get; init; }

    /// <summary>The template of the job beside a function app.</summary>
    public required JsonObject RoleTemplate { get; init; }

    public required string Problems { get; init; }

    public required JsonObject Dev { get; init; }
    public required JsonObject Prod { get; init; }
    public required JsonObject BroughtResources { get; init; }

    /// <summary>What the second phase would deploy after <see cref="Prod"/>.</summary>
    public required JsonObject ProdConnected { get; init; }

    /// <summary>What is deployed beside a function app for the role in PostgreSQL.</summary>
    public required JsonObject Role { get; init; }

    public static Task<CompiledContainers> GetAsync() => Once.Value;

    /// <summary>The variables of the app: a value, or the name of a secret.</summary>
    public static (string Name, string? Value, string? Secret)[] VariablesOf(JsonObject deployment) =>
        [.. Container(deployment)["env"]!.AsArray().Select(e => ((string)e!["name"]!, (string?)e["value"], (string?)e["secretRef"]))];

    public static JsonObject App(JsonObject deployment) => Compiled.Resources(deployment, "Microsoft.App/containerApps").Single();

    public static JsonNode Container(JsonObject deployment) =>
        Assert.Single(App(deployment)["properties"]!["template"]!["containers"]!.AsArray())!;

    private static async Task<CompiledContainers> CompileAsync()
    {
        string folder = Directory.CreateTempSubdirectory("hx-containers-").FullName;
        try
        {
            Compiled.CopyTo(folder);
            BicepProgram.Result main = await BicepProgram.RunAsync(folder, "build", "container-apps/main.bicep", "--outfile", "main.json");
            BicepProgram.Result role = await BicepProgram.RunAsync(folder, "build", "postgres-role.bicep", "--outfile", "role.json");
            string apps = Path.Combine(folder, "container-apps");
            foreach (string copy in (string[])["prod", "brought"])
            {
                File.Copy(Path.Combine(apps, "main.bicepparam"), Path.Combine(apps, $"{copy}.bicepparam"));
            }

            Dictionary<string, string> prod = new(Set) { ["HX_PROFILE"] = "prod" };
            JsonObject[] deployments = await Task.WhenAll(
                Compiled.SnapshotAsync(apps, "main", Set),
                Compiled.SnapshotAsync(apps, "prod", prod),
                Compiled.SnapshotAsync(apps, "brought", new Dictionary<string, string>(Set.Concat(Brought))),
                Compiled.SnapshotAsync(apps, "connect", prod),
                Compiled.SnapshotAsync(folder, "postgres-role", prod)
            );
            return new()
            {
                Problems = main.Output + main.Problems + role.Output + role.Problems,
                Template = Read(folder, "main.json"),
                RoleTemplate = Read(folder, "role.json"),
                Dev = deployments[0],
                Prod = deployments[1],
                BroughtResources = deployments[2],
                ProdConnected = deployments[3],
                Role = deployments[4],
            };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Id(string resource) =>
        $"/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-own/providers/{resource}";

    private static JsonObject Read(string folder, string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, file)))!.AsObject();
}
