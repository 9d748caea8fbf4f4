using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Routing;

namespace HxFunctions.Core.Http;

/// <summary>Every rule with its verdict for reads and for writes, and what is exempt.</summary>
internal sealed class VerdictsAnswer(
    IReadOnlyList<(GuardRule Rule, GuardDecision Read, GuardDecision Write)> verdicts,
    DependencySet dependencies,
    HxSettings settings
) : JsonAnswer
{
    protected override int Status => 200;

    protected override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("mode", settings.GuardMode.Wire());
        // For as long as an instance goes by what it knows without looking again.
        writer.WriteNumber("cacheSeconds", Math.Max(1, (int)settings.MaxStaleness.TotalSeconds));
        if (verdicts[0].Read is { Override: { } inEffect } first)
        {
            writer.WriteOverride(first.Snapshot, inEffect, first.Now);
        }

        writer.WriteStartArray("rules");
        foreach ((GuardRule rule, GuardDecision read, GuardDecision write) in verdicts)
        {
            writer.WriteStartObject();
            writer.WriteString("rule", rule.Route);
            writer.WriteMethods(rule.Methods);
            writer.WriteStrings("needs", rule.Dependencies);
            writer.WriteString("from", rule.Origin.Wire());
            WriteVerdict(writer, "read", read);
            WriteVerdict(writer, "write", write);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("exempt");
        foreach (RouteExemption exemption in settings.Exemptions)
        {
            writer.WriteStartObject();
            writer.WriteString("route", exemption.Route);
            writer.WriteMethods(exemption.Methods);
            writer.WriteString("from", exemption.Origin.Wire());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteVerdict(Utf8JsonWriter writer, string property, GuardDecision decision)
    {
        writer.WriteStartObject(property);
        writer.WriteString("verdict", decision.Closed ? "closed" : "open");
        if (decision.Mode == GuardMode.Shadow)
        {
            writer.WriteString("wouldBe", decision.VerdictIsClosed ? "closed" : "open");
        }

        writer.WriteStrings("missing", GuardAnswer.MissingNames(decision, dependencies, settings));
        writer.WriteSeconds("ageSeconds", decision.AgeSeconds);
        writer.WriteEndObject();
    }
}
