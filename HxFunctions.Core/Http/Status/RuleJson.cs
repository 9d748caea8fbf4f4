using System.Text.Json;

namespace HxFunctions.Core.Http.Status;

/// <summary>A rule of <c>/status/history</c>, with its verdicts.</summary>
internal static class RuleJson
{
    public static void WriteRule(this Utf8JsonWriter writer, RuleView rule)
    {
        writer.WriteStartObject();
        writer.WriteString("rule", rule.Rule.Route);
        writer.WriteMethods(rule.Rule.Methods);
        writer.WriteStrings("needs", rule.Rule.Dependencies);
        WriteVerdict(writer, "read", rule.Read);
        WriteVerdict(writer, "write", rule.Write);
        writer.WriteEndObject();
    }

    private static void WriteVerdict(Utf8JsonWriter writer, string property, VerdictView verdict)
    {
        writer.WriteStartObject(property);
        writer.WriteString("verdict", verdict.Closed ? "closed" : "open");
        writer.WriteString("wouldBe", verdict.WouldBeClosed ? "closed" : "open");
        writer.WriteStrings("missing", verdict.Missing);
        writer.WriteEndObject();
    }
}
