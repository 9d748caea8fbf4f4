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
        string actual = Text(
            name switch
            {
                "dev" => compiled.Dev,
                "prod" => compiled.Prod,
                "dev-connected" => compiled.DevConnected,
                _ => compiled.ProdConnected,
            }
        );
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
