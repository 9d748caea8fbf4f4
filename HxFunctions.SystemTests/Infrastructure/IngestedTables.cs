using System.Globalization;
using System.Text.Json.Nodes;
using KqlRow = System.Collections.Generic.IReadOnlyDictionary<string, object?>;
using KqlRows = System.Collections.Generic.IReadOnlyList<System.Collections.Generic.IReadOnlyDictionary<string, object?>>;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>Rows of Application Insights' tables, made of the envelopes that the exporter sends, as Azure Monitor documents both.</summary>
/// <remarks>
/// Columns: https://learn.microsoft.com/azure/azure-monitor/reference/tables/appmetrics, …/appdependencies, …/appexceptions,
/// …/apprequests. A data point of a gauge or counter has a value alone, which is Sum. What Min, Max and ItemCount are of it is documented
/// nowhere: here nothing, so that a query that needs them finds nothing.
/// </remarks>
internal static class IngestedTables
{
    public static readonly string[] Names = ["AppMetrics", "AppDependencies", "AppExceptions", "AppRequests"];

    /// <param name="resourceId">Application Insights.</param>
    public static Dictionary<string, KqlRows> Of(IEnumerable<JsonObject> envelopes, string resourceId)
    {
        Dictionary<string, List<KqlRow>> tables = Names.ToDictionary(name => name, _ => new List<KqlRow>());
        foreach (JsonObject envelope in envelopes)
        {
            JsonNode data = envelope["data"]!["baseData"]!;
            (string Table, Dictionary<string, object?> Own)? row = (string?)envelope["data"]!["baseType"] switch
            {
                "MetricData" => ("AppMetrics", Metric(Assert.Single(data["metrics"]!.AsArray())!)),
                "RemoteDependencyData" => ("AppDependencies", Dependency(data)),
                "RequestData" => ("AppRequests", Request(data, (double?)envelope["sampleRate"] ?? 100)),
                "ExceptionData" => ("AppExceptions", Exception(data)),
                _ => null,
            };
            if (row is { } found)
            {
                found.Own["_ResourceId"] = resourceId;
                found.Own["TimeGenerated"] = DateTime.Parse(
                    (string)envelope["time"]!,
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AdjustToUniversal
                );
                found.Own["AppRoleName"] = (string?)envelope["tags"]?["ai.cloud.role"];
                found.Own["AppRoleInstance"] = (string?)envelope["tags"]?["ai.cloud.roleInstance"];
                found.Own["Properties"] = data["properties"];
                tables[found.Table].Add(found.Own);
            }
        }

        return tables.ToDictionary(table => table.Key, table => (KqlRows)table.Value);
    }

    private static Dictionary<string, object?> Metric(JsonNode point) =>
        new()
        {
            ["Name"] = (string)point["name"]!,
            ["Sum"] = (double?)point["value"],
            ["ItemCount"] = (double?)point["count"],
            ["Min"] = (double?)point["min"],
            ["Max"] = (double?)point["max"],
        };

    /// <summary>A row stands for as many calls as the sampler says.</summary>
    private static Dictionary<string, object?> Dependency(JsonNode data) =>
        new()
        {
            ["Name"] = (string)data["name"]!,
            ["DependencyType"] = (string?)data["type"],
            ["Success"] = (bool?)data["success"],
            ["ResultCode"] = (string?)data["resultCode"],
            ["DurationMs"] = TimeSpan.Parse((string)data["duration"]!, CultureInfo.InvariantCulture).TotalMilliseconds,
            ["ItemCount"] = 1.0,
        };

    /// <summary>A row stands for as many requests as the sampler says. A result code is text.</summary>
    private static Dictionary<string, object?> Request(JsonNode data, double sampleRate) =>
        new()
        {
            ["Id"] = (string)data["id"]!,
            ["Name"] = (string)data["name"]!,
            ["Url"] = (string?)data["url"],
            ["Success"] = (bool?)data["success"],
            ["ResultCode"] = (string?)data["responseCode"],
            ["DurationMs"] = TimeSpan.Parse((string)data["duration"]!, CultureInfo.InvariantCulture).TotalMilliseconds,
            ["ItemCount"] = 100 / sampleRate,
        };

    private static Dictionary<string, object?> Exception(JsonNode data) =>
        new()
        {
            ["ExceptionType"] = (string?)data["exceptions"]![0]!["typeName"],
            ["OuterMessage"] = (string?)data["exceptions"]![0]!["message"],
            ["ItemCount"] = 1.0,
        };
}
