using System.Text.Json;
using HxFunctions.Servers;
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
        YamlNode manager = EnvoyManager(),
            filter = manager["http_filters"][0]["typed_config"],
            response = filter["http_service"]["authorization_response"];

        // An escaped slash is part of a model's name; the guard reads it in both ways.
        Assert.Equal(
            ("true", "true", "KEEP_UNCHANGED"),
            (Text(manager["normalize_path"]), Text(manager["merge_slashes"]), Text(manager["path_with_escaped_slashes_action"]))
        );
        Assert.Equal("envoy.filters.http.ext_authz", Text(manager["http_filters"][0]["name"]));
        Assert.Equal(("false", "ServiceUnavailable"), (Text(filter["failure_mode_allow"]), Text(filter["status_on_error"]["code"])));
        Assert.Equal(
            ("/guard/check", "2s"),
            (Text(filter["http_service"]["path_prefix"]), Text(filter["http_service"]["server_uri"]["timeout"]))
        );
        // Nothing that a client sends is allowed through to the guard, whatever it is called, and nothing is held back for it.
        Assert.DoesNotContain("allowed_headers", Scalars(filter));
        Assert.DoesNotContain("with_request_body", Scalars(filter));
        Assert.Equal(["authorization"], Exact(filter["disallowed_headers"]));
        Assert.Contains("retry-after", Exact(response["allowed_client_headers"]));
    }

    /// <summary>ext_authz lets any 200 pass: the filter behind it wants the verdict, from where no client can put it.</summary>
    [Fact]
    public void Envoy_passes_only_what_the_guard_called_open()
    {
        YamlNode filters = EnvoyManager()["http_filters"],
            rules = filters[1]["typed_config"]["rules"],
            policy = Assert.Single(((YamlMappingNode)rules["policies"]).Children.Values),
            matcher = Assert.Single((YamlSequenceNode)policy["permissions"])["sourced_metadata"]["metadata_matcher"];

        Assert.Equal(
            ["envoy.filters.http.ext_authz", "envoy.filters.http.rbac", "envoy.filters.http.router"],
            ((YamlSequenceNode)filters).Select(filter => Text(filter["name"]))
        );
        Assert.Equal("ALLOW", Text(rules["action"]));
        Assert.Equal(
            (Text(filters[0]["name"]), "x-hx-verdict", "open"),
            (Text(matcher["filter"]), Text(matcher["path"][0]["key"]), Text(matcher["value"]["string_match"]["exact"]))
        );
        Assert.Equal(
            [Text(matcher["path"][0]["key"])],
            Exact(filters[0]["typed_config"]["http_service"]["authorization_response"]["dynamic_metadata_from_headers"])
        );
    }

    /// <summary>Uploads, streams and websockets: nothing of them is cut, held back or let by unasked.</summary>
    [Fact]
    public void Envoy_lets_model_traffic_be()
    {
        YamlNode manager = EnvoyManager(),
            route = Assert.Single((YamlSequenceNode)manager["route_config"]["virtual_hosts"][0]["routes"])["route"],
            upgrade = Assert.Single((YamlSequenceNode)manager["upgrade_configs"]);

        Assert.Equal(("0s", "600s"), (Text(route["timeout"]), Text(route["idle_timeout"])));
        // What a caller says of its own address and scheme isn't passed on (HTTP connection manager, use_remote_address).
        Assert.Equal("true", Text(manager["use_remote_address"]));
        YamlNode address = Assert.Single((YamlSequenceNode)manager["route_config"]["request_headers_to_add"]);
        Assert.Equal(
            ("x-forwarded-for", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "OVERWRITE_IF_EXISTS_OR_ADD"),
            (Text(address["header"]["key"]), Text(address["header"]["value"]), Text(address["append_action"]))
        );
        // With filters of its own an upgrade would pass by the guard.
        Assert.Equal(["upgrade_type"], ((YamlMappingNode)upgrade).Children.Keys.Select(Text));
        Assert.Equal("websocket", Text(upgrade["upgrade_type"]));
    }

    [Fact]
    public void Envoy_answers_a_closed_route_and_a_dead_guard_by_503()
    {
        YamlNode[] mappers = [.. (YamlSequenceNode)EnvoyManager()["local_reply_config"]["mappers"]];

        // The guard's refusal, whose words stay, and the filter's own, which has none.
        Assert.Equal(
            ["403", "503"],
            mappers.Select(mapper => Text(Filter(mapper, "status_code_filter")["comparison"]["value"]["default_value"]))
        );
        Assert.All(mappers, mapper => Assert.Equal(["UAEX"], Sequence(Filter(mapper, "response_flag_filter")["flags"])));
        Assert.Equal(["filter", "status_code"], ((YamlMappingNode)mappers[0]).Children.Keys.Select(Text));
        Assert.Equal("503", Text(mappers[0]["status_code"]));

        YamlNode body = mappers[1]["body_format_override"];
        Assert.Equal("application/problem+json", Text(body["content_type"]));
        JsonElement problem = JsonDocument.Parse(Text(body["text_format_source"]["inline_string"])).RootElement;
        YamlNode retry = mappers[1]["headers_to_add"][0];
        Assert.Equal(
            ("retry-after", $"{problem.GetProperty("retryAfterSeconds")}"),
            (Text(retry["header"]["key"]), Text(retry["header"]["value"]))
        );
        // The same words as nginx's.
        Assert.Contains(
            Text(body["text_format_source"]["inline_string"]),
            File.ReadAllText(Path.Combine(Folder, "nginx", "hx-guard.conf")),
            StringComparison.Ordinal
        );

        static YamlNode Filter(YamlNode mapper, string kind) =>
            ((YamlSequenceNode)mapper["filter"]["and_filter"]["filters"])
                .OfType<YamlMappingNode>()
                .Single(filter => filter.Children.ContainsKey(kind))[kind];
    }

    [Fact]
    public void Traefik_sends_its_own_family_and_takes_the_key_off_again()
    {
        YamlNode http = Yaml("traefik/hx-guard.yml")["http"],
            middlewares = http["middlewares"],
            ask = middlewares["hx-guard"]["forwardAuth"];

        Assert.Equal(["hx-guard-key", "hx-guard", "hx-guard-key-off"], Sequence(middlewares["hx-guarded"]["chain"]["middlewares"]));
        Assert.Equal(
            ("", ""),
            (Text(RequestHeader("hx-guard-key", "X-Original-URI")), Text(RequestHeader("hx-guard-key", "X-Original-Method")))
        );
        Assert.Equal("", Text(RequestHeader("hx-guard-key-off", "X-Functions-Key")));
        Assert.Equal("false", Text(ask["trustForwardHeader"]));
        Assert.Equal(["X-Functions-Key"], Sequence(ask["authRequestHeaders"]));
        // Neither the body nor the caller's method goes along: an upload isn't held back.
        Assert.Equal(
            ["address", "authRequestHeaders", "authResponseHeaders", "trustForwardHeader"],
            ((YamlMappingNode)ask).Children.Keys.Select(Text).Order(StringComparer.Ordinal)
        );

        YamlNode RequestHeader(string middleware, string name) => middlewares[middleware]["headers"]["customRequestHeaders"][name];
    }

    /// <summary>forwardAuth lets any 2xx pass: the way to the backend is a child of the router that asks, and wants the verdict.</summary>
    [Fact]
    public void Traefik_passes_only_what_the_guard_called_open()
    {
        YamlNode http = Yaml("traefik/hx-guard.yml")["http"];
        YamlMappingNode routers = (YamlMappingNode)http["routers"];
        YamlNode asks = routers["llm"],
            open = routers["llm-open"],
            websocket = routers["llm-websocket"];

        Assert.Equal(3, routers.Children.Count);
        Assert.Equal(["hx-guarded"], Sequence(asks["middlewares"]));
        Assert.False(((YamlMappingNode)asks).Children.ContainsKey("service"));
        Assert.Equal(["llm"], Sequence(open["parentRefs"]));
        Assert.Equal("Header(`X-Hx-Verdict`, `open`)", Text(open["rule"]));
        Assert.False(((YamlMappingNode)open).Children.ContainsKey("entryPoints"));
        // Listed there, a client's own is taken off before (traefik's forward.go).
        Assert.Equal(["X-Hx-Verdict"], Sequence(http["middlewares"]["hx-guard"]["forwardAuth"]["authResponseHeaders"]));
        Assert.Equal(["hx-verdict-off", "hx-upgrade-off"], Sequence(open["middlewares"]));
        // Of a caller's wishes to change the protocol only a websocket's goes on: through h2c requests would pass unasked.
        Assert.Equal("", Text(http["middlewares"]["hx-upgrade-off"]["headers"]["customRequestHeaders"]["Upgrade"]));
        Assert.Equal(["llm"], Sequence(websocket["parentRefs"]));
        Assert.Equal("Header(`X-Hx-Verdict`, `open`) && HeaderRegexp(`Upgrade`, `(?i)^websocket$`)", Text(websocket["rule"]));
        Assert.Equal(["hx-verdict-off", "hx-websocket"], Sequence(websocket["middlewares"]));
        Assert.Equal("websocket", Text(http["middlewares"]["hx-websocket"]["headers"]["customRequestHeaders"]["Upgrade"]));
        Assert.Equal("", Text(http["middlewares"]["hx-verdict-off"]["headers"]["customRequestHeaders"]["X-Hx-Verdict"]));
    }

    /// <summary>uvicorn closes a connection that was idle for 5 s, gunicorn after 2 s, maybe just as a request is on its way.</summary>
    [Fact]
    public void Idle_connections_to_the_backend_end_before_uvicorn_ends_them()
    {
        YamlNode services = Yaml("traefik/hx-guard.yml")["http"],
            transport = services["serversTransports"][Text(services["services"]["llm"]["loadBalancer"]["serversTransport"])],
            options = EnvoyConnections("llm_gateway");

        Assert.Equal("1s", Text(transport["forwardingTimeouts"]["idleConnTimeout"]));
        Assert.Equal("1s", Text(options["idle_timeout"]));
        // Of an answer's headers; otherwise 100.
        Assert.Equal("256", Text(options["max_headers_count"]));
    }

    /// <summary>ext_authz doesn't repeat a question that meets the end of its connection, and refuses.</summary>
    [Fact]
    public void Idle_connections_of_Envoy_to_the_guard_end_before_hx_ends_them()
    {
        string serves = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guard.md"));

        Assert.Contains("| idle connection | 120 s | closed |", serves, StringComparison.Ordinal);
        Assert.Equal("60s", Text(EnvoyConnections("hx_guard")["idle_timeout"]));
    }

    private static YamlNode EnvoyConnections(string cluster) =>
        ((YamlSequenceNode)Yaml("envoy/envoy.yaml")["static_resources"]["clusters"]).Single(one => Text(one["name"]) == cluster)[
            "typed_extension_protocol_options"
        ]["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"]["common_http_protocol_options"];

    [Fact]
    public void Traefiks_entry_point_is_the_routers_and_cuts_no_upload()
    {
        YamlNode entryPoints = Yaml("traefik/traefik.yml")["entryPoints"];
        string name = Assert.Single(Sequence(Yaml("traefik/hx-guard.yml")["http"]["routers"]["llm"]["entryPoints"]));

        Assert.Equal("0s", Text(entryPoints[name]["transport"]["respondingTimeouts"]["readTimeout"]));
    }

    private static YamlNode EnvoyManager() =>
        Yaml("envoy/envoy.yaml")["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"];

    /// <summary>Each gateway's form of the allowlist is what the script makes of it now, and names every entry.</summary>
    [Fact]
    public async Task Forms_of_the_allowlist_are_up_to_date()
    {
        using ThrowAwayDirectory directory = new("hx-allowlist-");
        await ExternalProgram.RunAsync(Path.Combine(Repository.Root, "eng", "gateway-allowlist"), [directory.Path]);
        int entries = File.ReadLines(Path.Combine(Folder, "allowlist.txt")).Count(line => line.Length > 0 && line[0] != '#');

        foreach (string form in new[] { "nginx/hx-allowlist.conf", "caddy/hx-allowlist.caddy", "haproxy/hx-allowlist.txt" })
        {
            string[] made = await File.ReadAllLinesAsync(Path.Combine(directory.Path, form));
            Assert.Equal(made, await File.ReadAllLinesAsync(Path.Combine(Folder, form)));
            Assert.Equal(entries + 1, made.Length);
        }
    }

    [Fact]
    public async Task Forms_of_another_list_have_its_entries_without_their_comments()
    {
        using ThrowAwayDirectory directory = new("hx-allowlist-");
        string list = Path.Combine(directory.Path, "list.txt");
        await File.WriteAllTextAsync(list, "# models\n\n  GET\t/v1/models # all of them\r\nPOST /v1beta/models/g-1.5:generateContent");

        await ExternalProgram.RunAsync(Path.Combine(Repository.Root, "eng", "gateway-allowlist"), [directory.Path, list]);

        (string Form, string[] Lines)[] expected =
        [
            ("nginx/hx-allowlist.conf", ["\"~^GET /v1/models$\" 1;", "\"~^POST /v1beta/models/g-1\\.5:generateContent$\" 1;"]),
            ("caddy/hx-allowlist.caddy", ["\"GET /v1/models\" listed", "\"POST /v1beta/models/g-1.5:generateContent\" listed"]),
            ("haproxy/hx-allowlist.txt", ["GET /v1/models", "POST /v1beta/models/g-1.5:generateContent"]),
        ];
        foreach ((string form, string[] lines) in expected)
        {
            Assert.Equal(lines, (await File.ReadAllLinesAsync(Path.Combine(directory.Path, form)))[1..]);
        }
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

    private static IEnumerable<string> Exact(YamlNode list) =>
        ((YamlSequenceNode)list["patterns"]).Select(pattern => Text(pattern["exact"]));

    private static IEnumerable<string> Scalars(YamlNode node) => node.AllNodes.OfType<YamlScalarNode>().Select(scalar => scalar.Value!);
}
