using System.Text.Json;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Http;

/// <summary>Answers that are a word.</summary>
internal sealed class StatusAnswer(int status, string word, string? reason) : JsonAnswer
{
    public static StatusAnswer Live { get; } = new(200, "pass", null);
    public static StatusAnswer Ready { get; } = new(200, "pass", null);
    public static StatusAnswer NotReady { get; } = new(503, "fail", Reasons.Unknown);
    public static StatusAnswer Misconfigured { get; } = new(503, "fail", Reasons.Misconfigured);

    protected override int Status => status;

    protected override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("status", word);
        if (reason is not null)
        {
            writer.WriteString("reason", reason);
        }

        writer.WriteEndObject();
    }
}
