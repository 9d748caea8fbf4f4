using System.CommandLine;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx help [COMMAND|TOPIC]</c>: a command's help, as <c>--help</c> gives it, or what holds for all commands.</summary>
internal static class HelpCommand
{
    public static Command Create()
    {
        Argument<string[]> words = new("command")
        {
            HelpName = "command|topic",
            Description = $"A command, such as 'wire plan', or a topic: {HelpTopics.Names}.",
        };
        Command command = new("help", "Show the help of a command, or of a topic: exit codes, environment, output formats.") { words };
        words.CompletionSources.Add(context =>
            HelpTopics
                .All.Keys.Concat(
                    context.ParseResult.RootCommandResult.Command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name)
                )
                .Select(name => new System.CommandLine.Completions.CompletionItem(name))
        );
        command.SetAction(
            async (parsed, cancellationToken) =>
                await RunAsync((RootCommand)parsed.RootCommandResult.Command, parsed.GetValue(words) ?? [], parsed, cancellationToken)
        );
        return command;
    }

    private static async Task<int> RunAsync(RootCommand root, string[] words, ParseResult parsed, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (words is [var topic] && HelpTopics.All.TryGetValue(topic, out Func<TextWriter, string>? write))
        {
            await output.WriteAsync(write(output));
            return ExitCode.Ok;
        }

        Command found = root;
        foreach (string word in words)
        {
            if (found.Subcommands.FirstOrDefault(sub => sub.Name == word) is not { } next)
            {
                IEnumerable<string> names = found.Subcommands.Select(sub => sub.Name).Concat(found == root ? HelpTopics.All.Keys : []);
                await parsed.InvocationConfiguration.Error.WriteLineAsync(
                    $"hx: '{CommandLineFaults.Shown(word)}' is not a command of '{ExampleHelpAction.NameOf(found)}', nor a topic."
                        + $"{LikelyNames.Question(word, names)}{Environment.NewLine}Try '{ExampleHelpAction.NameOf(found)} --help'."
                );
                return ExitCode.Misuse;
            }

            found = next;
        }

        return await HxCommand.Parse(root, [.. words, "--help"]).InvokeAsync(parsed.InvocationConfiguration, cancellationToken);
    }
}
