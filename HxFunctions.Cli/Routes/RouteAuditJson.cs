using System.Text.Json;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Http;
using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Routes;

/// <summary>What <c>hx routes check</c> found, for machines: docs/routes.md names the members.</summary>
internal static class RouteAuditJson
{
    public static string Write(RouteAuditResult result) =>
        CliJson.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("status", result.IsClean ? "pass" : "fail");
            writer.WriteString("version", result.Version);
            writer.WriteNumber("operations", result.Operations.Count);
            writer.WriteNumber("guarded", result.GuardedCount);
            writer.WriteNumber("open", result.Operations.Count - result.GuardedCount);
            writer.WriteNumber("known", result.KnownCount);
            writer.WriteNumber("unknown", result.Operations.Count - result.KnownCount);
            writer.WriteNumber("unreadable", result.Unreadable);
            writer.WriteNumber("defaultRules", result.DefaultRules);
            writer.WriteNumber("unmatchedDefaultRules", result.UnmatchedDefaultRules);
            if (result.ForeignBasePath is { } path)
            {
                writer.WriteString("basePath", path);
            }

            if (result.OtherBasePath is { } other)
            {
                writer.WriteString("otherBasePath", other);
            }

            WriteOperations(writer, "unguarded", "rule", result.Unguarded);
            writer.WriteStrings("unmatched", result.Unmatched);
            WriteOperations(writer, "needless", "exemption", result.Needless);
            WriteOperations(writer, "exempted", null, result.Exempted);
            WriteOperations(writer, "possible", "rule", result.Possible);
            writer.WriteStrings("hidden", result.Hidden);
            writer.WriteEndObject();
        });

    private static void WriteOperations(Utf8JsonWriter writer, string name, string? entry, IReadOnlyList<AuditedOperation> operations)
    {
        writer.WriteStartArray(name);
        foreach (AuditedOperation operation in operations)
        {
            writer.WriteStartObject();
            writer.WriteString("method", GuardMethod.Format(operation.Operation.Method));
            writer.WriteString("route", operation.Route);
            if (operation.Judgement.Sureness != AdminSureness.No)
            {
                writer.WriteString("sure", operation.Judgement.Word);
            }

            writer.WriteStrings("tags", operation.Operation.Tags);
            writer.WriteStrings("rules", operation.Rules.Select(rule => rule.Route));
            writer.WriteStrings("needs", operation.Needs);
            writer.WriteString("why", operation.Judgement.Why);
            if (entry is not null)
            {
                writer.WriteString(entry, operation.Entry);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
