using HxFunctions.Cli.Commands;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Configuration;
using k8s.Models;
using YamlDotNet.Core;

namespace HxFunctions.SystemTests.Infrastructure.Kubernetes;

/// <summary>infra/kubernetes, base and example, as they are rendered. No cluster runs here.</summary>
public sealed class KubernetesBaseTests
{
    private const string Example = "overlays/example";

    [Theory]
    [InlineData("base", null)]
    [InlineData(Example, "llm")]
    public async Task Every_resource_is_there_and_in_one_namespace(string folder, string? space)
    {
        Manifests manifests = await Manifests.RenderAsync(folder);

        Assert.Equal(
            ["ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"],
            manifests.Namespaced.Select(resource => resource.Kind).Distinct().Order(StringComparer.Ordinal)
        );
        Assert.All(manifests.Namespaced, resource => Assert.Equal(space, resource.Namespace()));
        Assert.Equal(space is null ? 6 : 8, manifests.All.Count);
    }

    /// <summary>Otherwise a wrong field would be dropped, and nobody would see it.</summary>
    [Theory]
    [InlineData("replicas: 2", true)]
    [InlineData("replica: 2", false)]
    public void Field_that_kubernetes_does_not_have_is_an_error(string field, bool accepted)
    {
        string yaml = $"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: x\nspec:\n  {field}\n";
        if (accepted)
        {
            Assert.Equal(2, Manifests.Read(yaml).Deployment.Spec.Replicas);
        }
        else
        {
            Assert.ThrowsAny<YamlException>(() => Manifests.Read(yaml));
        }
    }

    [Theory]
    [InlineData("base")]
    [InlineData(Example)]
    public async Task Names_and_labels_find_each_other(string folder)
    {
        Manifests manifests = await Manifests.RenderAsync(folder);
        V1PodSpec pod = manifests.Pod;
        IDictionary<string, string> labels = manifests.Deployment.Spec.Template.Metadata.Labels;

        IDictionary<string, string>[] selectors =
        [
            manifests.Deployment.Spec.Selector.MatchLabels,
            manifests.Only<V1Service>().Spec.Selector,
            manifests.Only<V1PodDisruptionBudget>().Spec.Selector.MatchLabels,
            manifests.Policy.Spec.PodSelector.MatchLabels,
            .. pod.TopologySpreadConstraints.Select(spread => spread.LabelSelector.MatchLabels),
        ];
        Assert.Equal(6, selectors.Length);
        Assert.All(selectors, selector => Assert.Equal(labels, selector));
        Assert.Equal(pod.ServiceAccountName, manifests.Only<V1ServiceAccount>().Name());
        // The hash in its name: other values are another ConfigMap, and so new pods.
        Assert.Matches(@"\Ahx-[a-z0-9]{10}\z", manifests.ConfigMap.Name());
        Assert.Equal(manifests.ConfigMap.Name(), manifests.Container.EnvFrom[0].ConfigMapRef.Name);
        V1SecretEnvSource secret = manifests.Container.EnvFrom[1].SecretRef;
        Assert.NotEqual(true, secret.Optional);
        // The user's own: nothing here is one.
        Assert.Empty(manifests.All.OfType<V1Secret>());
        Assert.Contains(
            $"kubectl -n llm create secret generic {secret.Name} ",
            await File.ReadAllTextAsync(Path.Combine(Manifests.Folder, "README.md")),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("base")]
    [InlineData(Example)]
    public async Task Ports_agree(string folder)
    {
        Manifests manifests = await Manifests.RenderAsync(folder);
        V1Container container = manifests.Container;
        V1ContainerPort port = Assert.Single(container.Ports);
        V1ServicePort service = Assert.Single(manifests.Only<V1Service>().Spec.Ports);

        Assert.Equal(manifests.ConfigMap.Data[Variables.WrapperPort], $"{port.ContainerPort}");
        Assert.Equal(port.ContainerPort, service.Port);
        Assert.All(
            new[]
            {
                service.TargetPort,
                container.ReadinessProbe.HttpGet.Port,
                container.LivenessProbe.HttpGet.Port,
                manifests.Policy.Spec.Ingress[0].Ports[0].Port,
            },
            named => Assert.Equal(port.Name, named.Value)
        );
    }

    [Fact]
    public async Task Example_changes_what_it_says_and_keeps_the_rest()
    {
        Manifests own = await Manifests.RenderAsync("base"),
            example = await Manifests.RenderAsync(Example);

        Assert.NotEqual(own.ConfigMap.Name(), example.ConfigMap.Name());
        Assert.All(own.ConfigMap.Data, pair => Assert.Equal(pair.Value, example.ConfigMap.Data[pair.Key]));
        Assert.Matches(@"\A[a-z./]+/hx:[0-9.]+\z", example.Container.Image);
        Assert.Equal("restricted", example.Only<V1Namespace>().Metadata.Labels["pod-security.kubernetes.io/enforce"]);
        // The same image as the one that compose builds, until an overlay names one.
        Assert.Contains(
            $"image: {own.Container.Image}\n",
            await File.ReadAllTextAsync(Path.Combine(Manifests.Folder, "..", "..", "containers", "compose.yaml")),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("base")]
    [InlineData(Example)]
    public async Task Pod_may_do_nothing_that_hx_does_not_need(string folder)
    {
        Manifests manifests = await Manifests.RenderAsync(folder);
        V1PodSpec pod = manifests.Pod;
        V1SecurityContext container = manifests.Container.SecurityContext;

        // Pod Security's "restricted" asks for these four; the number is the Dockerfile's.
        Assert.Equal((true, "RuntimeDefault"), (pod.SecurityContext.RunAsNonRoot, pod.SecurityContext.SeccompProfile.Type));
        Assert.Equal(false, container.AllowPrivilegeEscalation);
        Assert.Equal(["ALL"], container.Capabilities.Drop);
        string dockerfile = await File.ReadAllTextAsync(Path.Combine(Manifests.Folder, "..", "..", "containers", "Dockerfile"));
        Assert.Contains($"\nUSER {pod.SecurityContext.RunAsUser}\n", dockerfile, StringComparison.Ordinal);
        Assert.Equal(true, container.ReadOnlyRootFilesystem);
        Assert.Equal((false, false), (pod.AutomountServiceAccountToken, manifests.Only<V1ServiceAccount>().AutomountServiceAccountToken));
        Assert.Equal(false, pod.EnableServiceLinks);
        Assert.True(pod.Volumes is null && pod.HostNetwork is null && pod.HostPID is null && pod.HostIPC is null);
        Assert.True(container.Privileged is null && container.Capabilities.Add is null);
    }

    /// <summary>hx takes the configuration once the Secret's part is there, and never without keys.</summary>
    [Theory]
    [InlineData("base")]
    [InlineData(Example)]
    public async Task Variables_are_hx_s_own_and_no_secret_and_make_a_configuration(string folder)
    {
        Manifests manifests = await Manifests.RenderAsync(folder);
        Dictionary<string, string?> variables = manifests.ConfigMap.Data.ToDictionary(pair => pair.Key, pair => (string?)pair.Value);

        Assert.All(variables.Keys, name => Assert.True(Variables.ByName.TryGetValue(name, out Variable? known) && !known.Secret, name));
        Assert.Contains(Settings.From(variables).Problems, problem => problem.Variable == Variables.WrapperHost);

        Settings settings = Settings.From(variables.Concat(OfTheSecret));
        Assert.Empty(settings.Problems);
        Assert.Equal(
            (System.Net.IPAddress.Any, true, false),
            (settings.Wrapper.Host, settings.Wrapper.LogsJson, settings.Wrapper.Keys.IsEmpty)
        );
    }

    [Theory]
    [InlineData("base")]
    [InlineData(Example)]
    public async Task Pod_has_time_to_end_and_never_leaves_without_another(string folder)
    {
        Manifests manifests = await Manifests.RenderAsync(folder);
        Settings settings = Settings.From(manifests.ConfigMap.Data.ToDictionary(p => p.Key, p => (string?)p.Value).Concat(OfTheSecret));
        TimeSpan grace = TimeSpan.FromSeconds(manifests.Pod.TerminationGracePeriodSeconds!.Value),
            pause = TimeSpan.FromSeconds(manifests.Container.Lifecycle.PreStop.Sleep.Seconds);

        // Longer than the readiness probe and the gateway's look-up of a name together, and counted in the grace.
        Assert.InRange(pause, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));
        Assert.InRange(grace - pause, ServeCommand.ShutdownTimeout(settings.Product) + TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
        V1RollingUpdateDeployment rolling = manifests.Deployment.Spec.Strategy.RollingUpdate;
        Assert.Equal(("0", "1"), (rolling.MaxUnavailable.Value, rolling.MaxSurge.Value));
        V1PodDisruptionBudget budget = manifests.Only<V1PodDisruptionBudget>();
        Assert.Equal(("1", "AlwaysAllow"), (budget.Spec.MinAvailable.Value, budget.Spec.UnhealthyPodEvictionPolicy));
        Assert.True(manifests.Deployment.Spec.Replicas > 1);
        Assert.Equal(
            ["topology.kubernetes.io/zone", "kubernetes.io/hostname"],
            manifests.Pod.TopologySpreadConstraints.Select(spread => spread.TopologyKey)
        );
        // One that can't be met must not keep the guard from starting.
        Assert.All(manifests.Pod.TopologySpreadConstraints, spread => Assert.Equal("ScheduleAnyway", spread.WhenUnsatisfiable));
    }

    [Fact]
    public async Task Memory_is_enough_for_some_600_connections_and_the_processor_is_not_limited()
    {
        V1ResourceRequirements resources = (await Manifests.RenderAsync("base")).Container.Resources;

        Assert.Equal(["memory"], resources.Limits.Keys);
        Assert.Equal(["cpu", "memory"], resources.Requests.Keys.Order(StringComparer.Ordinal));
        // .NET takes three quarters of a container's memory for what there is to be had.
        long available = resources.Limits["memory"].ToInt64() / 4 * 3;
        Assert.InRange(ConnectionLimit.For(openFiles: null, available).Count, 600, 650);
        Assert.Contains("some 600", await File.ReadAllTextAsync(Path.Combine(Manifests.Folder, "README.md")), StringComparison.Ordinal);
    }

    internal static IEnumerable<KeyValuePair<string, string?>> OfTheSecret =>
        [
            new(Variables.PgUrl, "postgresql://made-up:made-up@pg.example.com/llm"),
            new(Variables.RedisUrl, "redis://redis.example.com"),
            new(Variables.WrapperKeys, "GuardCheck:gateway=made-up-function-key;master=made-up-master-key"),
        ];
}
