using System.Text.Json.Nodes;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>
/// Revisions: what is the same has the same name, a change has another, and a new one can be tried before it gets requests.
/// https://learn.microsoft.com/azure/container-apps/blue-green-deployment
/// </summary>
public class ContainerRevisionTests
{
    private const string App = "ca-hx-test";

    [Fact]
    public async Task Same_content_makes_no_new_revision_and_any_change_makes_one()
    {
        string first = await SuffixAsync(Parameters());
        Assert.Matches("^r[a-z0-9]{8}$", first);
        Assert.Equal(first, await SuffixAsync(Parameters()));
        // Where it goes, and what may still be tried beside it, is no content.
        Assert.Equal(first, await SuffixAsync(Parameters(live: "rother000")));
        string[] changed =
        [
            await SuffixAsync(Parameters(image: "registry.example/hx@sha256:1")),
            await SuffixAsync(Parameters(mode: "shadow")),
            await SuffixAsync(Parameters(replicas: 3)),
        ];
        Assert.Equal(4, changed.Append(first).Distinct().Count());
    }

    [Fact]
    public async Task Requests_go_to_the_new_revision_unless_another_is_live()
    {
        JsonObject properties = await PropertiesAsync(Parameters());
        string suffix = (string)properties["template"]!["revisionSuffix"]!;
        Assert.Equal("Multiple", (string)properties["configuration"]!["activeRevisionsMode"]!);
        Assert.Equal([$"{App}--{suffix} 100 live"], Traffic(properties));

        Assert.Equal(
            [$"{App}--rother000 100 live", $"{App}--{suffix} 0 next"],
            Traffic(await PropertiesAsync(Parameters(live: "rother000")))
        );
        // Nothing new to try: one entry, since a revision may stand there once.
        Assert.Equal([$"{App}--{suffix} 100 live"], Traffic(await PropertiesAsync(Parameters(live: suffix))));
    }

    [Theory]
    [InlineData("registry.example/hx:1.0")]
    [InlineData("")]
    public async Task Image_that_is_not_named_by_its_digest_fails_with_its_variables_name(string image)
    {
        string folder = Directory.CreateTempSubdirectory("hx-image-").FullName;
        try
        {
            Compiled.CopyTo(folder);
            InvalidOperationException problem = await Assert.ThrowsAsync<InvalidOperationException>(() =>
                Compiled.SnapshotAsync(
                    Path.Combine(folder, "container-apps"),
                    "main",
                    new Dictionary<string, string> { ["HX_IMAGE"] = image, ["HX_PUBLISHER_EMAIL"] = "platform@example.org" }
                )
            );
            Assert.Contains("HX_IMAGE", problem.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Parameters(
        string image = "registry.example/hx@sha256:0",
        string mode = "enforce",
        int replicas = 2,
        string live = ""
    ) =>
        $$"""
            using 'modules/containerApp.bicep'
            param location = 'westeurope'
            param tags = {}
            param name = '{{App}}'
            param environmentId = '/environment'
            param identityId = '/identity'
            param image = '{{image}}'
            param registryServer = ''
            param size = { cpu: '0.5', memory: '1Gi', minimumReplicas: {{replicas}}, maximumReplicas: 10, zoneRedundant: false }
            param settings = { GUARD_MODE: '{{mode}}', AzureWebJobsStorage__clientId: 'not-for-it', PG_URL: '' }
            param vaultVariables = { PG_URL: 'hx-pg-url', WRAPPER_KEYS: 'hx-serve-keys' }
            param vaultUri = 'https://vault.example/'
            param liveRevision = '{{live}}'
            """;

    private static async Task<string> SuffixAsync(string parameters) =>
        (string)(await PropertiesAsync(parameters))["template"]!["revisionSuffix"]!;

    private static async Task<JsonObject> PropertiesAsync(string parameters) =>
        CompiledContainers.App(await CompiledContainers.SnapshotAsync(parameters))["properties"]!.AsObject();

    private static string[] Traffic(JsonObject properties) =>
        [.. properties["configuration"]!["ingress"]!["traffic"]!.AsArray().Select(t => $"{t!["revisionName"]} {t["weight"]} {t["label"]}")];
}
