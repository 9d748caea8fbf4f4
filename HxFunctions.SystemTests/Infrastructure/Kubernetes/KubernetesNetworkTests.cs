using k8s.Models;

namespace HxFunctions.SystemTests.Infrastructure.Kubernetes;

/// <summary>The NetworkPolicy of infra/kubernetes: who may ask, and what hx may reach.</summary>
public sealed class KubernetesNetworkTests
{
    [Theory]
    [InlineData("base", "5432 6333 6379")]
    [InlineData("overlays/example", "443 5432 6333 6379")]
    public async Task Hx_reaches_names_and_dependencies_and_nothing_else(string folder, string ports)
    {
        Manifests manifests = await Manifests.RenderAsync(folder);
        V1NetworkPolicy[] policies = [.. manifests.All.OfType<V1NetworkPolicy>()];

        Assert.Equal(["Egress", "Ingress"], manifests.Policy.Spec.PolicyTypes.Order(StringComparer.Ordinal));
        Assert.All(policies, policy => Assert.Equal(manifests.Policy.Spec.PodSelector.MatchLabels, policy.Spec.PodSelector.MatchLabels));
        Assert.Equal(
            ["TCP 53", "UDP 53", .. ports.Split(' ').Select(port => $"TCP {port}")],
            policies
                .SelectMany(policy => policy.Spec.Egress)
                .SelectMany(rule => rule.Ports)
                .Select(port => $"{port.Protocol} {port.Port.Value}")
                .OrderBy(port => port.EndsWith(" 53", StringComparison.Ordinal) ? 0 : 1)
                .ThenBy(port => port, StringComparer.Ordinal)
        );
        // A rule without ports would be one for all of them (NetworkPolicyEgressRule).
        Assert.All(policies.SelectMany(policy => policy.Spec.Egress), rule => Assert.NotEmpty(rule.Ports));
    }

    [Theory]
    [InlineData("base")]
    [InlineData("overlays/example")]
    public async Task Only_labelled_namespaces_ask_and_the_page_says_how(string folder)
    {
        V1NetworkPolicyIngressRule rule = Assert.Single((await Manifests.RenderAsync(folder)).Policy.Spec.Ingress);
        V1NetworkPolicyPeer peer = Assert.Single(rule.FromProperty);
        KeyValuePair<string, string> label = Assert.Single(peer.NamespaceSelector.MatchLabels);

        Assert.Equal("TCP", Assert.Single(rule.Ports).Protocol);
        Assert.True(peer.PodSelector is null && peer.IpBlock is null && peer.NamespaceSelector.MatchExpressions is null);
        Assert.Contains(
            $"kubectl label namespace envoy-gateway-system {label.Key}={label.Value}\n",
            await File.ReadAllTextAsync(Path.Combine(Manifests.Folder, "README.md")),
            StringComparison.Ordinal
        );
    }
}
