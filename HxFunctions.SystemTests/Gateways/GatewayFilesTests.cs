using HxFunctions.Tests;
using YamlDotNet.RepresentationModel;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The configuration in infra/gateways is well-formed and says what keeps callers out.</summary>
public class GatewayFilesTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "infra", "gateways");

    [Fact]
    public void Envoy_asks_about_the_path_that_it_passes_on_and_never_passes_unasked()
    {
        YamlNode manager = Yaml("envoy/envoy.yaml")["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"];
        YamlNode filter = manager["http_filters"][0]["typed_config"];

        Assert.Equal(
            ("true", "true", "REJECT_REQUEST"),
            (Text(manager["normalize_path"]), Text(manager["merge_slashes"]), Text(manager["path_with_escaped_slashes_action"]))
        );
        Assert.Equal("envoy.filters.http.ext_authz", Text(manager["http_filters"][0]["name"]));
        Assert.Equal(("false", "ServiceUnavailable"), (Text(filter["failure_mode_allow"]), Text(filter["status_on_error"]["code"])));
        Assert.Equal(
            ("/guard/check", "2s"),
            (Text(filter["http_service"]["path_prefix"]), Text(filter["http_service"]["server_uri"]["timeout"]))
        );
        // Nothing that a client sends is allowed through to the guard, whatever it is called.
        Assert.DoesNotContain("allowed_headers", Scalars(filter));
        Assert.Contains("retry-after", Scalars(filter["http_service"]["authorization_response"]));
        Assert.Equal("envoy.filters.http.router", Text(manager["http_filters"][1]["name"]));
    }

    [Fact]
    public void Traefik_sends_its_own_family_and_takes_the_key_off_again()
    {
        YamlNode http = Yaml("traefik/hx-guard.yml")["http"],
            middlewares = http["middlewares"];

        Assert.Equal(["hx-guard-key", "hx-guard", "hx-guard-key-off"], Sequence(middlewares["hx-guarded"]["chain"]["middlewares"]));
        Assert.Equal(
            ("", ""),
            (Text(RequestHeader("hx-guard-key", "X-Original-URI")), Text(RequestHeader("hx-guard-key", "X-Original-Method")))
        );
        Assert.Equal("", Text(RequestHeader("hx-guard-key-off", "X-Functions-Key")));
        Assert.Equal("false", Text(middlewares["hx-guard"]["forwardAuth"]["trustForwardHeader"]));
        Assert.Equal(["X-Functions-Key"], Sequence(middlewares["hx-guard"]["forwardAuth"]["authRequestHeaders"]));
        Assert.All(
            ((YamlMappingNode)http["routers"]).Children.Values,
            router => Assert.Equal(["hx-guarded"], Sequence(router["middlewares"]))
        );

        YamlNode RequestHeader(string middleware, string name) => middlewares[middleware]["headers"]["customRequestHeaders"][name];
    }

    [Fact]
    public void Caddy_asks_before_it_passes_on_and_clears_the_other_family()
    {
        string[] lines =
        [
            .. File.ReadLines(Path.Combine(Folder, "caddy", "Caddyfile"))
                .Select(line => line.Trim())
                .Where(line => line.Length > 0 && line[0] != '#'),
        ];
        int ask = Array.FindIndex(lines, line => line.StartsWith("forward_auth ", StringComparison.Ordinal)),
            pass = Array.FindIndex(lines, line => line.StartsWith("reverse_proxy ", StringComparison.Ordinal));

        Assert.InRange(ask, 0, pass - 1);
        Assert.All(
            new[] { "uri /guard", "header_up -X-Original-URI", "header_up -X-Original-Method" },
            line => Assert.InRange(Array.IndexOf(lines, line), ask, pass)
        );
        Assert.Equal(lines.Count(line => line.EndsWith('{')), lines.Count(line => line == "}"));
    }

    private static YamlNode Yaml(string file)
    {
        YamlStream stream = [];
        using StreamReader reader = new(Path.Combine(Folder, file));
        stream.Load(reader);
        return Assert.Single(stream.Documents).RootNode;
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    private static IEnumerable<string> Sequence(YamlNode node) => ((YamlSequenceNode)node).Select(Text);

    private static IEnumerable<string> Scalars(YamlNode node) => node.AllNodes.OfType<YamlScalarNode>().Select(scalar => scalar.Value!);
}
