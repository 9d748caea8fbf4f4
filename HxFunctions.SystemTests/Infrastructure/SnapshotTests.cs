using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>
/// What would be deployed, compared with what was when someone last looked at it. After a change that is meant: run these tests with
/// <c>HX_RECORD_SNAPSHOTS=1</c> and read the difference before committing it.
/// </summary>
public class SnapshotTests
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    [InlineData("dev-connected")]
    [InlineData("prod-connected")]
    public async Task Deployment_is_as_recorded(string name)
    {
        Compiled compiled = await Compiled.GetAsync();
        await IsAsRecordedAsync(
            name,
            name switch
            {
                "dev" => compiled.Dev,
                "prod" => compiled.Prod,
                "dev-connected" => compiled.DevConnected,
                _ => compiled.ProdConnected,
            }
        );
    }

    [Theory]
    [InlineData("containers-dev")]
    [InlineData("containers-prod")]
    [InlineData("containers-prod-connected")]
    [InlineData("postgres-role")]
    public async Task Deployment_of_containers_is_as_recorded(string name)
    {
        CompiledContainers compiled = await CompiledContainers.GetAsync();
        await IsAsRecordedAsync(
            name,
            name switch
            {
                "containers-dev" => compiled.Dev,
                "containers-prod" => compiled.Prod,
                "containers-prod-connected" => compiled.ProdConnected,
                _ => compiled.Role,
            }
        );
    }

    private static async Task IsAsRecordedAsync(string name, JsonObject deployment)
    {
        string actual = Text(deployment);
        string file = Path.Combine(Repository.Root, "HxFunctions.SystemTests", "Infrastructure", $"{name}.snapshot.json");
        if (Environment.GetEnvironmentVariable("HX_RECORD_SNAPSHOTS") == "1")
        {
            await File.WriteAllTextAsync(file, actual);
        }

        Assert.Equal(await File.ReadAllTextAsync(file), actual);
    }

    private static string Text(JsonObject deployment)
    {
        JsonObject copy = deployment.DeepClone().AsObject();
        // Whole files, which have tests of their own.
        foreach (JsonObject workbook in Compiled.Resources(copy, "Microsoft.Insights/workbooks"))
        {
            workbook["properties"]!["serializedData"] = "monitoring/workbook.json";
        }

        foreach (JsonObject fragment in Compiled.Resources(copy, "Microsoft.ApiManagement/service/policyFragments"))
        {
            fragment["properties"]!["value"] = "apim/variants";
        }

        foreach (JsonObject policy in Compiled.Resources(copy, "Microsoft.ApiManagement/service/apis/policies"))
        {
            policy["properties"]!["value"] = "apim/variants";
        }
        foreach (JsonObject job in Compiled.Resources(copy, "Microsoft.App/jobs"))
        {
            job["properties"]!["template"]!["containers"]![0]!["command"]![2] = "modules/postgres-role.sh";
        }

        // The name is made of the whole app.
        foreach (JsonObject app in Compiled.Resources(copy, "Microsoft.App/containerApps"))
        {
            app["properties"]!["template"]!["revisionSuffix"] = "revision";
            app["properties"]!["configuration"]!["ingress"]!["traffic"]![0]!["revisionName"] = "app--revision";
        }

        if (copy["outputs"]!["revision"] is not null)
        {
            copy["outputs"]!["revision"] = "revision";
        }

        // The program writes these in an order of the moment.
        copy["outputs"] = new JsonObject(
            copy["outputs"]!
                .AsObject()
                .OrderBy(o => o.Key, StringComparer.Ordinal)
                .Select(o => KeyValuePair.Create(o.Key, o.Value?.DeepClone()))
        );
        copy["predictedResources"] = new JsonArray([
            .. copy["predictedResources"]!.AsArray().OrderBy(r => (string?)r!["id"], StringComparer.Ordinal).Select(r => r!.DeepClone()),
        ]);
        return copy.ToJsonString(Readable).ReplaceLineEndings("\n") + "\n";
    }
}
