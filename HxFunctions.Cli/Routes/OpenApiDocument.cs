using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Routes;

/// <summary>What <c>hx routes check</c> reads of an OpenAPI 3 document (https://spec.openapis.org/oas/latest.html).</summary>
/// <param name="Version">The version of what it describes, as it says; LiteLLM's own version.</param>
/// <param name="BasePath">The path of the first of its <c>servers</c>; empty without one.</param>
/// <param name="Operations">Each path and method once.</param>
/// <param name="Unreadable">
/// How many entries of <c>paths</c> were left out: of a wrong type, no path, or a reference that leads nowhere.
/// </param>
internal sealed record OpenApiDocument(string? Version, string BasePath, IReadOnlyList<ApiOperation> Operations, int Unreadable)
{
    /// <summary>The most that is read, in bytes: LiteLLM's own document has about 2 MB.</summary>
    public const int MaxLength = 32 * 1024 * 1024;

    private const int MaxDepth = 128;

    /// <summary>Path items may refer to others; a circle must end.</summary>
    private const int MaxReferences = 8;

    /// <summary>Reads a document. Never throws.</summary>
    /// <param name="utf8">JSON, with or without a byte order mark.</param>
    /// <param name="problem">What is wrong, worded to follow "the document"; nothing of its text is repeated.</param>
    public static bool TryParse(
        ReadOnlyMemory<byte> utf8,
        [NotNullWhen(true)] out OpenApiDocument? document,
        [NotNullWhen(false)] out string? problem
    )
    {
        document = null;
        if (utf8.Span.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8[3..];
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(utf8, new() { MaxDepth = MaxDepth });
            document = Read(json.RootElement, out problem);
        }
        catch (JsonException exception)
        {
            problem =
                utf8.Span.TrimStart(" \t\r\n"u8) is [(byte)'<', ..] ? "is an HTML page, not JSON"
                : utf8.IsEmpty ? "is empty"
                : $"is not JSON in UTF-8, or is nested deeper than {MaxDepth} levels (line {(exception.LineNumber ?? 0) + 1})";
        }
        // Half of a surrogate pair in a string.
        catch (InvalidOperationException)
        {
            problem = "has text that is not Unicode";
        }

        return document is not null;
    }

    private static OpenApiDocument? Read(JsonElement root, out string? problem)
    {
        problem =
            root.ValueKind != JsonValueKind.Object || Text(root, "openapi") is not { } version
                ? "is not an OpenAPI document: it has no 'openapi'"
            : !version.StartsWith("3.", StringComparison.Ordinal) ? "is not an OpenAPI 3 document"
            : !root.TryGetProperty("paths", out JsonElement paths) || paths.ValueKind != JsonValueKind.Object
                ? "is not an OpenAPI document: its 'paths' are missing or not an object"
            : null;
        if (problem is not null)
        {
            return null;
        }

        Dictionary<(string, GuardMethods), ApiOperation> operations = [];
        int unreadable = 0;
        foreach (JsonProperty path in root.GetProperty("paths").EnumerateObject())
        {
            if (path.Name.StartsWith("x-", StringComparison.Ordinal))
            {
                continue;
            }

            bool isPath = path.Name.StartsWith('/') && path.Name.Length <= RouteMatcher.MaxLength;
            if (!isPath || !TryReadPath(root, path.Name, path.Value, operations))
            {
                unreadable++;
            }
        }

        problem = operations.Count == 0 ? "has no operations" : null;
        string? describes = root.TryGetProperty("info", out JsonElement info) ? Text(info, "version") : null;
        return problem is null ? new(describes, ReadBasePath(root), [.. operations.Values], unreadable) : null;
    }

    /// <summary>Adds the operations of one path. Of one that stands there twice the last counts, as for any reader of JSON.</summary>
    /// <returns>False when a part of it can't be read.</returns>
    private static bool TryReadPath(
        JsonElement root,
        string path,
        JsonElement item,
        Dictionary<(string, GuardMethods), ApiOperation> operations
    )
    {
        bool isWhole = true;
        for (int references = 0; ; references++)
        {
            if (item.ValueKind != JsonValueKind.Object || references > MaxReferences)
            {
                return false;
            }

            foreach (JsonProperty member in item.EnumerateObject())
            {
                GuardMethods method = GuardMethod.Parse(member.Name);
                if (method is GuardMethods.Other or GuardMethods.Connect)
                {
                    continue;
                }

                if (member.Value.ValueKind == JsonValueKind.Object)
                {
                    operations[(path, method)] = new(path, method, ReadTags(member.Value), IsPublic(member.Value));
                }
                else
                {
                    isWhole = false;
                }
            }

            if (!item.TryGetProperty("$ref", out JsonElement reference))
            {
                return isWhole;
            }

            if (reference.ValueKind != JsonValueKind.String || !TryFollow(root, reference.GetString()!, out item))
            {
                return false;
            }
        }
    }

    /// <summary>Follows a reference within the document, a JSON pointer (RFC 6901). Others would mean to fetch what a document
    /// names.</summary>
    private static bool TryFollow(JsonElement root, string reference, out JsonElement found)
    {
        found = root;
        if (!reference.StartsWith("#/", StringComparison.Ordinal))
        {
            return false;
        }

        foreach (string part in reference[2..].Split('/'))
        {
            string name = Uri.UnescapeDataString(part)
                .Replace("~1", "/", StringComparison.Ordinal)
                .Replace("~0", "~", StringComparison.Ordinal);
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(name, out found))
            {
                return false;
            }
        }

        return true;
    }

    private static string[] ReadTags(JsonElement operation) =>
        operation.TryGetProperty("tags", out JsonElement tags) && tags.ValueKind == JsonValueKind.Array && !IsPlaceholder(operation, tags)
            ? [.. tags.EnumerateArray().Where(tag => tag.ValueKind == JsonValueKind.String).Select(tag => tag.GetString()!)]
            : [];

    /// <summary>
    /// For a router that it hasn't loaded and whose routes it doesn't know, LiteLLM shows a GET of the router's first path, with the
    /// router's name as tag and summary (<c>inject_lazy_stubs</c>). There is no such route, so the tag says nothing of it. FastAPI gives
    /// every real operation an id.
    /// </summary>
    private static bool IsPlaceholder(JsonElement operation, JsonElement tags) =>
        tags.GetArrayLength() == 1
        && tags[0].ValueKind == JsonValueKind.String
        && tags[0].GetString() == Text(operation, "summary")
        && !operation.TryGetProperty("operationId", out _);

    private static bool IsPublic(JsonElement operation) =>
        operation.TryGetProperty("security", out JsonElement security)
        && security.ValueKind == JsonValueKind.Array
        && security.GetArrayLength() == 0;

    /// <summary>LiteLLM puts its <c>SERVER_ROOT_PATH</c> there. A URL with variables, and a relative one, says nothing.</summary>
    private static string ReadBasePath(JsonElement root)
    {
        if (
            !root.TryGetProperty("servers", out JsonElement servers)
            || servers.ValueKind != JsonValueKind.Array
            || servers.GetArrayLength() == 0
            || Text(servers[0], "url") is not { } url
        )
        {
            return "";
        }

        string path =
            url.StartsWith('/') && !url.StartsWith("//", StringComparison.Ordinal) ? url
            : Uri.TryCreate(url, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" ? address.AbsolutePath
            : "";
        return RouteMatcher.TryParseBasePath(path, out string normalised, out _) && normalised != "/" ? normalised : "";
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
