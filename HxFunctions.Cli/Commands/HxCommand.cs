using System.CommandLine;
using System.CommandLine.Parsing;

namespace HxFunctions.Cli.Commands;

/// <summary>Exit codes of every command.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The command did its work, and what it found is not good: something fails, a route is closed, a step did not come true.</summary>
    public const int Negative = 1;

    /// <summary>The command line or the configuration is wrong.</summary>
    public const int Misuse = 2;
}

/// <summary>The command line: one file per command.</summary>
internal static class HxCommand
{
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        RootCommand root = new("Dependency health and route guarding for API gateways.")
        {
            ServeCommand.Create(),
            DemoCommand.Create(),
            CheckCommand.Create(),
            ConfigCommand.Create(),
            GuardCommand.Create(),
            OverrideCommand.Create(),
        };

        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (ParseError problem in parsed.Errors) await error.WriteLineAsync($"hx: {problem.Message}").ConfigureAwait(false);
            await error.WriteLineAsync("Try 'hx --help'.").ConfigureAwait(false);
            return ExitCode.Misuse;
        }

        InvocationConfiguration invocation = new() { Output = output, Error = error, EnableDefaultExceptionHandler = false };
        return await parsed.InvokeAsync(invocation).ConfigureAwait(false);
    }
}
