using HxFunctions.Cli.Serving;

namespace HxFunctions.Tests.Serving;

public class HostJsonTests
{
    [Theory]
    [InlineData("{}", "api")]
    [InlineData("""{ "version": "2.0" }""", "api")]
    [InlineData("""{ "version": "2.0", "extensions": { "http": { } } }""", "api")]
    [InlineData("""{ "version": "2.0", "extensions": { "http": { "routePrefix": null } } }""", "api")]
    [InlineData("""{ "version": "2.0", "extensions": { "http": { "routePrefix": "" } } }""", "")]
    [InlineData("""{ "version": "2.0", "extensions": { "http": { "routePrefix": "/a/b/" } } }""", "a/b")]
    [InlineData("""{ "Version": "2.0", "Extensions": { "HTTP": { "RoutePrefix": "x" } } }""", "x")]
    [InlineData(
        """
            {
              // comment
              "version": "2.0", /* another */
              "extensions": { "http": { "routePrefix": "x", }, },
            }
            """,
        "x"
    )]
    public void Route_prefix_is_read(string json, string prefix) => Assert.Equal(prefix, HostJson.Parse(json).RoutePrefix);

    [Theory]
    [InlineData("", "host.json is not valid JSON (line 1).")]
    [InlineData("{\n\"version\": nope }", "host.json is not valid JSON (line 2).")]
    [InlineData("[]", "host.json must be a JSON object.")]
    [InlineData("""{ "extensions": {} }""", "host.json: 'version' must be \"2.0\".")]
    [InlineData("""{ "version": "3.0" }""", "host.json: 'version' must be \"2.0\".")]
    [InlineData("""{ "version": 2.0 }""", "host.json: 'version' must be \"2.0\".")]
    [InlineData(
        """{ "version": "2.0", "extensions": { "http": { "routePrefix": 1 } } }""",
        "host.json: 'extensions.http.routePrefix' must be a string."
    )]
    public void File_that_the_host_would_refuse_is_refused(string json, string problem) =>
        Assert.Equal(problem, Assert.Throws<InvalidDataException>(() => HostJson.Parse(json)).Message);

    [Fact]
    public void File_that_is_missing_gives_the_defaults()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("hx-test-");

        Assert.Equal(HostJson.Default, HostJson.Load(folder.FullName));

        folder.Delete();
    }

    [Fact]
    public void File_of_this_app_has_an_empty_prefix() => Assert.Equal("", HostJson.Load(AppContext.BaseDirectory).RoutePrefix);
}
