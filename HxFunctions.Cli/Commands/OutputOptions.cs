using System.CommandLine;
using System.Text.RegularExpressions;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Cli.Commands;

/// <summary>The form of a command's answer: a table for people, JSON or YAML for machines.</summary>
internal sealed partial class OutputOptions
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

    /// <summary>What turns JSON into the form that a command line asks for, even if the rest of it is wrong. JSON if it asks for both: who
    /// reads YAML can read that, too.</summary>
    /// <param name="words">The words of the command line.</param>
    /// <returns><see langword="null"/>: it doesn't ask for a form for machines.</returns>
    public static Func<string, string>? FindMachineFormat(string[] words)
    {
        string[] before = [.. words.TakeWhile(word => word != "--")];
        string[] asked =
        [
            .. before.Zip(
                before.Skip(1).Append(""),
                (word, next) => word is "-o" or "--output" ? next : OutputInOneWord().Match(word).Groups["format"].Value
            ),
        ];
        return before.Contains("--json") || asked.Contains(JsonName) ? json => json
            : asked.Contains(YamlName) ? CliYaml.FromJson
            : null;
    }

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

    [GeneratedRegex("^(?:--output[=:]|-o[=:]?)(?<format>[a-z]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex OutputInOneWord();
}
