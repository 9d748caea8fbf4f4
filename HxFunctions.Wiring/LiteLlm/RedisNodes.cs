using System.Text.Json;
using System.Text.Json.Nodes;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>The nodes of a cluster or of sentinels, as YAML or as JSON in a text.</summary>
internal static class RedisNodes
{
    /// <summary>What redis-py's ClusterNode takes besides (redis/cluster.py).</summary>
    private static readonly string[] OfNode = ["host", "port", "server_type", "redis_connection"];

    /// <returns><c>[{host: h, port: 1}]</c> as endpoints; <see langword="null"/>: it isn't that.</returns>
    public static IReadOnlyList<string>? OfCluster(LiteLlmValue value) => Read(value, Mapping);

    /// <returns><c>[[h, 1]]</c> as endpoints; <see langword="null"/>: it isn't that.</returns>
    public static IReadOnlyList<string>? OfSentinels(LiteLlmValue value) => Read(value, Pair);

    private static List<string>? Read(LiteLlmValue value, Func<JsonElement, string> node)
    {
        try
        {
            JsonElement list =
                value.Node is { } yaml ? ToJson(yaml)
                : value.IsText ? JsonElement.Parse(value.Text)
                : default;
            return list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(node)] : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    private static string Mapping(JsonElement node) =>
        node.EnumerateObject().All(property => OfNode.Contains(property.Name))
            ? RedisTarget.Endpoint(node.GetProperty("host").GetString()!, node.GetProperty("port").ToString())
            : throw new FormatException();

    private static string Pair(JsonElement node) =>
        node.GetArrayLength() == 2 ? RedisTarget.Endpoint(node[0].GetString()!, node[1].ToString()) : throw new FormatException();

    private static JsonElement ToJson(YamlNode node) => JsonElement.Parse(Json(node).ToJsonString());

    private static JsonNode Json(YamlNode node) =>
        node switch
        {
            YamlSequenceNode list => new JsonArray([.. list.Items.Select(Json)]),
            YamlMappingNode mapping => new JsonObject(
                mapping.Entries.Select(entry => KeyValuePair.Create<string, JsonNode?>(entry.Key.Text, Json(entry.Value)))
            ),
            YamlScalarNode scalar => JsonValue.Create(scalar.Text),
            _ => throw new FormatException(),
        };
}
