using System.Text.Json.Nodes;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>What the bicep program makes of a copy of infra/, once for all tests of this folder.</summary>
internal sealed class Compiled
{
    private static readonly Lazy<Task<Compiled>> Once = new(CompileAsync);

    /// <summary>A bring-your-own deployment with passwords: what the committed parameter files don't show.</summary>
    private const string Brought = """
        using 'main.bicep'
        param environmentName = 'own'
        param publisherEmail = 'platform@example.org'
        param llmGatewayUrl = 'https://llm.example.org'
        param settings = { GUARD_MODE: 'shadow' }
        param postgresSource = 'existing'
        param postgresLogin = 'password'
        param redisLogin = 'password'
        param postgresUrl = ''
        param postgresAdministratorPassword = ''
        param redisUrl = ''
        param qdrantApiKey = ''
        param guardLogin = 'key'
        param existingGatewayId = '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-own/providers/Microsoft.ApiManagement/service/apim-own'
        param existingVaultId = '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-own/providers/Microsoft.KeyVault/vaults/kv-own'
        param existingWorkspaceId = '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-own/providers/Microsoft.OperationalInsights/workspaces/log-own'
        """;

    private const string BroughtConnected = """
        using 'connect.bicep'
        param environmentName = 'own'
        param llmGatewayUrl = 'https://llm.example.org'
        param guardLogin = 'key'
        param existingGatewayId = '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-own/providers/Microsoft.ApiManagement/service/apim-own'
        param existingVaultId = '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-own/providers/Microsoft.KeyVault/vaults/kv-own'
        param existingWorkspaceId = '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-own/providers/Microsoft.OperationalInsights/workspaces/log-own'
        """;

    private const string Llm = "HX_LLM_GATEWAY_URL";
    private const string LlmUrl = "https://llm.example.org";

    /// <summary>What must be set: the parameter files hold no address and no id.</summary>
    private static readonly Dictionary<string, string> Set = new()
    {
        ["HX_PUBLISHER_EMAIL"] = "platform@example.org",
        ["HX_GUARD_APPLICATION_ID"] = "00000000-0000-0000-0000-000000000003",
    };

    private const string Schedules = """
        import { checkInterval, ncrontabOf } from 'schedule.bicep'
        param intervals checkInterval[]
        output schedules string[] = map(intervals, seconds => ncrontabOf(seconds))
        """;

    private Compiled(
        BicepProgram.Result build,
        BicepProgram.Result lint,
        IReadOnlyList<string> unformatted,
        JsonObject template,
        JsonObject connectTemplate,
        JsonObject[] deployments,
        IReadOnlyDictionary<int, string> schedules
    )
    {
        Build = build;
        Lint = lint;
        Unformatted = unformatted;
        Template = template;
        ConnectTemplate = connectTemplate;
        (Dev, Prod, BroughtResources) = (deployments[0], deployments[1], deployments[2]);
        (DevConnected, ProdConnected, BroughtResourcesConnected) = (deployments[3], deployments[4], deployments[5]);
        ScheduleOf = schedules;
    }

    public BicepProgram.Result Build { get; }
    public BicepProgram.Result Lint { get; }

    /// <summary>Files that <c>bicep format</c> would change.</summary>
    public IReadOnlyList<string> Unformatted { get; }

    /// <summary>The ARM template, with the modules' templates in it.</summary>
    public JsonObject Template { get; }

    /// <summary>The second phase's.</summary>
    public JsonObject ConnectTemplate { get; }

    /// <summary>What main.bicepparam would deploy.</summary>
    public JsonObject Dev { get; }

    /// <summary>What prod.bicepparam would deploy.</summary>
    public JsonObject Prod { get; }

    /// <summary>What is deployed beside resources that were there before.</summary>
    public JsonObject BroughtResources { get; }

    /// <summary>What the second phase would deploy after each of them.</summary>
    public JsonObject DevConnected { get; }
    public JsonObject ProdConnected { get; }
    public JsonObject BroughtResourcesConnected { get; }

    /// <summary>The schedule for every interval that is allowed.</summary>
    public IReadOnlyDictionary<int, string> ScheduleOf { get; }

    public static Task<Compiled> GetAsync() => Once.Value;

    /// <summary>The resources of a deployment that have this type.</summary>
    public static IEnumerable<JsonObject> Resources(JsonObject deployment, string type) =>
        deployment["predictedResources"]!.AsArray().Select(r => r!.AsObject()).Where(r => (string?)r["type"] == type);

    /// <summary>Copies infra/. Returns its files, by their paths in there.</summary>
    public static string[] CopyTo(string folder)
    {
        string source = Path.Combine(Repository.Root, "infra");
        string[] files =
        [
            .. Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(source, f)),
        ];
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
            File.Copy(Path.Combine(source, file), Path.Combine(folder, file));
        }

        return files;
    }

    private static async Task<Compiled> CompileAsync()
    {
        string folder = Directory.CreateTempSubdirectory("hx-infra-").FullName;
        try
        {
            string source = Path.Combine(Repository.Root, "infra");
            string[] files = CopyTo(folder);

            // Before any file of ours is beside the others.
            BicepProgram.Result lint = await BicepProgram.RunAsync(folder, "lint", "--pattern", "**/*.bicep*");
            BicepProgram.Result build = await BicepProgram.RunAsync(folder, "build", "main.bicep", "--outfile", "main.json");
            BicepProgram.Result connect = await BicepProgram.RunAsync(folder, "build", "connect.bicep", "--outfile", "connect.json");
            build = new(build.ExitCode + connect.ExitCode, build.Output + connect.Output, build.Problems + connect.Problems);
            JsonObject template = ReadObject(folder, "main.json");
            JsonObject connectTemplate = ReadObject(folder, "connect.json");
            Dictionary<int, string> schedules = await SchedulesAsync(
                folder,
                [.. template["definitions"]!["checkInterval"]!["allowedValues"]!.AsArray().Select(v => (int)v!)]
            );
            await File.WriteAllTextAsync(Path.Combine(folder, "brought.bicepparam"), Brought);
            await File.WriteAllTextAsync(Path.Combine(folder, "brought-connect.bicepparam"), BroughtConnected);
            File.Copy(Path.Combine(folder, "connect.bicepparam"), Path.Combine(folder, "prod-connect.bicepparam"));
            JsonObject[] deployments = await Task.WhenAll(
                SnapshotAsync(folder, "main", Set),
                SnapshotAsync(folder, "prod", Set),
                SnapshotAsync(folder, "brought", Set),
                SnapshotAsync(folder, "connect", new Dictionary<string, string>(Set) { [Llm] = LlmUrl }),
                SnapshotAsync(folder, "prod-connect", new Dictionary<string, string>(Set) { [Llm] = LlmUrl, ["HX_PROFILE"] = "prod" }),
                SnapshotAsync(folder, "brought-connect", Set)
            );
            File.Delete(Path.Combine(folder, "prod-connect.bicepparam"));

            await BicepProgram.RunAsync(folder, "format", "--pattern", "**/*.bicep*");
            string[] unformatted =
            [
                .. files.Where(f => File.ReadAllText(Path.Combine(source, f)) != File.ReadAllText(Path.Combine(folder, f))),
            ];
            return new(build, lint, unformatted, template, connectTemplate, deployments, schedules);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What a parameter file in the folder would deploy.</summary>
    public static async Task<JsonObject> SnapshotAsync(string folder, string name, IReadOnlyDictionary<string, string> environment)
    {
        BicepProgram.Result result = await BicepProgram.RunAsync(
            folder,
            environment,
            "snapshot",
            $"{name}.bicepparam",
            "--mode",
            "overwrite",
            "--resource-group",
            "rg-hx",
            "--location",
            "westeurope",
            "--subscription-id",
            "00000000-0000-0000-0000-000000000001",
            "--tenant-id",
            "00000000-0000-0000-0000-000000000002"
        );
        if (result is { ExitCode: 0, Problems: "" })
        {
            return ReadObject(folder, $"{name}.snapshot.json");
        }

        throw new InvalidOperationException($"bicep snapshot {name}.bicepparam: {result.Output}{result.Problems}");
    }

    private static async Task<Dictionary<int, string>> SchedulesAsync(string folder, int[] intervals)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "schedules.bicep"), Schedules);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "schedules.bicepparam"),
            $"using 'schedules.bicep'\nparam intervals = [{string.Join(", ", intervals)}]\n"
        );
        JsonObject snapshot = await SnapshotAsync(folder, "schedules", Set);
        JsonNode output = snapshot["outputs"]!["schedules"]!;
        return intervals
            .Zip((output as JsonArray ?? output["value"]!.AsArray()).Select(v => (string)v!))
            .ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private static JsonObject ReadObject(string folder, string file) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(folder, file)))!.AsObject();
}
