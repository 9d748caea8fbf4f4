using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>
/// What must hold of a workflow of GitHub Actions, as far as that can be said without GitHub: known keys, jobs that exist, contexts and
/// inputs that exist, actions by their commit, few rights, an end. CI runs actionlint besides, which knows more.
/// </summary>
/// <remarks>
/// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax, …/contexts;
/// https://docs.github.com/actions/reference/security/secure-use#using-third-party-actions for the commits.
/// </remarks>
internal static partial class WorkflowRules
{
    private static readonly string[] WorkflowKeys = ["name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"];

    private static readonly string[] JobKeys =
    [
        "name",
        "permissions",
        "needs",
        "if",
        "runs-on",
        "environment",
        "concurrency",
        "outputs",
        "env",
        "defaults",
        "steps",
        "timeout-minutes",
        "strategy",
        "continue-on-error",
        "container",
        "services",
    ];

    private static readonly string[] StepKeys =
    [
        "id",
        "if",
        "name",
        "uses",
        "run",
        "working-directory",
        "shell",
        "with",
        "env",
        "continue-on-error",
        "timeout-minutes",
    ];

    private static readonly string[] Contexts =
    [
        "github",
        "env",
        "vars",
        "job",
        "steps",
        "runner",
        "secrets",
        "strategy",
        "matrix",
        "needs",
        "inputs",
    ];

    /// <summary>The contexts of <c>runs-on</c>:
    /// https://docs.github.com/actions/reference/workflows-and-actions/contexts#context-availability.</summary>
    private static readonly string[] ContextsOfRunsOn = ["github", "needs", "strategy", "matrix", "vars", "inputs"];

    /// <summary>What GitHub reads before the job has its environment: the environment's variables are blank there (github/docs issue
    /// 33389).</summary>
    private static readonly string[] BeforeTheEnvironment = ["runs-on", "if", "environment", "concurrency", "strategy", "container"];

    /// <summary>Those that docs/azure.md tells to set for the repository, and not for an environment.</summary>
    private static readonly string[] RepositoryVariables = ["RUNNER", "RUNNER_PROD"];

    /// <summary>Everything that is wrong with it; empty when nothing is.</summary>
    public static IReadOnlyList<string> ProblemsOf(string text)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(text));
        YamlMappingNode workflow = (YamlMappingNode)stream.Documents.Single().RootNode;
        List<string> problems = [.. Unknown(workflow, WorkflowKeys, "workflow")];
        string[] missing = ["name", "on", "permissions", "jobs"];
        problems.AddRange(missing.Where(key => !workflow.Children.ContainsKey(key)).Select(key => $"workflow: no {key}"));
        if (workflow.Children.TryGetValue("jobs", out YamlNode? jobs))
        {
            foreach ((YamlNode name, YamlNode job) in (YamlMappingNode)jobs)
            {
                problems.AddRange(OfJob($"{name}", (YamlMappingNode)job, (YamlMappingNode)jobs));
            }
        }

        problems.AddRange(OfActions(text));
        problems.AddRange(OfExpressions(text, workflow));
        return problems;
    }

    private static IEnumerable<string> OfJob(string name, YamlMappingNode job, YamlMappingNode jobs)
    {
        foreach (string problem in Unknown(job, JobKeys, name))
        {
            yield return problem;
        }

        foreach (string key in new[] { "runs-on", "steps", "timeout-minutes" }.Where(key => !job.Children.ContainsKey(key)))
        {
            yield return $"{name}: no {key}";
        }

        foreach (string problem in OfVariables(name, job))
        {
            yield return problem;
        }

        foreach (YamlNode needed in List(job, "needs").Where(needed => !jobs.Children.ContainsKey(needed)))
        {
            yield return $"{name}: needs {needed}, which is no job";
        }

        foreach (YamlMappingNode step in List(job, "steps").Cast<YamlMappingNode>())
        {
            foreach (string problem in Unknown(step, StepKeys, name))
            {
                yield return problem;
            }

            if (step.Children.ContainsKey("uses") == step.Children.ContainsKey("run"))
            {
                yield return $"{name}: a step either uses an action or runs a script";
            }

            // The text would become a part of the script, whatever is in it.
            if (step.Children.TryGetValue("run", out YamlNode? run) && Injectable().Match($"{run}") is { Success: true } found)
            {
                yield return $"{name}: {found.Value} in a script; by env, it is no part of it";
            }
        }
    }

    private static IEnumerable<string> OfVariables(string name, YamlMappingNode job)
    {
        foreach (string key in BeforeTheEnvironment.Where(key => job.Children.ContainsKey(key)))
        {
            // An "if" may stand without the braces.
            foreach (Match one in Dotted().Matches(Quoted().Replace(Scalars(job[key]), "")))
            {
                (string context, string member) = (one.Groups[1].Value, one.Groups[2].Value);
                if (key == "runs-on" && Contexts.Contains(context) && !ContextsOfRunsOn.Contains(context))
                {
                    yield return $"{name}: runs-on can't read {context}";
                }

                if (context == "vars" && job.Children.ContainsKey("environment") && !RepositoryVariables.Contains(member))
                {
                    yield return $"{name}: {key} reads vars.{member} before there is an environment";
                }
            }
        }
    }

    private static string Scalars(YamlNode node) =>
        string.Join('\n', node.AllNodes.OfType<YamlScalarNode>().Select(scalar => scalar.Value));

    private static IEnumerable<string> OfActions(string text) =>
        text.Split('\n')
            .Where(line => Uses().IsMatch(line) && !PinnedUses().IsMatch(line))
            .Select(line => $"not by a commit, with its version beside it: {line.Trim()}");

    private static IEnumerable<string> OfExpressions(string text, YamlMappingNode workflow)
    {
        string[] inputs =
            workflow.Children.TryGetValue("on", out YamlNode? on)
            && on is YamlMappingNode events
            && events.Children.TryGetValue("workflow_dispatch", out YamlNode? dispatch)
            && dispatch is YamlMappingNode called
            && called.Children.TryGetValue("inputs", out YamlNode? declared)
                ? [.. ((YamlMappingNode)declared).Children.Keys.Select(key => $"{key}")]
                : [];
        foreach (Match expression in Expression().Matches(text))
        {
            // What stands in quotes is a text.
            foreach (Match name in Dotted().Matches(Quoted().Replace(expression.Groups[1].Value, "")))
            {
                (string context, string member) = (name.Groups[1].Value, name.Groups[2].Value);
                if (!Contexts.Contains(context))
                {
                    yield return $"no context {context}";
                }
                else if (context == "inputs" && !inputs.Contains(member))
                {
                    yield return $"no input {member}";
                }
            }
        }
    }

    private static IEnumerable<string> Unknown(YamlMappingNode node, string[] keys, string where) =>
        node.Children.Keys.Select(key => $"{key}").Except(keys).Select(key => $"{where}: no key {key}");

    private static IEnumerable<YamlNode> List(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out YamlNode? value) ? value as YamlSequenceNode ?? (IEnumerable<YamlNode>)[value] : [];

    [GeneratedRegex(@"\$\{\{\s*(inputs\.|secrets\.|vars\.|github\.event|github\.head_ref)[^}]*\}\}")]
    private static partial Regex Injectable();

    [GeneratedRegex(@"^\s*(- )?uses:")]
    private static partial Regex Uses();

    [GeneratedRegex(@"^\s*(- )?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")]
    private static partial Regex PinnedUses();

    [GeneratedRegex(@"\$\{\{(.*?)\}\}")]
    private static partial Regex Expression();

    [GeneratedRegex(@"'[^']*'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?<![\w.-])([A-Za-z_][\w-]*)\.([\w-]+)")]
    private static partial Regex Dotted();
}
