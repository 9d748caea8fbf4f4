using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Cli.Commands;

/// <summary>Exit codes of every command.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The command did its work, and what it found is not good: something fails, a route is closed, a step did not come
    /// true.</summary>
    public const int Negative = 1;

    /// <summary>The command line or the configuration is wrong.</summary>
    public const int Misuse = 2;
}

/// <summary>The command line: one file per command.</summary>
internal static class HxCommand
{
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        try
        {
            return await ParseAndRunAsync(args, output, error);
        }
        catch (OperationCanceledException)
        {
            // Ctrl+C: whoever pressed it knows.
            return ExitCode.Negative;
        }
        // A full disk behind standard output, for example: such an exception carries errno.
        catch (IOException exception) when (exception.HResult is > 0 and < 4096)
        {
            await TellAsync(error, $"can't read or write: {Marshal.GetPInvokeErrorMessage(exception.HResult)}.");
            return ExitCode.Negative;
        }
        catch (Exception exception)
        {
            // The type alone: a message may hold a URL, and a stack trace helps nobody at night.
            await TellAsync(error, $"this is a bug in hx ({exception.GetType().Name}). Please report it, with the command that you ran.");
            return ExitCode.Negative;
        }
    }

    private static async Task TellAsync(TextWriter error, string text)
    {
        try
        {
            await error.WriteLineAsync($"hx: {text}");
        }
        catch (IOException)
        {
            // Standard error is full, too. The exit code is left.
        }
    }

    private static async Task<int> ParseAndRunAsync(string[] args, TextWriter output, TextWriter error)
    {
        EnvironmentFileOption environmentFile = new();
        RootCommand root = CreateRoot(environmentFile);
        ParseResult parsed = Parse(root, args);
        // A shell asks what could follow: an unfinished command line is no fault then.
        bool isSuggestion = args is [{ } first, ..] && first.StartsWith("[suggest", StringComparison.Ordinal);
        if (parsed.Errors.Count > 0 && !isSuggestion)
        {
            await RefuseAsync(parsed, [.. CommandLineFaults.Of(parsed)], output, error);
            await error.WriteLineAsync($"Try '{ExampleHelpAction.NameOf(parsed.CommandResult.Command)} --help'.");
            return ExitCode.Misuse;
        }

        if (!isSuggestion && environmentFile.Load(parsed) is { } wrong)
        {
            await RefuseAsync(parsed, [wrong], output, error);
            return ExitCode.Misuse;
        }

        InvocationConfiguration invocation = new()
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            // Signals are Interruption's.
            ProcessTerminationTimeout = null,
        };
        TimeSpan patience = args switch
        {
            // Interrupted while services come up, it still has to put the old files back and to restart the services on them; all of that
            // has its own deadlines.
            ["wire", "apply" or "rollback", ..] => TimeSpan.FromHours(2),
            ["serve", ..] => ServeCommand.TerminationTimeout,
            _ => TimeSpan.FromSeconds(2),
        };
        return await Interruption.RunAsync(stop => parsed.InvokeAsync(invocation, stop), patience);
    }

    /// <summary>Tells what keeps a command from starting: a line each, and the document if machines read the answer.</summary>
    private static async Task RefuseAsync(ParseResult parsed, string[] problems, TextWriter output, TextWriter error)
    {
        foreach (string problem in problems)
        {
            await error.WriteLineAsync($"hx: {problem}");
        }

        if (OutputOptions.FindMachineFormat([.. parsed.Tokens.Select(token => token.Value)]) is { } format)
        {
            string document = CliJson.ErrorDocument(
                ExitCode.Misuse,
                [.. problems.Select(problem => new ConfigurationProblem(problem, ""))]
            );
            await output.WriteAsync(format(document));
        }
    }

    /// <summary>Reads words as they are. System.CommandLine's default reads a word that begins with <c>@</c> as a file of more words: the
    /// lines of <c>--env-file @my.env</c> would be arguments, and told as such, secrets and all.</summary>
    public static ParseResult Parse(RootCommand root, IReadOnlyList<string> words) =>
        root.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });

    /// <summary>All commands.</summary>
    public static RootCommand CreateRoot() => CreateRoot(new EnvironmentFileOption());

    private static RootCommand CreateRoot(EnvironmentFileOption environmentFile)
    {
        RootCommand root = new(
            "Dependency health and route guarding for API gateways. Settings are environment variables, a file (--env-file), or "
                + "local.settings.json in the current folder; 'hx config' shows them."
        )
        {
            ServeCommand.Create(),
            DemoCommand.Create(),
            CheckCommand.Create(),
            ConfigCommand.Create(),
            GuardCommand.Create(),
            RoutesCommand.Create(),
            GatewayCommand.Create(),
            OverrideCommand.Create(),
            WireCommand.Create(),
            SmokeCommand.Create(),
            WatchCommand.Create(),
            ReadyCommand.Create(),
            HelpCommand.Create(),
            CompletionCommand.Create(),
        };
        // hx wire has one of that name, for the wrapper's file.
        foreach (Command command in root.Subcommands.Where(command => command.Name is not ("wire" or "help" or "completion")))
        {
            environmentFile.AddTo(command);
        }

        UseOwnHelp(root);
        root.Options.OfType<VersionOption>().Single().Action = new VersionAction();
        return root;
    }

    /// <summary>Help ends with an example. A command that needs another one behind it shows its help. <c>/?</c> is for another
    /// shell than those that hx completes for.</summary>
    private static void UseOwnHelp(RootCommand root)
    {
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Aliases.Remove("/?");
        help.Aliases.Remove("/h");
        help.Aliases.Remove("-?");
        ExampleHelpAction action = new((HelpAction)help.Action!);
        help.Action = action;
        foreach (Command group in root.Subcommands.Where(command => command.Subcommands.Count > 0).Prepend(root))
        {
            group.Action = new GroupHelpAction(action);
        }
    }
}
