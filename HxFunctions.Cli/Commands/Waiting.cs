using Spectre.Console;

namespace HxFunctions.Cli.Commands;

/// <summary>Says what takes so long: on standard error, on a terminal only, and only when it takes longer than a second.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(1);

    public static async Task<T> ShowAsync<T>(TextWriter error, string what, Task<T> work)
    {
        bool isTerminal = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;
        if (!isTerminal || await Task.WhenAny(work, Task.Delay(Silent)) == work)
        {
            return await work;
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        if (!console.Profile.Capabilities.Ansi)
        {
            await error.WriteLineAsync($"{what} …");
            return await work;
        }

        return await console.Status().StartAsync($"{Markup.Escape(what)} …", _ => work);
    }
}
