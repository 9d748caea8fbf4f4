using System.Text.Json.Serialization;

namespace HxFunctions.Core.Http;

/// <summary>The body of <c>POST /override</c>.</summary>
internal sealed record OverrideRequest
{
    public string? Verdict { get; init; }
    public double DurationSeconds { get; init; }
    public string? Reason { get; init; }
    public string? By { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OverrideRequest))]
internal sealed partial class HttpJsonContext : JsonSerializerContext;
