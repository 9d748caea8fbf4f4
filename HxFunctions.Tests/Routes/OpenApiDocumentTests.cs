using System.Text;
using HxFunctions.Cli.Routes;
using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routes;

public class OpenApiDocumentTests
{
    [Fact]
    public void Operations_are_each_path_and_method()
    {
        OpenApiDocument document = Read(
            """
            {"openapi":"3.1.0","info":{"version":"1.81.9"},"paths":{
              "/a/{id}":{"summary":"x","parameters":[],"servers":[],"get":{"tags":["one","two"]},"post":{}},
              "/b":{"put":{},"delete":{},"options":{},"head":{},"patch":{},"trace":{},"query":{},"connect":{}},
              "x-ours":{"get":{}}}}
            """
        );

        Assert.Equal(("1.81.9", "", 0), (document.Version, document.BasePath, document.Unreadable));
        Assert.Equal(
            ["GET /a/{id}", "POST /a/{id}", "PUT /b", "DELETE /b", "OPTIONS /b", "HEAD /b", "PATCH /b", "TRACE /b"],
            document.Operations.Select(o => $"{GuardMethod.Format(o.Method)} {o.Path}")
        );
        Assert.Equal(["one", "two"], document.Operations[0].Tags);
    }

    [Theory]
    [InlineData("""{"security":[]}""", true)]
    [InlineData("""{"security":[{}]}""", false)]
    [InlineData("""{"security":[{"key":[]}]}""", false)]
    [InlineData("""{"security":null}""", false)]
    [InlineData("{}", false)]
    public void Only_an_empty_list_of_schemes_makes_it_public(string operation, bool isPublic) =>
        Assert.Equal(isPublic, Assert.Single(Read("""{"openapi":"3.0.0","paths":{"/a":{"get":HERE}}}""", operation).Operations).IsPublic);

    /// <summary>What LiteLLM shows in the place of a router that it hasn't loaded, and what only looks like it.</summary>
    [Theory]
    [InlineData("""{"tags":["cloudzero"],"summary":"cloudzero","responses":{"200":{"description":"OK"}}}""", "")]
    [InlineData("""{"tags":["cloudzero"],"summary":"cloudzero","operationId":"read_cloudzero_get"}""", "cloudzero")]
    [InlineData("""{"tags":["cloudzero"],"summary":"Read"}""", "cloudzero")]
    [InlineData("""{"tags":["cloudzero","other"],"summary":"cloudzero"}""", "cloudzero other")]
    [InlineData("""{"tags":["cloudzero"]}""", "cloudzero")]
    public void Placeholder_has_no_tags(string operation, string tags) =>
        Assert.Equal(
            tags,
            string.Join(' ', Assert.Single(Read("""{"openapi":"3.1.0","paths":{"/cloudzero":{"get":HERE}}}""", operation).Operations).Tags)
        );

    [Theory]
    [InlineData("[]", "")]
    [InlineData("5", "")]
    [InlineData("[5]", "")]
    [InlineData("""[{"url":5}]""", "")]
    [InlineData("""[{"url":"/"}]""", "")]
    [InlineData("""[{"url":"/api/llm/"}]""", "/api/llm")]
    [InlineData("""[{"url":"/api"},{"url":"/other"}]""", "/api")]
    [InlineData("""[{"url":"https://llm.example/api"}]""", "/api")]
    [InlineData("""[{"url":"https://llm.example"}]""", "")]
    [InlineData("""[{"url":"https://{host}/{base}"}]""", "")]
    [InlineData("""[{"url":"//llm.example/api"}]""", "")]
    [InlineData("""[{"url":"api"}]""", "")]
    [InlineData("""[{"url":"ftp://llm.example/api"}]""", "")]
    public void Base_path_is_that_of_the_first_server(string servers, string expected) =>
        Assert.Equal(expected, Read("""{"openapi":"3.1.0","servers":HERE,"paths":{"/a":{"get":{}}}}""", servers).BasePath);

    [Theory]
    [InlineData("""{"$ref":"#/components/pathItems/a~1b"}""", 1, 0)]
    [InlineData("""{"$ref":"#/components/pathItems/a%7E1b"}""", 1, 0)]
    [InlineData("""{"post":{},"$ref":"#/components/pathItems/a~1b"}""", 2, 0)]
    [InlineData("""{"$ref":"#/components/pathItems/circle"}""", 0, 1)]
    [InlineData("""{"$ref":"#/nowhere"}""", 0, 1)]
    [InlineData("""{"$ref":"#/openapi/a"}""", 0, 1)]
    [InlineData("""{"$ref":"https://c4n4ry.example/item.json"}""", 0, 1)]
    [InlineData("""{"$ref":5}""", 0, 1)]
    [InlineData("5", 0, 1)]
    [InlineData("null", 0, 1)]
    [InlineData("[]", 0, 1)]
    [InlineData("""{"get":5}""", 0, 1)]
    [InlineData("""{"get":5,"post":{}}""", 1, 1)]
    [InlineData("""{"get":{"tags":5,"security":5}}""", 1, 0)]
    [InlineData("""{"get":{"tags":[5,null,{}]}}""", 1, 0)]
    [InlineData("{}", 0, 0)]
    public void Odd_path_item_is_read_as_far_as_it_goes(string item, int operations, int unreadable)
    {
        OpenApiDocument document = Read(
            """
            {"openapi":"3.1.0","paths":{"/known":{"get":{}},"/a":HERE},"components":{"pathItems":{
              "a/b":{"get":{}},"circle":{"$ref":"#/components/pathItems/circle"}}}}
            """,
            item
        );

        Assert.Equal((operations + 1, unreadable), (document.Operations.Count, document.Unreadable));
    }

    [Fact]
    public void Path_without_a_slash_and_one_that_no_server_takes_are_left_out()
    {
        string endless = "/" + new string('a', RouteMatcher.MaxLength);

        OpenApiDocument document = Read(
            """{"openapi":"3.1.0","paths":{"team":{"get":{}},"":{"get":{}},"HERE":{"get":{}},"/ü/{x}":{"get":{}}}}""",
            endless
        );

        Assert.Equal(("/ü/{x}", 3), (Assert.Single(document.Operations).Path, document.Unreadable));
    }

    [Fact]
    public void Of_the_same_operation_twice_the_last_counts()
    {
        OpenApiDocument document = Read(
            """{"openapi":"3.1.0","paths":{"/a":{"get":{"tags":["1"]},"get":{"tags":["2"]}},"/a":{"get":{"tags":["3"]},"post":{}}}}"""
        );

        Assert.Equal(2, document.Operations.Count);
        Assert.Equal(["3"], document.Operations[0].Tags);
    }

    [Fact]
    public void Byte_order_mark_is_allowed() =>
        Assert.Single(Read("\uFEFF" + """{"openapi":"3.1.0","paths":{"/a":{"get":{}}}}""").Operations);

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("{", "is not JSON in UTF-8")]
    [InlineData(" <!doctype html>", "is an HTML page")]
    [InlineData("[]", "is not an OpenAPI document")]
    [InlineData("null", "is not an OpenAPI document")]
    [InlineData("\"openapi\"", "is not an OpenAPI document")]
    [InlineData("""{"paths":{}}""", "is not an OpenAPI document")]
    [InlineData("""{"openapi":3,"paths":{}}""", "is not an OpenAPI document")]
    [InlineData("""{"openapi":"2.0","paths":{}}""", "is not an OpenAPI 3 document")]
    [InlineData("""{"swagger":"2.0","paths":{}}""", "is not an OpenAPI document")]
    [InlineData("""{"openapi":"3.1.0"}""", "is not an OpenAPI document: its 'paths'")]
    [InlineData("""{"openapi":"3.1.0","paths":[]}""", "is not an OpenAPI document: its 'paths'")]
    [InlineData("""{"openapi":"3.1.0","paths":{}}""", "has no operations")]
    [InlineData("""{"openapi":"3.1.0","paths":{"/\ud800":{"get":{}}}}""", "has text that is not Unicode")]
    [InlineData("""{"openapi":"3.1.0","paths":{"/a":{"get":{"tags":["\udc00"]}}}}""", "has text that is not Unicode")]
    [InlineData("""{"\ud800":1,"openapi":"3.1.0","paths":{"/a":{"get":{}}}} x""", "is not JSON in UTF-8")]
    public void What_is_no_document_is_told_in_words(string text, string begins)
    {
        Assert.False(OpenApiDocument.TryParse(Encoding.UTF8.GetBytes(text), out _, out string? problem));
        Assert.StartsWith(begins, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_and_bytes_that_are_no_text_are_told_in_words()
    {
        string deep = $$"""{"openapi":"3.1.0","paths":{"/a":{{new string('[', 100_000)}}""";

        Assert.False(OpenApiDocument.TryParse(Encoding.UTF8.GetBytes(deep), out _, out string? problem));
        Assert.Contains("deeper than", problem, StringComparison.Ordinal);
        Assert.False(OpenApiDocument.TryParse(Encoding.Unicode.GetBytes("{}"), out _, out problem));
        Assert.Contains("UTF-8", problem, StringComparison.Ordinal);
        Assert.False(OpenApiDocument.TryParse((byte[])[.. "{\"openapi\":\""u8, 0xFF, .. "\"}"u8], out _, out problem));
        Assert.Contains("not Unicode", problem, StringComparison.Ordinal);
    }

    /// <param name="here">Goes where the text says HERE.</param>
    private static OpenApiDocument Read(string text, string here = "") =>
        OpenApiDocument.TryParse(
            Encoding.UTF8.GetBytes(text.Replace("HERE", here, StringComparison.Ordinal)),
            out OpenApiDocument? document,
            out string? problem
        )
            ? document
            : throw new InvalidOperationException(problem);
}
