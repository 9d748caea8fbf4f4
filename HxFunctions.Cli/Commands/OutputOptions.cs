using System.CommandLine;

namespace HxFunctions.Cli.Commands;

/// <summary>The form of a command's answer.</summary>
internal sealed class OutputOptions
{
    private const string Machine = "json";

    public OutputOptions() => Output.AcceptOnlyFromAmong("table", Machine);

    public Option<string> Output { get; } =
        new("--output", "-o") { Description = "table, or json for machines.", DefaultValueFactory = _ => "table" };

    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON for machines: -o json." };

    public bool IsJson(ParseResult parsed) => parsed.GetValue(Json) || parsed.GetValue(Output) == Machine;
}
