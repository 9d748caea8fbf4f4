using HxFunctions.Core.Http;
using HxFunctions.SystemTests.Infrastructure.Kubernetes;
using HxFunctions.Tests;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The configuration in infra/gateways for gateways that live in Kubernetes, held against the base in infra/kubernetes. The types
/// of Envoy Gateway and Gateway API have no schema here: of those files only what keeps callers out is read.</summary>
public sealed class KubernetesGatewayFilesTests
{
    private const string Prefix = "nginx.ingress.kubernetes.io/";

    [Fact]
    public async Task Ingress_nginx_asks_by_its_own_family_about_every_path_of_the_host()
    {
        Manifests manifests = Manifests.Read(await File.ReadAllTextAsync(PathOf("ingress-nginx")));
        V1Ingress ingress = manifests.Only<V1Ingress>();
        IDictionary<string, string> annotations = ingress.Metadata.Annotations;
        V1ConfigMap headers = manifests.ConfigMap;

        // Without a method its template sends no X-Original-URI.
        Assert.Equal("GET", annotations[Prefix + "auth-method"]);
        Assert.Equal(await GuardAsync(ingress.Namespace()) + GuardedRequest.CheckRoute, annotations[Prefix + "auth-url"]);
        Assert.Equal($"{headers.Namespace()}/{headers.Name()}", annotations[Prefix + "auth-proxy-set-headers"]);
        Assert.Equal(
            ((string[])["Cookie", "X-Forwarded-Method", "X-Forwarded-Uri", .. CallersKeys.Headers]).Order(StringComparer.OrdinalIgnoreCase),
            headers.Data.Where(pair => pair.Value.Length == 0).Select(pair => pair.Key).Order(StringComparer.OrdinalIgnoreCase)
        );
        Assert.Equal("replace-me", headers.Data["x-functions-key"]);
        // More than one page of an answer's headers would be 502.
        Assert.Equal("32k", annotations[Prefix + "proxy-buffer-size"]);
        V1HTTPIngressPath path = Assert.Single(Assert.Single(ingress.Spec.Rules).Http.Paths);
        Assert.Equal(("/", "Prefix"), (path.Path, path.PathType));
        // Each of these would keep an answer, or let callers by.
        Assert.All(
            new[] { "auth-cache-key", "satisfy", "enable-global-auth", "rewrite-target", "auth-snippet", "configuration-snippet" },
            name => Assert.DoesNotContain(Prefix + name, annotations.Keys)
        );
    }

    [Fact]
    public async Task Envoy_gateway_asks_and_passes_only_what_the_guard_called_open()
    {
        YamlNode policy = EnvoyGateway("SecurityPolicy"),
            ask = policy["extAuth"],
            rules = policy["authorization"];
        YamlNode guard = Assert.Single((YamlSequenceNode)ask["http"]["backendRefs"]);

        Assert.Equal(("false", "503", "2s"), (Text(ask["failOpen"]), Text(ask["statusOnError"]), Text(ask["timeout"])));
        Assert.Equal(GuardedRequest.CheckRoute, Text(ask["http"]["path"]));
        Assert.False(((YamlMappingNode)ask).Children.ContainsKey("bodyToExtAuth"));
        V1Service service = (await Manifests.RenderAsync("base")).Only<V1Service>();
        Assert.Equal((service.Name(), $"{service.Spec.Ports[0].Port}"), (Text(guard["name"]), Text(guard["port"])));

        Assert.Equal(["x-hx-verdict"], Sequence(ask["http"]["headersToBackend"]));
        Assert.Equal("Deny", Text(rules["defaultAction"]));
        YamlNode rule = Assert.Single((YamlSequenceNode)rules["rules"]),
            header = Assert.Single((YamlSequenceNode)rule["principal"]["headers"]);
        Assert.Equal(("Allow", "x-hx-verdict"), (Text(rule["action"]), Text(header["name"])));
        Assert.Equal(["open"], Sequence(header["values"]));
    }

    /// <summary>The key is set on the request itself, and a verdict of a client's own would be believed.</summary>
    [Fact]
    public void Envoy_gateway_sets_the_key_for_the_guard_alone_and_takes_a_clients_verdict_off()
    {
        YamlNode listener = EnvoyGateway("ClientTrafficPolicy"),
            early = listener["headers"]["earlyRequestHeaders"],
            route = Assert.Single((YamlSequenceNode)EnvoyGateway("HTTPRoute")["rules"]),
            filter = Assert.Single((YamlSequenceNode)route["filters"]);

        Assert.Equal("KeepUnchanged", Text(listener["path"]["escapedSlashesAction"]));
        Assert.Equal(("x-functions-key", "replace-me"), (Text(early["set"][0]["name"]), Text(early["set"][0]["value"])));
        Assert.Equal(["x-hx-verdict"], Sequence(early["remove"]));
        Assert.Equal(["x-functions-key"], Sequence(EnvoyGateway("SecurityPolicy")["extAuth"]["headersToExtAuth"]));
        Assert.Equal("RequestHeaderModifier", Text(filter["type"]));
        Assert.Equal(["x-functions-key", "x-hx-verdict"], Sequence(filter["requestHeaderModifier"]["remove"]));
        Assert.Equal("0s", Text(route["timeouts"]["request"]));
        // One gateway: what each policy is for, and where the route hangs.
        string[] gateways =
        [
            Text(EnvoyGateway("SecurityPolicy")["targetRefs"][0]["name"]),
            Text(listener["targetRefs"][0]["name"]),
            Text(EnvoyGateway("HTTPRoute")["parentRefs"][0]["name"]),
        ];
        Assert.Single(gateways.Distinct());
    }

    /// <summary>uvicorn closes a connection that was idle for 5 s, gunicorn after 2 s, and hx after 120 s, maybe just as a request is on
    /// its way. Envoy Gateway's own limit is an hour.</summary>
    [Fact]
    public void Envoy_gateway_closes_idle_connections_before_the_other_side_does()
    {
        YamlNode policy = EnvoyGateway("BackendTrafficPolicy"),
            target = Assert.Single((YamlSequenceNode)policy["targetRefs"]),
            guard = EnvoyGateway("SecurityPolicy")["extAuth"]["http"]["backendSettings"];

        Assert.Equal(("HTTPRoute", "llm"), (Text(target["kind"]), Text(target["name"])));
        Assert.Equal("1s", Text(policy["timeout"]["http"]["connectionIdleTimeout"]));
        Assert.Equal("60s", Text(guard["timeout"]["http"]["connectionIdleTimeout"]));
    }

    /// <summary>What no annotation can mend.</summary>
    [Theory]
    [InlineData("`upstream-keepalive-timeout: \"1\"`")]
    [InlineData("`proxy_ignore_headers X-Accel-Redirect;`")]
    public void Page_of_ingress_nginx_names_what_the_operator_has_to_set(string words) =>
        Assert.Contains(
            words,
            File.ReadAllText(Path.Combine(Path.GetDirectoryName(PathOf("ingress-nginx"))!, "README.md")),
            StringComparison.Ordinal
        );

    /// <summary>Another policy takes the guard's place, and nothing says so.</summary>
    [Theory]
    [InlineData("`Conflicted`")]
    [InlineData("`sectionName`")]
    [InlineData("`mergeType: StrategicMerge`")]
    [InlineData("repeat `x-hx-verdict: open` in each of its Allow rules")]
    [InlineData("Deny rules before it")]
    [InlineData("`Overridden`")]
    public void Page_of_envoy_gateway_names_every_policy_that_takes_the_guards_place(string words) =>
        Assert.Contains(
            words,
            File.ReadAllText(Path.Combine(Path.GetDirectoryName(PathOf("envoy-gateway"))!, "README.md")),
            StringComparison.Ordinal
        );

    /// <summary>Where nothing runs, the page says so, names what was read, and how to prove it.</summary>
    [Theory]
    [InlineData("envoy", "Envoy doesn't run in the tests")]
    [InlineData("traefik", "Traefik doesn't run in the tests")]
    [InlineData("ingress-nginx", "It doesn't run in the tests")]
    [InlineData("envoy-gateway", "It doesn't run in the tests")]
    public void Page_says_that_it_is_only_read_and_how_to_prove_it(string gateway, string words)
    {
        string page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(PathOf(gateway))!, "README.md"));

        Assert.Contains(words, page, StringComparison.Ordinal);
        Assert.Contains("\n## What was read\n", page, StringComparison.Ordinal);
        Assert.Contains("`hx gateway check https://your-gateway`", page, StringComparison.Ordinal);
    }

    private static string PathOf(string gateway) => Path.Combine(Repository.Root, "infra", "gateways", gateway, "hx-guard.yaml");

    private static async Task<string> GuardAsync(string space)
    {
        V1Service service = (await Manifests.RenderAsync("base")).Only<V1Service>();
        return $"http://{service.Name()}.{space}.svc.cluster.local:{service.Spec.Ports[0].Port}";
    }

    private static YamlNode EnvoyGateway(string kind)
    {
        YamlStream stream = [];
        using StreamReader reader = new(PathOf("envoy-gateway"));
        stream.Load(reader);
        return stream.Documents.Select(document => document.RootNode).Single(node => Text(node["kind"]) == kind)["spec"];
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    private static IEnumerable<string> Sequence(YamlNode node) => ((YamlSequenceNode)node).Select(Text);
}
