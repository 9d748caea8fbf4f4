using System.Text.Json;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Cli.Serving;

/// <summary>What <c>hx serve</c> takes from <c>host.json</c>. Comments and trailing commas are allowed; case doesn't matter.</summary>
/// <param name="RoutePrefix">What every HTTP route begins with, without slashes; <c>api</c> by default, may be empty.</param>
internal sealed record HostJson(string RoutePrefix)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "host.json";

    private static readonly JsonDocumentOptions JsonOptions = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>What holds without the file.</summary>
    public static HostJson Default { get; } = new("api");

    /// <summary>Reads the file in a folder; <see cref="Default"/> when it isn't there.</summary>
    /// <exception cref="InvalidDataException">The file can't be read or is not JSON, or a value is not what the host takes.</exception>
    public static HostJson Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? Parse(SmallFile.ReadText(path)) : Default;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{FileName} can't be read. May this user read it, and is it smaller than 4 MB?");
        }
    }

    /// <summary>Reads the file's text.</summary>
    /// <exception cref="InvalidDataException">The text is not JSON, or a value is not what the host takes.</exception>
    public static HostJson Parse(string json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, JsonOptions);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{FileName} is not valid JSON (line {exception.LineNumber + 1}).");
        }

        using (document)
        {
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new InvalidDataException($"{FileName} must be a JSON object.");
            }

            // The host fills in an empty file and refuses one without a version.
            string? version = Find(root, "version") is { ValueKind: JsonValueKind.String } given ? given.GetString() : null;
            if (version != "2.0" && root.EnumerateObject().Any())
            {
                throw new InvalidDataException($"{FileName}: 'version' must be \"2.0\".");
            }

            JsonElement? prefix = Find(Find(Find(root, "extensions"), "http"), "routePrefix");
            return prefix switch
            {
                null or { ValueKind: JsonValueKind.Null } => Default,
                { ValueKind: JsonValueKind.String } text => new HostJson(text.GetString()!.Trim('/')),
                _ => throw new InvalidDataException($"{FileName}: 'extensions.http.routePrefix' must be a string."),
            };
        }
    }

    private static JsonElement? Find(JsonElement? parent, string name)
    {
        if (parent is not { ValueKind: JsonValueKind.Object } element)
        {
            return null;
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return property.Value;
            }
        }

        return null;
    }
}
