using System.Globalization;
using System.Text.Json.Nodes;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>Requests as the Functions host records them, in the envelopes in which the exporter sends them. The host is not played for
/// them: what it records is read in its sources.</summary>
/// <remarks>
/// https://github.com/Azure/azure-functions-host/blob/0fab06d300bef64d32df20df40d88fb3b35df982/src/WebJobs.Script/Diagnostics/OpenTelemetry/OpenTelemetryConfigurationExtensions.cs:
/// ASP.NET Core's spans go to the same Application Insights. A worker that is gone makes a 500
/// (https://github.com/Azure/azure-functions-host/issues/10623) or a 502, or a 503 with a property of its own
/// (https://github.com/Azure/azure-functions-host/pull/11997). Success is the exporter's: a status below 400.
/// https://github.com/Azure/azure-sdk-for-net/blob/main/sdk/monitor/Azure.Monitor.OpenTelemetry.Exporter/src/Customizations/Models/RequestData.cs
/// </remarks>
internal static class HostRequests
{
    public static IEnumerable<JsonObject> Of(string resultCode, int count, string? notForwarded = null) =>
        Enumerable.Range(0, count).Select(_ => One(resultCode, notForwarded));

    /// <param name="notForwarded">Why the host had no worker to forward to.</param>
    /// <param name="sampled">How many requests it stands for.</param>
    public static JsonObject One(string resultCode, string? notForwarded = null, int sampled = 1)
    {
        JsonObject properties = [];
        if (notForwarded is not null)
        {
            properties["azure.functions.worker_proxy.http.forwarding.result"] = notForwarded;
        }

        return new JsonObject
        {
            ["sampleRate"] = 100.0 / sampled,
            ["tags"] = new JsonObject { ["ai.cloud.role"] = "func-hx-dev", ["ai.cloud.roleInstance"] = "instance-1" },
            ["data"] = new JsonObject
            {
                ["baseType"] = "RequestData",
                ["baseData"] = new JsonObject
                {
                    ["id"] = "00f067aa0ba902b7",
                    ["name"] = "GET guard",
                    ["duration"] = "00:00:00.0020000",
                    ["success"] = int.Parse(resultCode, CultureInfo.InvariantCulture) < 400,
                    ["responseCode"] = resultCode,
                    ["url"] = "https://app.example/guard",
                    ["properties"] = properties,
                },
            },
        };
    }
}
