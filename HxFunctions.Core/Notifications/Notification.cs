using System.Buffers;
using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;

namespace HxFunctions.Core.Notifications;

/// <summary>A transition as it is sent.</summary>
/// <param name="Id">See <see cref="Transition.IdFor"/>.</param>
/// <param name="Dependency">For logs.</param>
internal sealed record Notification(string Id, string Dependency, string ContentType, ReadOnlyMemory<byte> Body)
{
    private const string EventType = "hxfunctions.dependency.transition";

    /// <param name="fleet">The prefix of the Redis keys: namespace, schema and endpoints, hashed.</param>
    public static Notification Of(Transition transition, NotifyFormat format, IReadOnlyList<GuardRule> rules, string fleet)
    {
        string id = transition.IdFor(fleet);
        ArrayBufferWriter<byte> body = new(1024);
        using Utf8JsonWriter writer = new(body);
        switch (format)
        {
            case NotifyFormat.Slack:
                writer.WriteStartObject();
                writer.WriteString("text", TextOf(transition, rules));
                writer.WriteEndObject();
                break;
            case NotifyFormat.Teams:
                WriteCard(writer, TextOf(transition, rules));
                break;
            default:
                WriteEvent(writer, transition, id, rules, fleet);
                break;
        }

        writer.Flush();
        return new(
            id,
            transition.Dependency,
            format == NotifyFormat.CloudEvents ? "application/cloudevents+json" : "application/json",
            body.WrittenMemory
        );
    }

    /// <summary>One sentence for people, and what follows from it.</summary>
    private static string TextOf(Transition transition, IReadOnlyList<GuardRule> needing)
    {
        string name = DependencyKind.DisplayNameOf(transition.Dependency);
        string what = transition.After.Status switch
        {
            DependencyStatus.Pass => "is up again",
            DependencyStatus.Warn when transition.After.RefusesWrites => "refuses writes",
            DependencyStatus.Warn => $"works in part: {transition.After.Reason}",
            _ => $"is down: {transition.After.Reason}",
        };
        // By what the dependency does to them; an override, another dependency or shadow mode may have it otherwise.
        string routes = needing.Count == 0 ? "No guarded route needs it." : $"It is needed by {string.Join(", ", RuleNames.Of(needing))}.";
        return $"{name} {what}. {routes}";
    }

    private static void WriteEvent(Utf8JsonWriter writer, Transition transition, string id, IReadOnlyList<GuardRule> rules, string fleet)
    {
        writer.WriteStartObject();
        writer.WriteString("specversion", "1.0");
        writer.WriteString("id", id);
        writer.WriteString("source", "urn:hxfunctions:" + Uri.EscapeDataString(fleet));
        writer.WriteString("type", EventType);
        writer.WriteString("subject", transition.Dependency);
        writer.WriteString("time", transition.After.Since);
        writer.WriteString("datacontenttype", "application/json");
        writer.WriteStartObject("data");
        writer.WriteString("text", TextOf(transition, rules));
        writer.WriteString("dependency", transition.Dependency);
        writer.WriteString("before", transition.StatusBefore.Wire());
        writer.WriteString("status", transition.After.Status.Wire());
        writer.WriteString("reason", transition.After.Reason);
        writer.WriteStartArray("routes");
        foreach (string route in rules.Select(rule => rule.Route).Distinct(StringComparer.Ordinal))
        {
            writer.WriteStringValue(route);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <remarks>https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#send-adaptive-cards-using-an-incoming-webhook</remarks>
    private static void WriteCard(Utf8JsonWriter writer, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "message");
        writer.WriteStartArray("attachments");
        writer.WriteStartObject();
        writer.WriteString("contentType", "application/vnd.microsoft.card.adaptive");
        writer.WriteStartObject("content");
        writer.WriteString("type", "AdaptiveCard");
        writer.WriteString("version", "1.4");
        writer.WriteStartArray("body");
        writer.WriteStartObject();
        writer.WriteString("type", "TextBlock");
        writer.WriteString("text", text);
        writer.WriteBoolean("wrap", true);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
