using System.Text.Json.Nodes;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>The app settings that a deployment gives the function app.</summary>
internal static class AppSettings
{
    public static JsonObject Of(JsonObject deployment) =>
        Compiled
            .Resources(deployment, "Microsoft.Web/sites/config")
            .Single(r => ((string)r["name"]!).EndsWith("/appsettings", StringComparison.Ordinal))["properties"]!.AsObject();
}
