using System.Globalization;
using System.Text.Json;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Tests.Http;

/// <summary>openapi.json, with what the tests ask of it.</summary>
internal sealed class OpenApiDocument
{
    private static readonly string[] Methods = ["get", "head", "post", "put", "patch", "delete", "options", "trace"];
    private static readonly string[] ToldHeaders =
    [
        "Cache-Control",
        "X-Content-Type-Options",
        "Retry-After",
        "Vary",
        "x-hx-verdict",
        "x-hx-problem",
    ];

    private OpenApiDocument(JsonElement root)
    {
        Root = root;
        Schemas = new(root);
        Operations =
        [
            .. root.GetProperty("paths")
                .EnumerateObject()
                .SelectMany(path =>
                    path.Value.EnumerateObject()
                        .Where(member => Methods.Contains(member.Name))
                        .Select(member => new Operation(member.Name.ToUpperInvariant(), path.Name, member.Value, path.Value))
                ),
        ];
    }

    public static OpenApiDocument Load() =>
        new(JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "openapi.json"))).RootElement);

    public JsonElement Root { get; }

    public JsonSchema Schemas { get; }

    public IReadOnlyList<Operation> Operations { get; }

    public JsonElement Components(string kind) => Root.GetProperty("components").GetProperty(kind);

    /// <summary>The parameters of an operation, its path's included.</summary>
    public IEnumerable<JsonElement> ParametersOf(Operation operation) =>
        new[] { operation.Item, operation.Value }
            .SelectMany(e => e.TryGetProperty("parameters", out JsonElement parameters) ? parameters.EnumerateArray() : [])
            .Select(Schemas.Resolve);

    /// <summary>The media types with their examples, of all responses and request bodies.</summary>
    public IEnumerable<(string Where, JsonElement Content)> Contents()
    {
        foreach (JsonProperty response in Components("responses").EnumerateObject())
        {
            if (response.Value.TryGetProperty("content", out JsonElement content))
            {
                yield return (response.Name, content);
            }
        }

        foreach (Operation operation in Operations)
        {
            if (operation.Value.TryGetProperty("requestBody", out JsonElement body))
            {
                yield return ($"{operation.Method} {operation.Path}", body.GetProperty("content"));
            }
        }
    }

    /// <summary>What an answer has that the document doesn't say, and the other way round.</summary>
    public IEnumerable<string> Faults(string method, string path, RawResponse answer)
    {
        string at = string.Create(CultureInfo.InvariantCulture, $"{method} {path} {answer.Status}");
        Operation? operation = Operations.FirstOrDefault(o => o.Method == method && o.Path == path);
        if (operation is null)
        {
            return [$"{at}: the operation is not described"];
        }

        return operation.Responses.TryGetProperty(answer.Status.ToString(CultureInfo.InvariantCulture), out JsonElement response)
            ? [.. HeaderFaults(Schemas.Resolve(response), answer, at), .. BodyFaults(Schemas.Resolve(response), answer, method, at)]
            : [$"{at}: the status is not described"];
    }

    private IEnumerable<string> HeaderFaults(JsonElement response, RawResponse answer, string at)
    {
        JsonElement described = response.GetProperty("headers");
        foreach (string name in ToldHeaders.Where(n => answer.Headers.ContainsKey(n) && !described.TryGetProperty(n, out _)))
        {
            yield return $"{at}: the header {name} is not described";
        }

        foreach (JsonProperty header in described.EnumerateObject())
        {
            JsonElement told = Schemas.Resolve(header.Value);
            if (!answer.Headers.TryGetValue(header.Name, out string? value))
            {
                if (told.TryGetProperty("required", out JsonElement required) && required.GetBoolean())
                {
                    yield return $"{at}: the header {header.Name} is missing";
                }

                continue;
            }

            JsonElement schema = told.GetProperty("schema");
            bool isNumber = schema.TryGetProperty("type", out JsonElement type) && type.GetString() == "integer";
            JsonElement json = isNumber ? JsonDocument.Parse(value).RootElement : JsonSerializer.SerializeToElement(value);
            foreach (string fault in Schemas.Faults(schema, json, $"{at} {header.Name}"))
            {
                yield return fault;
            }
        }
    }

    private IEnumerable<string> BodyFaults(JsonElement response, RawResponse answer, string method, string at)
    {
        bool described = response.TryGetProperty("content", out JsonElement content);
        string? type = answer.Headers.GetValueOrDefault("Content-Type");
        if (!described)
        {
            return type is null && answer.Body.Length == 0 ? [] : [$"{at}: a body is not described"];
        }

        if (type is null || !content.TryGetProperty(type, out JsonElement media))
        {
            return [$"{at}: the media type '{type}' is not described"];
        }

        if (method == "HEAD")
        {
            return answer.Body.Length == 0 ? [] : [$"{at}: has a body"];
        }

        bool isJson = type.Contains("json", StringComparison.Ordinal);
        return Schemas.Faults(
            media.GetProperty("schema"),
            isJson ? JsonDocument.Parse(answer.Body).RootElement : JsonSerializer.SerializeToElement(answer.Body),
            at
        );
    }

    /// <param name="Method">Upper case.</param>
    /// <param name="Item">The path item.</param>
    internal sealed record Operation(string Method, string Path, JsonElement Value, JsonElement Item)
    {
        public JsonElement Responses => Value.GetProperty("responses");

        public IEnumerable<string> Schemes =>
            Value.GetProperty("security").EnumerateArray().SelectMany(s => s.EnumerateObject()).Select(s => s.Name);
    }
}
