using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>
/// The order in which Resource Manager deploys one template's resources. It "automatically removes" a resource that isn't deployed
/// "from the required dependencies" (https://learn.microsoft.com/azure/azure-resource-manager/templates/resource-dependency): whoever
/// relied on it being in between loses its place behind the others, too.
/// </summary>
internal sealed partial class ResourceOrder
{
    private readonly Dictionary<string, Node> nodes;

    private ResourceOrder(string template, Dictionary<string, Node> nodes)
    {
        Template = template;
        this.nodes = nodes;
    }

    /// <param name="Condition">Blank: it is always deployed.</param>
    /// <param name="IsLoop">Of nothing, perhaps.</param>
    internal sealed record Node(string Name, JsonObject Body, string[] DependsOn, string Condition, bool IsLoop)
    {
        public string Type => (string)Body["type"]!;

        /// <summary>Whether it is there in every deployment that has <paramref name="other"/>.</summary>
        public bool IsThereWith(Node other) => !IsLoop && (Condition.Length == 0 || Condition == other.Condition);

        /// <summary>What it would deploy, with the templates of its modules.</summary>
        public bool Has(string type) => Types(Body).Any(t => t.Equals(type, StringComparison.OrdinalIgnoreCase));

        private static IEnumerable<string> Types(JsonObject resource) =>
            resource["properties"] is JsonObject properties && properties["template"] is JsonObject inner
                ? Resources(inner).SelectMany(r => Types(r.Body))
                : [(string)resource["type"]!];
    }

    /// <summary>Its name, with the modules before it.</summary>
    public string Template { get; }

    public IReadOnlyCollection<Node> Nodes => nodes.Values;

    public Node this[string name] => nodes[name];

    /// <summary>The template, and those of its modules.</summary>
    public static IEnumerable<ResourceOrder> All(JsonObject template, string name = "main")
    {
        (string Key, JsonObject Body)[] resources = [.. Resources(template)];
        yield return new(
            name,
            resources.ToDictionary(
                r => r.Key,
                r => new Node(
                    r.Key,
                    r.Body,
                    [.. (r.Body["dependsOn"]?.AsArray() ?? []).Select(d => Target((string)d!, resources))],
                    (string?)r.Body["condition"] ?? "",
                    r.Body.ContainsKey("copy")
                )
            )
        );
        foreach ((string key, JsonObject body) in resources)
        {
            if (body["properties"] is JsonObject properties && properties["template"] is JsonObject inner)
            {
                foreach (ResourceOrder order in All(inner, $"{name}/{key}"))
                {
                    yield return order;
                }
            }
        }
    }

    /// <summary>What the template says comes before it.</summary>
    public HashSet<string> Before(string name) => Reach(name, (_, _) => true);

    /// <summary>What is before it whatever the conditions are: every step on some way there is deployed whenever it is itself.</summary>
    public HashSet<string> SurelyBefore(string name) => Reach(name, (step, start) => step.IsThereWith(start));

    /// <summary>What is before it only as long as something else is deployed.</summary>
    public IEnumerable<string> PerhapsBefore(string name) => Before(name).Except(SurelyBefore(name)).Order(StringComparer.Ordinal);

    private HashSet<string> Reach(string name, Func<Node, Node, bool> goesOn)
    {
        HashSet<string> found = [];
        Queue<string> next = new(nodes[name].DependsOn);
        while (next.TryDequeue(out string? one))
        {
            if (found.Add(one) && goesOn(nodes[one], nodes[name]))
            {
                foreach (string further in nodes[one].DependsOn)
                {
                    next.Enqueue(further);
                }
            }
        }

        return found;
    }

    private static IEnumerable<(string Key, JsonObject Body)> Resources(JsonObject template) =>
        template["resources"] switch
        {
            JsonObject named => named.Select(r => (r.Key, r.Value!.AsObject())),
            JsonArray list => list.Select((r, i) => ($"{i}", r!.AsObject())),
            _ => [],
        };

    /// <summary>
    /// A symbolic name, one of a loop's (<c>[format('zones[{0}]', copyIndex())]</c>), or, in a template without them, an id.
    /// </summary>
    private static string Target(string dependency, (string Key, JsonObject Body)[] resources)
    {
        if (!dependency.StartsWith('['))
        {
            return dependency;
        }

        Match match = LoopMember().Match(dependency);
        return match.Success
            ? match.Groups[1].Value
            : resources
                .Single(r =>
                    dependency.Contains($"resourceId('{(string)r.Body["type"]!}',", StringComparison.Ordinal)
                    && LastName(dependency) == LastName((string)r.Body["name"]!)
                )
                .Key;
    }

    /// <summary>What stands last in <c>[resourceId(type, parent, name)]</c> and in <c>[format('{0}/{1}', parent, name)]</c>.</summary>
    private static string LastName(string expression) => expression.Split(", ")[^1].Trim('[', ']', ')', '\'');

    [GeneratedRegex(@"^\[format\('([^\[']+)\[\{0\}\]'")]
    private static partial Regex LoopMember();
}
