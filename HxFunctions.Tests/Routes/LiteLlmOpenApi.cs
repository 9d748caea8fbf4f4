using System.Text;
using System.Text.Json.Nodes;
using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routes;

/// <summary>An OpenAPI document as a LiteLLM of some version would serve it, made of the list of its routes.</summary>
internal sealed class LiteLlmOpenApi
{
    private readonly JsonObject _paths = [];
    private readonly JsonObject _document;

    public LiteLlmOpenApi(string version = "1.81.9")
    {
        _document = new()
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "LiteLLM API", ["version"] = version },
            ["paths"] = _paths,
        };
        Version wanted = Version.Parse(version);
        foreach (LiteLlmRoute row in LiteLlmRoutes.All.Where(row => IsIn(row, wanted)))
        {
            foreach (string method in GuardMethod.Format(row.Methods).Split(','))
            {
                Add(method, row.Template.Replace(":path}", "}", StringComparison.Ordinal));
            }
        }
    }

    /// <summary>The document with one operation more.</summary>
    public LiteLlmOpenApi With(string method, string path, params string[] tags)
    {
        Add(method, path, tags);
        return this;
    }

    public LiteLlmOpenApi Below(string serverRootPath)
    {
        _document["servers"] = new JsonArray(new JsonObject { ["url"] = serverRootPath });
        return this;
    }

    public override string ToString() => _document.ToJsonString();

    public byte[] ToUtf8() => Encoding.UTF8.GetBytes(ToString());

    /// <summary>With what FastAPI says of any operation that asks for a key.</summary>
    private void Add(string method, string path, params string[] tags)
    {
        if (_paths[path] is not JsonObject item)
        {
            _paths[path] = item = [];
        }

        item[method.ToLowerInvariant()] = new JsonObject
        {
            ["tags"] = new JsonArray([.. tags.Select(tag => (JsonNode)tag)]),
            ["security"] = new JsonArray(new JsonObject { ["APIKeyHeader"] = new JsonArray() }),
        };
    }

    private static bool IsIn(LiteLlmRoute row, Version version) =>
        Version.Parse(row.Since) <= version && (row.Until.Length == 0 || version <= Version.Parse(row.Until));
}
