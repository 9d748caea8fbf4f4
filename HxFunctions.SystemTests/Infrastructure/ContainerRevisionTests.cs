using System.Text.Json.Nodes;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>
/// Revisions: what is the same has the same name, a change has another, and a new one can be tried before it gets requests.
/// https://learn.microsoft.com/azure/container-apps/blue-green-deployment
/// </summary>
public class ContainerRevisionTests
{
    private static readonly Lazy<Task<JsonObject>> Once = new(SnapshotAsync);

    [Fact]
    public async Task Same_content_makes_no_new_revision_and_any_change_makes_one()
    {
        string first = await SuffixAsync("first");
        Assert.Matches("^r[a-z0-9]{8}$", first);
        // Another app with the same content, and the same beside a live one: where requests go is no content.
        Assert.Equal(first, await SuffixAsync("same"));
        Assert.Equal(first, await SuffixAsync("tried"));
        string[] changed = [await SuffixAsync("image"), await SuffixAsync("mode"), await SuffixAsync("replicas")];
        Assert.Equal(4, changed.Append(first).Distinct().Count());
    }

    /// <summary>A name that a revision has had is refused, or does nothing.</summary>
    [Fact]
    public async Task Going_back_to_an_earlier_content_makes_a_revision_of_a_name_that_none_has_had()
    {
        string first = await SuffixAsync("first"),
            other = await SuffixAsync("other"),
            back = await SuffixAsync("back");
        string[] names = [first, other, back, await SuffixAsync("forth"), await SuffixAsync("backInactive")];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(names[1..], name => Assert.Matches("^r[a-z0-9]{8}-[a-z0-9]{5}$", name));
        // A revision's whole name has 54 characters at most, and an app's 32.
        Assert.All(names, name => Assert.InRange(name.Length, 1, 54 - 32 - 2));
        // What is the latest, and active, is kept.
        Assert.Equal(first, await SuffixAsync("keptFirst"));
        Assert.Equal(back, await SuffixAsync("keptBack"));
    }

    [Fact]
    public async Task Requests_go_to_the_new_revision_unless_another_is_live()
    {
        string suffix = await SuffixAsync("first");
        Assert.Equal("Multiple", (string)(await PropertiesAsync("first"))["configuration"]!["activeRevisionsMode"]!);
        Assert.Equal([$"first--{suffix} 100 live"], await TrafficAsync("first"));
        Assert.Equal(["tried--rother000 100 live", $"tried--{suffix} 0 next"], await TrafficAsync("tried"));
        // Nothing new to try: one entry, since a revision may stand there once.
        Assert.Equal([$"live--{suffix} 100 live"], await TrafficAsync("live"));
    }

    [Fact]
    public async Task Variable_of_the_vault_stands_there_once_and_the_hosts_own_not_at_all()
    {
        JsonArray variables = (await PropertiesAsync("first"))["template"]!["containers"]![0]!["env"]!.AsArray();
        Assert.Equal(
            ["GUARD_MODE", "PG_URL", "WRAPPER_HOST", "WRAPPER_KEYS", "WRAPPER_LOG_FORMAT", "WRAPPER_PORT"],
            variables.Select(v => (string)v!["name"]!).Order(StringComparer.Ordinal)
        );
        Assert.Equal("hx-pg-url", (string)variables.Single(v => (string)v!["name"]! == "PG_URL")!["secretRef"]!);
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

    /// <summary>All cases in one template: the program takes seconds.</summary>
    private static async Task<JsonObject> SnapshotAsync()
    {
        string folder = Directory.CreateTempSubdirectory("hx-revisions-").FullName;
        try
        {
            Compiled.CopyTo(folder);
            string source = string.Join(
                '\n',
                Module("first"),
                Module("same"),
                Module("image", image: "registry.example/hx@sha256:1"),
                Module("mode", mode: "shadow"),
                Module("replicas", replicas: 3),
                Module("tried", live: "'rother000'"),
                Module("live", live: "first.outputs.revision"),
                Module("other", image: "registry.example/hx@sha256:1", latest: "first.outputs.revision"),
                Module("back", latest: "other.outputs.revision"),
                Module("forth", image: "registry.example/hx@sha256:1", latest: "back.outputs.revision"),
                Module("backInactive", latest: "'inactive-${back.outputs.revision}'"),
                Module("keptFirst", latest: "first.outputs.revision"),
                Module("keptBack", latest: "back.outputs.revision")
            );
            await File.WriteAllTextAsync(Path.Combine(folder, "revisions.bicep"), source);
            await File.WriteAllTextAsync(Path.Combine(folder, "revisions.bicepparam"), "using 'revisions.bicep'\n");
            return await Compiled.SnapshotAsync(folder, "revisions", new Dictionary<string, string>());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Module(
        string name,
        string image = "registry.example/hx@sha256:0",
        string mode = "enforce",
        int replicas = 2,
        string live = "''",
        string latest = "''"
    ) =>
        $$"""
            module {{name}} 'modules/containerApp.bicep' = {
              name: '{{name}}'
              params: {
                location: 'westeurope'
                tags: {}
                name: '{{name}}'
                environmentId: '/environment'
                identityId: '/identity'
                image: '{{image}}'
                registryServer: ''
                size: { cpu: '0.5', memory: '1Gi', minimumReplicas: {{replicas}}, maximumReplicas: 10, zoneRedundant: false }
                settings: { GUARD_MODE: '{{mode}}', AzureWebJobsStorage__clientId: 'not-for-it', PG_URL: '' }
                vaultVariables: { PG_URL: 'hx-pg-url', WRAPPER_KEYS: 'hx-serve-keys' }
                vaultUri: 'https://vault.example/'
                latestRevision: {{latest}}
                liveRevision: {{live}}
              }
            }
            """;

    private static async Task<string> SuffixAsync(string name) => (string)(await PropertiesAsync(name))["template"]!["revisionSuffix"]!;

    private static async Task<JsonObject> PropertiesAsync(string name) =>
        Compiled.Resources(await Once.Value, "Microsoft.App/containerApps").Single(r => (string)r["name"]! == name)[
            "properties"
        ]!.AsObject();

    private static async Task<string[]> TrafficAsync(string name) =>
        [
            .. (await PropertiesAsync(name))["configuration"]!["ingress"]!["traffic"]!
                .AsArray()
                .Select(t => $"{t!["revisionName"]} {t["weight"]} {t["label"]}"),
        ];
}
