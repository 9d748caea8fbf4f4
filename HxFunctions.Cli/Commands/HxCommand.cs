using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

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
internal static partial class HxCommand
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
            await TellAsync(error, $"a fault of hx itself ({exception.GetType().Name}). Please report it with the command that you ran.");
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
        RootCommand root = CreateRoot();
        ParseResult parsed = root.Parse(args);
        // A shell asks what could follow: an unfinished command line is no fault then.
        bool isSuggestion = args is [{ } first, ..] && first.StartsWith("[suggest", StringComparison.Ordinal);
        if (parsed.Errors.Count > 0 && !isSuggestion)
        {
            foreach (string problem in Faults(parsed))
            {
                await error.WriteLineAsync($"hx: {problem}");
            }

            await error.WriteLineAsync("Try 'hx --help'.");
            return ExitCode.Misuse;
        }

        InvocationConfiguration invocation = new()
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
        };
        // Interrupted while services come up, it still has to put the old files back and to restart the services on them; all of that has
        // its own deadlines.
        if (args is ["wire", ..])
        {
            invocation.ProcessTerminationTimeout = TimeSpan.FromHours(2);
        }

        if (args is ["serve", ..])
        {
            invocation.ProcessTerminationTimeout = ServeCommand.TerminationTimeout;
        }

        return await parsed.InvokeAsync(invocation);
    }

    /// <summary>All commands. Help ends with an example.</summary>
    public static RootCommand CreateRoot()
    {
        RootCommand root = new(
            "Dependency health and route guarding for API gateways. Settings are environment variables, or local.settings.json "
                + "in the current folder; 'hx config' shows them."
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
            CompletionCommand.Create(),
        };
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExampleHelpAction((HelpAction)help.Action!);
        return root;
    }

    /// <summary>What is wrong with the command line, a line each. That a command is missing is not worth one when an unknown one was
    /// given.</summary>
    private static IEnumerable<string> Faults(ParseResult parsed)
    {
        bool unknown = parsed.UnmatchedTokens.Count > 0;
        return parsed
            .Errors.Select(e => LineBreaks().Replace(e.Message, " "))
            .Where(message => !unknown || message != "Required command was not provided.");
    }

    [GeneratedRegex(@"\s*[\r\n]\s*", RegexOptions.CultureInvariant)]
    private static partial Regex LineBreaks();
}
