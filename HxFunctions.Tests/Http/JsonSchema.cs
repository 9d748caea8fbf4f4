using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace HxFunctions.Tests.Http;

/// <summary>
/// Holds JSON against schemas (JSON Schema 2020-12, of which OpenAPI 3.1 is a superset) by the keywords that openapi.json uses, and only
/// those: a keyword that isn't known here is a fault, for otherwise it would be obeyed by nobody.
/// </summary>
/// <param name="root">The document that references point into.</param>
internal sealed class JsonSchema(JsonElement root)
{
    private static readonly HashSet<string> Annotations = ["description", "format"];

    /// <summary>What is wrong with a value; nothing when it fits.</summary>
    public IEnumerable<string> Faults(JsonElement schema, JsonElement value, string at = "$")
    {
        foreach (JsonProperty keyword in schema.EnumerateObject().Where(k => !Annotations.Contains(k.Name)))
        {
            foreach (string fault in Faults(keyword.Name, keyword.Value, schema, value, at))
            {
                yield return fault;
            }
        }
    }

    /// <summary>What a reference of the form <c>#/a/b</c> points to, or the element itself when it isn't one.</summary>
    public JsonElement Resolve(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("$ref", out JsonElement reference))
        {
            return element;
        }

        return Resolve(reference.GetString()!.Split('/')[1..].Aggregate(root, (at, step) => at.GetProperty(step)));
    }

    /// <summary>A schema and all schemas within it, references not followed.</summary>
    public static IEnumerable<JsonElement> WithAllWithin(JsonElement schema)
    {
        yield return schema;
        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            IEnumerable<JsonElement> within = keyword.Name switch
            {
                "properties" => keyword.Value.EnumerateObject().Select(p => p.Value),
                "items" => [keyword.Value],
                "additionalProperties" when keyword.Value.ValueKind == JsonValueKind.Object => [keyword.Value],
                "oneOf" => keyword.Value.EnumerateArray(),
                _ => [],
            };
            foreach (JsonElement schemaWithin in within.SelectMany(WithAllWithin))
            {
                yield return schemaWithin;
            }
        }
    }

    private IEnumerable<string> Faults(string keyword, JsonElement rule, JsonElement schema, JsonElement value, string at)
    {
        string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        bool isText = value.ValueKind == JsonValueKind.String,
            isNumber = value.ValueKind == JsonValueKind.Number;
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [];
        bool isArray = value.ValueKind == JsonValueKind.Array;
        return keyword switch
        {
            "$ref" => Faults(Resolve(schema), value, at),
            "type" => When(!TypesOf(rule).Any(t => IsOfType(t, value)), at, $"is a {value.ValueKind}, not {rule}"),
            "const" => When(!JsonElement.DeepEquals(rule, value), at, $"is {value}, not {rule}"),
            "enum" => When(!rule.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)), at, $"is {value}, none of {rule}"),
            "pattern" => When(
                isText && !Regex.IsMatch(text, rule.GetString()!, RegexOptions.ECMAScript),
                at,
                $"is '{text}', not of {rule}"
            ),
            "minLength" => When(isText && text.Length < rule.GetInt32(), at, "is too short"),
            "maxLength" => When(isText && text.Length > rule.GetInt32(), at, "is too long"),
            "minimum" => When(isNumber && value.GetDouble() < rule.GetDouble(), at, $"is {value}, less than {rule}"),
            "maximum" => When(isNumber && value.GetDouble() > rule.GetDouble(), at, $"is {value}, more than {rule}"),
            "minItems" => When(isArray && items.Length < rule.GetInt32(), at, "has too few items"),
            "maxItems" => When(isArray && items.Length > rule.GetInt32(), at, "has too many items"),
            "items" => items.SelectMany((item, i) => Faults(rule, item, string.Create(CultureInfo.InvariantCulture, $"{at}[{i}]"))),
            "oneOf" => When(rule.EnumerateArray().Count(one => !Faults(one, value, at).Any()) != 1, at, "fits none or several of oneOf"),
            "required" or "properties" or "additionalProperties" => value.ValueKind == JsonValueKind.Object
                ? MemberFaults(keyword, rule, schema, value, at)
                : [],
            _ => [$"{at}: the keyword '{keyword}' is not known"],
        };
    }

    private IEnumerable<string> MemberFaults(string keyword, JsonElement rule, JsonElement schema, JsonElement value, string at)
    {
        JsonElement described = schema.TryGetProperty("properties", out JsonElement properties) ? properties : default;
        bool IsDescribed(string name) => described.ValueKind == JsonValueKind.Object && described.TryGetProperty(name, out _);
        return keyword switch
        {
            "required" => rule.EnumerateArray()
                .SelectMany(name => When(!value.TryGetProperty(name.GetString()!, out _), at, $"has no '{name}'")),
            "properties" => value
                .EnumerateObject()
                .Where(m => IsDescribed(m.Name))
                .SelectMany(m => Faults(rule.GetProperty(m.Name), m.Value, $"{at}.{m.Name}")),
            _ => value
                .EnumerateObject()
                .Where(m => !IsDescribed(m.Name))
                .SelectMany(m =>
                    rule.ValueKind switch
                    {
                        JsonValueKind.True => [],
                        JsonValueKind.False => [$"{at}: has '{m.Name}', which is not described"],
                        _ => Faults(rule, m.Value, $"{at}.{m.Name}"),
                    }
                ),
        };
    }

    private static IEnumerable<string> TypesOf(JsonElement rule) =>
        rule.ValueKind == JsonValueKind.Array ? rule.EnumerateArray().Select(t => t.GetString()!) : [rule.GetString()!];

    private static bool IsOfType(string type, JsonElement value) =>
        type switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "number" => value.ValueKind == JsonValueKind.Number,
            "integer" => value.ValueKind == JsonValueKind.Number && value.GetDouble() % 1 == 0,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "null" => value.ValueKind == JsonValueKind.Null,
            _ => false,
        };

    private static string[] When(bool wrong, string at, string fault) => wrong ? [$"{at}: {fault}"] : [];
}
