using System.CommandLine;
using System.CommandLine.Invocation;

namespace HxFunctions.Cli.Commands;

/// <summary>What a command does that needs another one behind it, and has none: it shows its help. A wrong one is still wrong, unlike
/// beside <c>--help</c>.</summary>
internal sealed class GroupHelpAction(ExampleHelpAction help) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult) => help.Invoke(parseResult);
}
