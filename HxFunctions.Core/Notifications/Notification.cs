using System.Buffers;
using System.Globalization;
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

    /// <summary>How many routes the sentence names, and how long one of them may be.</summary>
    private const int MaxNames = 20,
        MaxNameLength = 100;

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
                writer.WriteString("text", EscapeForSlack(TextOf(transition, rules, route => $"`{route.Replace('`', '\'')}`")));
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

    /// <summary>One sentence for people, and what follows from it. It says when, and not what is so now: it may come late, and after what
    /// has happened since.</summary>
    /// <param name="format">How a rule's route is written; as it is when not given.</param>
    private static string TextOf(Transition transition, IReadOnlyList<GuardRule> needing, Func<string, string>? format = null)
    {
        string name = DependencyKind.DisplayNameOf(transition.Dependency);
        string at = transition.After.Since.UtcDateTime.ToString("'at 'HH':'mm':'ss' UTC'", CultureInfo.InvariantCulture);
        string what = transition.After.Status switch
        {
            DependencyStatus.Pass => $"came up again {at}",
            DependencyStatus.Warn when transition.After.RefusesWrites => $"began to refuse writes {at}",
            DependencyStatus.Warn => $"became degraded {at}: {transition.After.Reason}",
            _ => $"went down {at}: {transition.After.Reason}",
        };
        // By what the dependency does to them; an override, another dependency or shadow mode may have it otherwise.
        string routes = needing.Count == 0 ? "No guarded route needs it." : $"It is needed by {NamesOf(needing, format)}.";
        return $"{name} {what}. {routes}";
    }

    /// <summary>The first of them, so that the message stays below every receiver's limit (a Teams workflow's is 28 KB; Slack advises
    /// against more than 4,000 characters).</summary>
    /// <remarks>https://docs.slack.dev/reference/methods/chat.postMessage#truncating</remarks>
    private static string NamesOf(IReadOnlyList<GuardRule> rules, Func<string, string>? format)
    {
        IReadOnlyList<string> names = RuleNames.Of(rules, rule => format is null ? Shorten(rule.Route) : format(Shorten(rule.Route)));
        return names.Count <= MaxNames
            ? string.Join(", ", names)
            : $"{string.Join(", ", names.Take(MaxNames))} and {names.Count - MaxNames} more";
    }

    private static string Shorten(string route)
    {
        if (route.Length <= MaxNameLength)
        {
            return route;
        }

        // Half a character is none, and can't be written as UTF-8.
        int length = char.IsHighSurrogate(route[MaxNameLength - 2]) ? MaxNameLength - 2 : MaxNameLength - 1;
        return $"{route[..length]}…";
    }

    /// <summary>What would begin a link or an entity. Routes are code, in which <c>*</c> and <c>_</c> mean nothing, in Slack as in
    /// Mattermost and Google Chat: Slack has no escape for these.</summary>
    /// <remarks>https://docs.slack.dev/messaging/formatting-message-text#escaping</remarks>
    private static string EscapeForSlack(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);

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
        // A TextBlock would read Markdown: the stars of "/v1/*, /v2/*" would turn into italics.
        writer.WriteString("type", "RichTextBlock");
        writer.WriteStartArray("inlines");
        writer.WriteStartObject();
        writer.WriteString("type", "TextRun");
        writer.WriteString("text", text);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
