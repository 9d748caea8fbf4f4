using System.Text.Json.Nodes;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>Goes through an ARM template and the templates of its modules.</summary>
internal static class TemplateWalk
{
    /// <param name="Name">With the module before it.</param>
    internal sealed record Part(string Name, JsonObject Body);

    public static IEnumerable<Part> Parameters(JsonObject template) => Parts(template, "parameters");

    public static IEnumerable<Part> Outputs(JsonObject template) => Parts(template, "outputs");

    private static IEnumerable<Part> Parts(JsonObject template, string section) =>
        Templates(template, "main")
            .SelectMany(t => t.Body[section]?.AsObject().Select(p => new Part($"{t.Name}.{p.Key}", p.Value!.AsObject())) ?? []);

    private static IEnumerable<Part> Templates(JsonObject template, string name)
    {
        yield return new(name, template);
        IEnumerable<KeyValuePair<string, JsonNode?>> resources = template["resources"] switch
        {
            JsonObject named => named,
            JsonArray list => list.Select((r, i) => KeyValuePair.Create($"{i}", r)),
            _ => [],
        };
        foreach ((string key, JsonNode? resource) in resources)
        {
            if ((resource!["properties"] as JsonObject)?["template"] is not JsonObject inner)
            {
                continue;
            }

            foreach (Part part in Templates(inner, $"{name}/{key}"))
            {
                yield return part;
            }
        }
    }
}
