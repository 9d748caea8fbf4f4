using System.Text.Json;
using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Cli.Commands;

/// <summary>
/// <c>local.settings.json</c>, Core Tools' file of settings: its <c>Values</c> stand for environment variables, which win
/// over them. <c>Host</c> and <c>ConnectionStrings</c> are left alone.
/// </summary>
/// <param name="Values">The settings by configuration key (<c>__</c> read as <c>:</c>); empty when there are problems.</param>
/// <param name="Problems">What is wrong with the file, never quoting a value.</param>
internal sealed record LocalSettings(IReadOnlyDictionary<string, string?> Values, IReadOnlyList<string> Problems)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "local.settings.json";

    private static readonly JsonDocumentOptions JsonOptions = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>Reads the file in the current folder; nothing when it isn't there.</summary>
    public static LocalSettings OfCurrentFolder()
    {
        try
        {
            return Load(Environment.CurrentDirectory);
        }
        // Somebody removed the folder that this process is in, or took the right to read it.
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new LocalSettings(new Dictionary<string, string?>(), []);
        }
    }

    /// <summary>Reads the file in a folder; nothing when it isn't there.</summary>
    public static LocalSettings Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? Parse(SmallFile.ReadText(path)) : new LocalSettings(new Dictionary<string, string?>(), []);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new LocalSettings(new Dictionary<string, string?>(), [$"{FileName} can't be read. Is this user allowed to?"]);
        }
    }

    /// <summary>Reads the file's text.</summary>
    public static LocalSettings Parse(string json)
    {
        Dictionary<string, string?> values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        List<string> problems = new List<string>();
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, JsonOptions);
            Read(document.RootElement, values, problems);
        }
        catch (JsonException exception)
        {
            // The exception's own text quotes the file.
            problems.Add($"{FileName} is not valid JSON (line {exception.LineNumber + 1})");
        }

        if (problems.Count > 0)
        {
            values.Clear();
        }

        return new LocalSettings(values, problems);
    }

    private static void Read(JsonElement root, Dictionary<string, string?> values, List<string> problems)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"{FileName} must be a JSON object");
            return;
        }

        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.NameEquals("IsEncrypted") && property.Value.ValueKind == JsonValueKind.True)
            {
                problems.Add($"{FileName} is encrypted; run 'func settings decrypt' first");
            }
            else if (property.NameEquals("IsEncrypted") && property.Value.ValueKind != JsonValueKind.False)
            {
                problems.Add($"{FileName}: 'IsEncrypted' must be true or false");
            }
            else if (property.NameEquals("Values") && property.Value.ValueKind == JsonValueKind.Object)
            {
                ReadValues(property.Value, values, problems);
            }
            else if (property.NameEquals("Values"))
            {
                problems.Add($"{FileName}: 'Values' must be an object");
            }
        }
    }

    private static void ReadValues(JsonElement element, Dictionary<string, string?> values, List<string> problems)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            string? value = property.Value.ValueKind switch
            {
                JsonValueKind.String => property.Value.GetString(),
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => property.Value.GetRawText(),
                _ => null,
            };
            if (value is null)
            {
                problems.Add($"{FileName}: 'Values.{property.Name}' must be a string, a number or a boolean");
            }
            else if (!values.TryAdd(property.Name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal), value))
            {
                problems.Add($"{FileName}: 'Values.{property.Name}' is given twice");
            }
        }
    }
}
