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
        param existingGatewayId = '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-own/providers/Microsoft.ApiManagement/service/apim-own'
        param existingVaultId = '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-own/providers/Microsoft.KeyVault/vaults/kv-own'
        param existingWorkspaceId = '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-own/providers/Microsoft.OperationalInsights/workspaces/log-own'
        """;

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
        JsonObject[] deployments,
        IReadOnlyDictionary<int, string> schedules
    )
    {
        Build = build;
        Lint = lint;
        Unformatted = unformatted;
        Template = template;
        (Dev, Prod, BroughtResources) = (deployments[0], deployments[1], deployments[2]);
        ScheduleOf = schedules;
    }

    public BicepProgram.Result Build { get; }
    public BicepProgram.Result Lint { get; }

    /// <summary>Files that <c>bicep format</c> would change.</summary>
    public IReadOnlyList<string> Unformatted { get; }

    /// <summary>The ARM template, with the modules' templates in it.</summary>
    public JsonObject Template { get; }

    /// <summary>What main.bicepparam would deploy.</summary>
    public JsonObject Dev { get; }

    /// <summary>What prod.bicepparam would deploy.</summary>
    public JsonObject Prod { get; }

    /// <summary>What is deployed beside resources that were there before.</summary>
    public JsonObject BroughtResources { get; }

    /// <summary>The schedule for every interval that is allowed.</summary>
    public IReadOnlyDictionary<int, string> ScheduleOf { get; }

    public static Task<Compiled> GetAsync() => Once.Value;

    /// <summary>The resources of a deployment that have this type.</summary>
    public static IEnumerable<JsonObject> Resources(JsonObject deployment, string type) =>
        deployment["predictedResources"]!.AsArray().Select(r => r!.AsObject()).Where(r => (string?)r["type"] == type);

    private static async Task<Compiled> CompileAsync()
    {
        string folder = Directory.CreateTempSubdirectory("hx-infra-").FullName;
        try
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

            // Before any file of ours is beside the others.
            BicepProgram.Result lint = await BicepProgram.RunAsync(folder, "lint", "--pattern", "**/*.bicep*");
            BicepProgram.Result build = await BicepProgram.RunAsync(folder, "build", "main.bicep", "--outfile", "main.json");
            JsonObject template = ReadObject(folder, "main.json");
            Dictionary<int, string> schedules = await SchedulesAsync(
                folder,
                [.. template["definitions"]!["checkInterval"]!["allowedValues"]!.AsArray().Select(v => (int)v!)]
            );
            await File.WriteAllTextAsync(Path.Combine(folder, "brought.bicepparam"), Brought);
            JsonObject[] deployments = await Task.WhenAll(
                SnapshotAsync(folder, "main"),
                SnapshotAsync(folder, "prod"),
                SnapshotAsync(folder, "brought")
            );

            await BicepProgram.RunAsync(folder, "format", "--pattern", "**/*.bicep*");
            string[] unformatted =
            [
                .. files.Where(f => File.ReadAllText(Path.Combine(source, f)) != File.ReadAllText(Path.Combine(folder, f))),
            ];
            return new(build, lint, unformatted, template, deployments, schedules);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<JsonObject> SnapshotAsync(string folder, string name)
    {
        BicepProgram.Result result = await BicepProgram.RunAsync(
            folder,
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
        JsonObject snapshot = await SnapshotAsync(folder, "schedules");
        JsonNode output = snapshot["outputs"]!["schedules"]!;
        return intervals
            .Zip((output as JsonArray ?? output["value"]!.AsArray()).Select(v => (string)v!))
            .ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private static JsonObject ReadObject(string folder, string file) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(folder, file)))!.AsObject();
}
