using System.Net.Mime;
using System.Text.Json;

namespace HxFunctions.Cli.Smoke;

/// <summary>How a request ended.</summary>
/// <param name="Status">HTTP's; 0: there was no answer.</param>
/// <param name="Failure">Why there was none, in words without a host.</param>
/// <param name="Truncated">The body was longer than what is read of one.</param>
internal sealed record SmokeAnswer(int Status, string MediaType, byte[] Body, bool Truncated, TimeSpan Took, string Failure = "")
{
    private const string GuardProblem = "urn:hxfunctions:problem:";

    private readonly JsonElement? _json = Parse(Body, Truncated);

    /// <summary>The body, when it is JSON and was read whole.</summary>
    public JsonElement? Json => _json;

    /// <summary>Whether it is JSON as far as it was read: a list of a large installation is longer than that.</summary>
    public bool LooksLikeJson => Truncated ? Body[0] is (byte)'{' or (byte)'[' : _json is not null;

    public bool IsProblem => MediaType == MediaTypeNames.Application.ProblemJson;

    /// <summary>The guard's words for a closed route, or the gateway's for a guard that it could not ask: only they are such
    /// problems.</summary>
    public bool IsGuardProblem =>
        Status == 503
        && IsProblem
        && (Text("verdict") == "closed" || IsGuardUnreachable || (Text("type") ?? "").StartsWith(GuardProblem, StringComparison.Ordinal));

    public bool IsGuardUnreachable => Text("type") == GuardProblem + "guard-unreachable";

    /// <summary>The text of a member of the body's object.</summary>
    public string? Text(string name) => Member(name) is { } member ? TextOf(member) : null;

    public JsonElement? Member(string name) => Json is { } json ? MemberOf(json, name) : null;

    public static JsonElement? MemberOf(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement member) ? member : null;

    public static string? TextOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, escaped: JSON allows it, .NET's strings from JSON do not.
            return null;
        }
    }

    private static JsonElement? Parse(byte[] body, bool truncated)
    {
        if (truncated || body.Length == 0)
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
