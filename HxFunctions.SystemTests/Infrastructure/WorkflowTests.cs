using System.Reflection;
using System.Text.RegularExpressions;
using HxFunctions.Tests;
using YamlDotNet.RepresentationModel;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>The workflows of .github, which only GitHub can run.</summary>
public sealed partial class WorkflowTests
{
    /// <summary>Without a fault. Each case below puts one in.</summary>
    private const string Sound = """
        name: x
        on:
          workflow_dispatch:
            inputs:
              environment: { type: string }
        permissions:
          contents: read
        jobs:
          a:
            runs-on: ubuntu-24.04
            timeout-minutes: 5
            steps:
              - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
              - run: echo "$E"
                env:
                  E: ${{ inputs.environment == 'a.b' && vars.X || 'none' }}
        """;

    public static TheoryData<string> Files => [.. Names()];

    private static string Folder => Path.Combine(Repository.Root, ".github", "workflows");

    [Theory]
    [MemberData(nameof(Files))]
    public void Workflow_keeps_the_rules(string file) =>
        Assert.Empty(WorkflowRules.ProblemsOf(File.ReadAllText(Path.Combine(Folder, file))));

    [Fact]
    public void Sound_workflow_has_no_problem() => Assert.Empty(WorkflowRules.ProblemsOf(Sound));

    [Theory]
    [InlineData("permissions:", "permission:", "no key permission", "no permissions")]
    [InlineData("    timeout-minutes: 5\n", "", "no timeout-minutes")]
    [InlineData("    timeout-minutes: 5", "    timeout-minutes: 5\n    needs: [b]", "needs b, which is no job")]
    [InlineData("@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7", "not by a commit")]
    [InlineData(" # v7.0.1", "", "not by a commit")]
    [InlineData("inputs.environment", "inputs.enviroment", "no input enviroment")]
    [InlineData("vars.X", "var.X", "no context var")]
    [InlineData("echo \"$E\"", "echo ${{ inputs.environment }}", "in a script")]
    [InlineData("- run: echo \"$E\"", "- name: nothing", "either uses an action or runs a script")]
    [InlineData("        env:\n", "        envs:\n", "no key envs")]
    [InlineData("runs-on: ubuntu-24.04", "runs-on: ${{ secrets.LABEL }}", "runs-on can't read secrets")]
    [InlineData("runs-on: ubuntu-24.04", "environment: dev\n    runs-on: ${{ vars.LABEL || 'x.y' }}", "runs-on reads vars.LABEL before")]
    [InlineData(
        "runs-on: ubuntu-24.04",
        "environment: { name: dev, url: '${{ vars.URL }}' }\n    runs-on: [self-hosted, '${{ vars.RUNNER }}']",
        "environment reads vars.URL before"
    )]
    public void Fault_is_found(string sound, string faulty, params string[] problems)
    {
        string text = Sound.Replace(sound, faulty, StringComparison.Ordinal);
        Assert.NotEqual(Sound, text);
        IReadOnlyList<string> found = WorkflowRules.ProblemsOf(text);
        Assert.Equal(problems.Length, found.Count);
        Assert.All(problems, problem => Assert.Contains(found, one => one.Contains(problem, StringComparison.Ordinal)));
    }

    /// <summary>A job has the rights that it needs: to read the sources, and where it deploys or publishes, what that takes.</summary>
    [Theory]
    [InlineData("ci.yml", "contents=read")]
    [InlineData("codeql.yml", "contents=read", "analyze: contents=read security-events=write")]
    [InlineData("deploy.yml", "contents=read id-token=write")]
    [InlineData("release.yml", "contents=read", "publish: attestations=write contents=write id-token=write packages=write")]
    public void Rights_are_few(string file, string rights, params string[] jobs)
    {
        YamlMappingNode workflow = Read(file);
        Assert.Equal(rights, RightsOf(workflow));
        Assert.Equal(
            jobs,
            ((YamlMappingNode)workflow["jobs"])
                .Where(job => ((YamlMappingNode)job.Value).Children.ContainsKey("permissions"))
                .Select(job => $"{job.Key}: {RightsOf((YamlMappingNode)job.Value)}")
        );
    }

    [Fact]
    public void Rights_of_every_workflow_are_looked_at()
    {
        IEnumerable<string> looked = typeof(WorkflowTests)
            .GetMethod(nameof(Rights_are_few))!
            .GetCustomAttributesData()
            .Where(a => a.AttributeType == typeof(InlineDataAttribute))
            .Select(a => (string)((IReadOnlyList<CustomAttributeTypedArgument>)a.ConstructorArguments[0].Value!)[0].Value!);
        Assert.Equal(Names(), looked.Order(StringComparer.Ordinal));
    }

    /// <summary>What has rights runs nothing of ours: no sources are fetched and nothing is built.</summary>
    [Fact]
    public void Publishing_builds_nothing()
    {
        YamlMappingNode job = (YamlMappingNode)((YamlMappingNode)Read("release.yml")["jobs"])["publish"];
        Assert.Equal("release", $"{job["environment"]}");
        string[] steps = [.. ((YamlSequenceNode)job["steps"]).Select(step => $"{step}")];
        Assert.Contains(steps, step => step.Contains("gh release create", StringComparison.Ordinal));
        Assert.DoesNotContain(steps, step => BuildStep().IsMatch(step));
    }

    /// <summary>A release is refused when it exists already: whatever may fail comes before it, so that the job can be run again.</summary>
    [Fact]
    public void Release_is_made_last()
    {
        YamlMappingNode job = (YamlMappingNode)((YamlMappingNode)Read("release.yml")["jobs"])["publish"];
        Assert.Contains("gh release create", $"{((YamlSequenceNode)job["steps"]).Last()}", StringComparison.Ordinal);
    }

    /// <summary>What nothing builds would be found broken when it is needed.</summary>
    [Fact]
    public void Project_outside_of_the_solution_is_built_by_CI()
    {
        string solution = File.ReadAllText(Path.Combine(Repository.Root, "HxFunctions.sln")).Replace('\\', '/');
        string[] outside =
        [
            .. new[] { ".", "bench", "samples" }
                .SelectMany(folder => Directory.EnumerateDirectories(Path.Combine(Repository.Root, folder)))
                .SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj"))
                .Select(project => Path.GetRelativePath(Repository.Root, project).Replace('\\', '/'))
                .Where(project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal)),
        ];
        Assert.Equal(["bench/HxFunctions.EmptyWorker/HxFunctions.EmptyWorker.csproj"], outside);
        string ci = File.ReadAllText(Path.Combine(Folder, "ci.yml"));
        Assert.All(outside, project => Assert.Contains($"dotnet build {Path.GetDirectoryName(project)} ", ci, StringComparison.Ordinal));
    }

    /// <summary>The tests mount files for single processes (unshare(1)), for which a container needs more rights than it gets.</summary>
    [Theory]
    [InlineData("ci.yml")]
    [InlineData("release.yml")]
    public void Container_of_the_tests_may_mount(string file)
    {
        YamlMappingNode job = (YamlMappingNode)((YamlMappingNode)Read(file)["jobs"])["test"];
        Assert.Contains((YamlSequenceNode)job["steps"], step => $"{step}".Contains(".ci/run", StringComparison.Ordinal));
        Assert.Equal("--privileged", $"{job["container"]["options"]}");
    }

    private static IEnumerable<string> Names() =>
        Directory.EnumerateFiles(Folder, "*.yml").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    private static YamlMappingNode Read(string file)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(File.ReadAllText(Path.Combine(Folder, file))));
        return (YamlMappingNode)stream.Documents.Single().RootNode;
    }

    private static string RightsOf(YamlMappingNode node) =>
        string.Join(' ', ((YamlMappingNode)node["permissions"]).Select(p => $"{p.Key}={p.Value}").Order(StringComparer.Ordinal));

    [GeneratedRegex("actions/checkout|dotnet (build|publish|pack|run|restore|tool)|eng/|npm ")]
    private static partial Regex BuildStep();
}
