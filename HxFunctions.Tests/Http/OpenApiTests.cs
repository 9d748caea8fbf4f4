using System.Text.Json;
using System.Text.RegularExpressions;
using HxFunctions.Cli.Commands;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Http;

namespace HxFunctions.Tests.Http;

/// <summary>openapi.json against itself and against the functions. <c>OpenApiAnswerTests</c> holds the answers against it.</summary>
public partial class OpenApiTests
{
    private static readonly string[] EveryMethod = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
    private readonly OpenApiDocument _document = OpenApiDocument.Load();

    [Fact]
    public void Endpoints_are_described_with_their_methods_and_levels_and_nothing_else_is()
    {
        IEnumerable<string> served = Endpoints.All.SelectMany(endpoint =>
            PathsOf(endpoint)
                .SelectMany(path =>
                    (endpoint.Methods.Count == 0 ? EveryMethod : endpoint.Methods).Select(method => $"{method} {path} {endpoint.Level}")
                )
        );

        IEnumerable<string> described = _document.Operations.Select(o => $"{o.Method} {o.Path} {LevelOf(o.Schemes)}");

        Assert.Equal(served.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    /// <summary>Described in words, because the document is that of both hosts.</summary>
    [Fact]
    public void Endpoints_that_hx_serve_adds_are_named()
    {
        string description = _document.Root.GetProperty("info").GetProperty("description").GetString()!;
        Assert.All(
            ServeCommand.AddedEndpoints,
            endpoint => Assert.Contains($"`GET /{endpoint.Route}`", description, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Key_schemes_are_those_that_the_host_reads()
    {
        Dictionary<string, string> places = _document
            .Components("securitySchemes")
            .EnumerateObject()
            .ToDictionary(s => s.Name, s => $"{s.Value.GetProperty("type")} {s.Value.GetProperty("in")} {s.Value.GetProperty("name")}");

        const string Header = $"apiKey header {HostKeys.Header}",
            Query = $"apiKey query {HostKeys.Parameter}";
        Assert.Equal(
            new()
            {
                ["functionKey"] = Header,
                ["functionKeyInQuery"] = Query,
                ["masterKey"] = Header,
                ["masterKeyInQuery"] = Query,
            },
            places
        );
    }

    [Fact]
    public void Path_parameters_are_those_of_the_path()
    {
        foreach (OpenApiDocument.Operation operation in _document.Operations)
        {
            IEnumerable<string> inPath = InBraces().Matches(operation.Path).Select(m => m.Groups[1].Value);
            IEnumerable<string> described = _document
                .ParametersOf(operation)
                .Where(p => p.GetProperty("in").GetString() == "path")
                .Select(p => p.GetProperty("name").GetString()!);
            Assert.Equal(inPath, described);
        }
    }

    [Fact]
    public void Operation_ids_are_unique()
    {
        string[] ids = [.. _document.Operations.Select(o => o.Value.GetProperty("operationId").GetString()!)];
        Assert.Equal(ids.Distinct(), ids);
    }

    [Fact]
    public void Every_component_is_used_and_every_reference_resolves()
    {
        string[] references = [.. References(_document.Root).Distinct()];
        IEnumerable<string> components = _document
            .Root.GetProperty("components")
            .EnumerateObject()
            .Where(kind => kind.Name != "securitySchemes")
            .SelectMany(kind => kind.Value.EnumerateObject().Select(c => $"#/components/{kind.Name}/{c.Name}"));

        Assert.Equal(components.Order(StringComparer.Ordinal), references.Order(StringComparer.Ordinal));
    }

    /// <summary>A keyword that the checker doesn't know would be promised and never held.</summary>
    [Fact]
    public void Schemas_use_known_keywords_only()
    {
        IEnumerable<JsonElement> schemas = _document
            .Components("schemas")
            .EnumerateObject()
            .Select(s => s.Value)
            .Concat(
                _document
                    .Components("headers")
                    .EnumerateObject()
                    .Concat(_document.Components("parameters").EnumerateObject())
                    .Select(p => p.Value.GetProperty("schema"))
            )
            .SelectMany(JsonSchema.WithAllWithin);
        JsonElement nothing = JsonDocument.Parse("null").RootElement;

        Assert.All(
            schemas,
            schema =>
                Assert.DoesNotContain(
                    _document.Schemas.Faults(schema, nothing),
                    fault => fault.EndsWith("is not known", StringComparison.Ordinal)
                )
        );
    }

    [Fact]
    public void Examples_fit_their_schemas()
    {
        List<(string Where, JsonElement Schema, JsonElement Value)> examples = _document
            .Contents()
            .SelectMany(c =>
                c.Content.EnumerateObject()
                    .SelectMany(media =>
                        media
                            .Value.GetProperty("examples")
                            .EnumerateObject()
                            .Select(example =>
                                (
                                    Where: $"{c.Where} {example.Name}",
                                    Schema: media.Value.GetProperty("schema"),
                                    Value: example.Value.GetProperty("value")
                                )
                            )
                    )
            )
            .ToList();

        Assert.NotEmpty(examples);
        Assert.Empty(examples.SelectMany(e => _document.Schemas.Faults(e.Schema, e.Value, e.Where)));
    }

    /// <summary>A catch-all may be empty, which a path parameter may not: it is described as two paths. So is <c>/health/all</c>, whose
    /// answer has parameters of its own.</summary>
    private static IEnumerable<string> PathsOf(HttpEndpoint endpoint)
    {
        string path = "/" + endpoint.Route.Replace("{*", "{", StringComparison.Ordinal);
        yield return path;
        if (path != "/" + endpoint.Route)
        {
            yield return path[..path.LastIndexOf('/')];
        }

        if (endpoint == Endpoints.Health)
        {
            yield return "/health/all";
        }
    }

    private static AccessLevel LevelOf(IEnumerable<string> schemes) =>
        string.Join(' ', schemes) switch
        {
            "" => AccessLevel.Anonymous,
            "functionKey functionKeyInQuery" => AccessLevel.Function,
            "masterKey masterKeyInQuery" => AccessLevel.Admin,
            var other => throw new InvalidOperationException(other),
        };

    private static IEnumerable<string> References(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element
                .EnumerateObject()
                .SelectMany(m => m.Name == "$ref" ? [m.Value.GetString()!] : References(m.Value)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
            _ => [],
        };

    [GeneratedRegex(@"\{([^}]+)\}")]
    private static partial Regex InBraces();
}
