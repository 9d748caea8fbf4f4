using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using HxFunctions.Core.Configuration;
using Spectre.Console;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx watch</c>: the status page in a terminal, from a running app's HTTP API.</summary>
internal static class WatchCommand
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private static readonly RemoteCall Call = new(
        HttpMethod.Get,
        "status/history",
        null,
        "a key",
        answer =>
            answer.TryGetProperty("headline", out JsonElement headline)
            && headline.TryGetProperty("state", out _)
            && answer.TryGetProperty("dependencies", out _)
    );

    public static Command Create()
    {
        RemoteOptions remote = new();
        Option<bool> once = new("--once")
        {
            Description = "Print once and exit (the default when output is not a terminal, and for machines).",
        };
        OutputOptions format = new();
        Command command = new(
            "watch",
            "Show what is up, what is closed and what happened, and keep the screen up to date. Asks hx serve on this machine unless "
                + $"--functions or {Variables.RemoteUrl} names another app. Exit code 0: all is up and open, or Ctrl+C; 1: something is "
                + "not; 2: usage error."
        )
        {
            remote.Functions,
            remote.KeyEnvironment,
            once,
            format.Output,
            format.Json,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                TextWriter output = parsed.InvocationConfiguration.Output,
                    error = parsed.InvocationConfiguration.Error;
                string url = remote.Url(parsed) ?? Settings.Load().Wrapper.LocalUrl;
                using RemoteApp? app = remote.Open(parsed, url, out string? problem);
                if (app is null)
                {
                    return await format.FailAsync(parsed, ExitCode.Misuse, problem);
                }

                IAnsiConsole? screen = parsed.GetValue(once) || format.IsForMachines(parsed) ? null : Screen(output);
                return screen is null
                    ? await PrintAsync(app, parsed, format, cancellationToken)
                    : await WatchAsync(app, screen, error, cancellationToken);
            }
        );
        return command;
    }

    /// <summary>The terminal, if it is one that can be written over.</summary>
    private static IAnsiConsole? Screen(TextWriter output)
    {
        if (!CliConsole.IsTerminal(output))
        {
            return null;
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        return console.Profile.Capabilities.Ansi ? console : null;
    }

    private static async Task<int> PrintAsync(RemoteApp app, ParseResult parsed, OutputOptions format, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        Task<(int Code, string? Fault)> asking = app.AskAsync(
            Call,
            answer =>
            {
                output.Write(
                    format.IsForMachines(parsed)
                        ? format.Format(parsed, CliJson.Write(answer))
                        : CliConsole.Render(WatchView.Of(answer, stale: false), output)
                );
                return WatchView.IsHealthy(answer) ? ExitCode.Ok : ExitCode.Negative;
            },
            cancellationToken
        );
        (int code, string? fault) = await Waiting.ShowAsync(parsed.InvocationConfiguration.Error, "Asking the app", asking);
        return fault is null ? code : await format.FailAsync(parsed, code, fault);
    }

    /// <summary>Renews the screen until Ctrl+C. An app that is lost is looked for again; until then the last answer stays, grey, with its
    /// age.</summary>
    internal static async Task<int> WatchAsync(RemoteApp app, IAnsiConsole screen, TextWriter error, CancellationToken cancellationToken)
    {
        JsonElement? last = null;
        long answeredAt = Stopwatch.GetTimestamp();
        async Task<(int Code, string? Fault)> AskAsync() =>
            await app.AskAsync(
                Call,
                answer =>
                {
                    // What can't be drawn must be found out here, where it is a fault of the answer.
                    _ = WatchView.Of(answer, stale: false);
                    last = answer.Clone();
                    answeredAt = Stopwatch.GetTimestamp();
                    return ExitCode.Ok;
                },
                cancellationToken
            );

        (int code, string? fault) = await AskAsync();
        if (code == ExitCode.Misuse)
        {
            await error.WriteLineAsync($"hx: {fault}");
            return code;
        }

        try
        {
            // Live hides the cursor, and shows it again however this ends.
            await screen
                .Live(WatchView.Screen(last, fault, Stopwatch.GetElapsedTime(answeredAt)))
                .Overflow(VerticalOverflow.Crop)
                // By itself it would cut the beginning, which is the headline.
                .Cropping(VerticalOverflowCropping.Bottom)
                .StartAsync(async live =>
                {
                    while (true)
                    {
                        await Task.Delay(Pace, cancellationToken);
                        // While the app is silent, the age keeps counting.
                        Task<(int Code, string? Fault)> asking = AskAsync();
                        while (await Task.WhenAny(asking, Task.Delay(Pace, cancellationToken)) != asking)
                        {
                            cancellationToken.ThrowIfCancellationRequested();
                            live.UpdateTarget(
                                WatchView.Screen(last, fault ?? "waiting for an answer.", Stopwatch.GetElapsedTime(answeredAt))
                            );
                        }

                        (_, fault) = await asking;
                        live.UpdateTarget(WatchView.Screen(last, fault, Stopwatch.GetElapsedTime(answeredAt)));
                    }
                });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way in which watching ends.
        }

        return ExitCode.Ok;
    }
}
