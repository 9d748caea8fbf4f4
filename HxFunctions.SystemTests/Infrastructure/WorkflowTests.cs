using HxFunctions.Tests;
using YamlDotNet.RepresentationModel;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>The workflows of .github, which only GitHub can run.</summary>
public sealed class WorkflowTests
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

    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Folder, "*.yml").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

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
    public void Fault_is_found(string sound, string faulty, params string[] problems)
    {
        string text = Sound.Replace(sound, faulty, StringComparison.Ordinal);
        Assert.NotEqual(Sound, text);
        IReadOnlyList<string> found = WorkflowRules.ProblemsOf(text);
        Assert.Equal(problems.Length, found.Count);
        Assert.All(problems, problem => Assert.Contains(found, one => one.Contains(problem, StringComparison.Ordinal)));
    }

    /// <summary>Rights are those that a job needs: to read the sources, and where it deploys, to ask for a token of its own.</summary>
    [Theory]
    [InlineData("ci.yml", "contents=read")]
    [InlineData("deploy.yml", "contents=read id-token=write")]
    public void Rights_are_few(string file, string rights)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(File.ReadAllText(Path.Combine(Folder, file))));
        YamlMappingNode workflow = (YamlMappingNode)stream.Documents.Single().RootNode;
        IEnumerable<string> given = ((YamlMappingNode)workflow["permissions"]).Select(p => $"{p.Key}={p.Value}");
        Assert.Equal(rights, string.Join(' ', given.Order(StringComparer.Ordinal)));
        Assert.All(
            (YamlMappingNode)workflow["jobs"],
            job => Assert.False(((YamlMappingNode)job.Value).Children.ContainsKey("permissions"))
        );
    }
}
