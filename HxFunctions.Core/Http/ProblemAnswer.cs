using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace HxFunctions.Core.Http;

/// <summary>A problem of the caller's or of ours that isn't a verdict (RFC 9457). The detail is fixed text: it never repeats what the
/// caller sent.</summary>
internal sealed class ProblemAnswer(int status, string type, string detail) : JsonAnswer
{
    public const string TypePrefix = "urn:hxfunctions:problem:";

    protected override int Status => status;

    protected override string ContentType => Problem;

    public static ProblemAnswer BadRequest(string detail) => new(400, "bad-request", detail);

    public static ProblemAnswer NotFound(string detail) => new(404, "not-found", detail);

    public static ProblemAnswer TooLarge(string detail) => new(413, "too-large", detail);

    protected override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", TypePrefix + type);
        writer.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
        writer.WriteNumber("status", status);
        writer.WriteString("detail", detail);
        writer.WriteEndObject();
    }
}
