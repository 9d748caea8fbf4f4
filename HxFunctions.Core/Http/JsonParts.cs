using System.Text.Json;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Http;

/// <summary>Parts that several answers share.</summary>
internal static class JsonParts
{
    public static void WriteOverride(this Utf8JsonWriter writer, HealthSnapshot snapshot, GuardOverride value, long now) =>
        writer.WriteOverride(value, Math.Max(0, Math.Ceiling(snapshot.Ages.Seconds(snapshot.Override!.EndsAt - now))));

    public static void WriteOverride(this Utf8JsonWriter writer, GuardOverride value, double endsInSeconds)
    {
        writer.WriteStartObject("override");
        writer.WriteString("verdict", value.Verdict);
        writer.WriteString("reason", value.Reason);
        writer.WriteString("by", value.By);
        writer.WriteString("setAt", value.SetAt);
        writer.WriteNumber("endsInSeconds", endsInSeconds);
        writer.WriteEndObject();
    }

    /// <summary>Seconds with three decimals at most.</summary>
    public static void WriteSeconds(this Utf8JsonWriter writer, string property, double? seconds)
    {
        if (seconds is { } value)
        {
            writer.WriteNumber(property, Math.Round(value, 3));
        }
        else
        {
            writer.WriteNull(property);
        }
    }

    /// <summary>An array of strings.</summary>
    public static void WriteStrings(this Utf8JsonWriter writer, string property, IEnumerable<string> values)
    {
        writer.WriteStartArray(property);
        foreach (string value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    /// <summary>A rule's methods as <c>methods</c>: an array of names, or null for every method.</summary>
    public static void WriteMethods(this Utf8JsonWriter writer, GuardMethods methods)
    {
        if (methods == GuardMethods.All)
        {
            writer.WriteNull("methods");
        }
        else
        {
            writer.WriteStrings("methods", GuardMethod.NamesOf(methods));
        }
    }

    /// <param name="milliseconds">Since 1970.</param>
    public static void WriteMoment(this Utf8JsonWriter writer, string property, long? milliseconds) =>
        writer.WriteMoment(property, milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null);

    public static void WriteMoment(this Utf8JsonWriter writer, string property, DateTimeOffset? at)
    {
        if (at is { } moment)
        {
            writer.WriteString(property, moment);
        }
        else
        {
            writer.WriteNull(property);
        }
    }
}
