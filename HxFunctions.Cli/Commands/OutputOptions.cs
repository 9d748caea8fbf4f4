using System.CommandLine;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Cli.Commands;

/// <summary>The form of a command's answer: a table for people, JSON or YAML for machines.</summary>
internal sealed class OutputOptions
{
    private const string Table = "table",
        JsonName = "json",
        YamlName = "yaml";

    public OutputOptions()
    {
        Output.AcceptChoices(Table, JsonName, YamlName);
        Json.Validators.Add(result =>
        {
            if (!result.Implicit && result.GetResult(Output) is { Implicit: false, Tokens: [{ Value: not JsonName and var other }, ..] })
            {
                result.AddError($"--json and {Output.Aliases.First()} {other} contradict each other: use one of them.");
            }
        });
    }

    public Option<string> Output { get; } =
        new("--output", "-o") { Description = "table for people; json or yaml for machines.", DefaultValueFactory = _ => Table };

    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON: short for -o json." };

    /// <summary>Whether a machine reads the answer.</summary>
    public bool IsForMachines(ParseResult parsed) => parsed.GetValue(Json) || parsed.GetValue(Output) != Table;

    /// <summary>A JSON document in the form that was asked for.</summary>
    public string Format(ParseResult parsed, string json) => parsed.GetValue(Output) == YamlName ? CliYaml.FromJson(json) : json;

    /// <summary>Tells one thing that went wrong.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> FailAsync(ParseResult parsed, int code, string problem) => FailAsync(parsed, code, [new(problem, "")]);

    /// <summary>Tells what is wrong with the settings, if anything is.</summary>
    /// <returns>Whether anything is.</returns>
    public async Task<bool> ReportAsync(ParseResult parsed, Settings settings)
    {
        if (settings.Problems.Count > 0)
        {
            await FailAsync(parsed, ExitCode.Misuse, settings.Problems);
        }

        return settings.Problems.Count > 0;
    }

    /// <summary>A line for each problem on standard error; for machines a document on standard output, too, which so is never
    /// empty.</summary>
    public async Task<int> FailAsync(ParseResult parsed, int code, IReadOnlyList<ConfigurationProblem> problems)
    {
        InvocationConfiguration invocation = parsed.InvocationConfiguration;
        foreach (ConfigurationProblem problem in problems)
        {
            await invocation.Error.WriteLineAsync($"hx: {problem}".TrimEnd());
        }

        if (IsForMachines(parsed))
        {
            await invocation.Output.WriteAsync(Format(parsed, CliJson.ErrorDocument(code, problems)));
        }

        return code;
    }
}
