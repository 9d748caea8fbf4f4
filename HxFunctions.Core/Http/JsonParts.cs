using System.Text.Json;
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

    /// <inheritdoc cref="WriteSeconds(Utf8JsonWriter, JsonEncodedText, double?)"/>
    public static void WriteSeconds(this Utf8JsonWriter writer, string property, double? seconds) =>
        writer.WriteSeconds(JsonEncodedText.Encode(property), seconds);

    /// <summary>Seconds with three decimals at most.</summary>
    public static void WriteSeconds(this Utf8JsonWriter writer, JsonEncodedText property, double? seconds)
    {
        if (seconds is not { } value)
        {
            writer.WriteNull(property);
        }
        // As a decimal: to find the shortest digits of a double takes longer.
        else
        {
            writer.WriteNumber(property, (long)Math.Round(value * 1000) / 1000m);
        }
    }
}
