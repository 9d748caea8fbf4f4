using HxFunctions.Servers;
using HxFunctions.Tests;
using k8s;
using k8s.Models;

namespace HxFunctions.SystemTests.Infrastructure.Kubernetes;

/// <summary>A folder of infra/kubernetes as <c>kubectl kustomize</c> renders it, read into Kubernetes' own types: a field that they don't
/// have is an error.</summary>
internal sealed class Manifests
{
    /// <summary>Where the objects of a cluster itself are, and no namespace is.</summary>
    private static readonly string[] OfNoNamespace = [V1Namespace.KubeKind];

    private static readonly Dictionary<string, Type> NoMoreTypes = [];

    private Manifests(IReadOnlyList<IKubernetesObject<V1ObjectMeta>> all) => All = all;

    public static string Folder { get; } = Path.Combine(Repository.Root, "infra", "kubernetes");

    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> All { get; }

    public IEnumerable<IKubernetesObject<V1ObjectMeta>> Namespaced => All.Where(resource => !OfNoNamespace.Contains(resource.Kind));

    public V1Deployment Deployment => Only<V1Deployment>();

    public V1PodSpec Pod => Deployment.Spec.Template.Spec;

    public V1Container Container => Assert.Single(Pod.Containers);

    /// <summary>The base's own; others add to it.</summary>
    public V1NetworkPolicy Policy => All.OfType<V1NetworkPolicy>().Single(policy => policy.Name() == "hx");

    public V1ConfigMap ConfigMap => Only<V1ConfigMap>();

    /// <param name="folder">Below infra/kubernetes, such as <c>base</c>.</param>
    public static async Task<Manifests> RenderAsync(string folder) =>
        Read(
            await ExternalProgram.RunAsync(
                ExternalProgram.FindServer("kubectl", package: "kubernetes-client"),
                ["kustomize", Path.Combine(Folder, folder)]
            )
        );

    /// <summary>The objects in a text of several documents.</summary>
    public static Manifests Read(string yaml) =>
        new([.. KubernetesYaml.LoadAllFromString(yaml, NoMoreTypes, strict: true).Cast<IKubernetesObject<V1ObjectMeta>>()]);

    public T Only<T>() => Assert.Single(All.OfType<T>());
}
