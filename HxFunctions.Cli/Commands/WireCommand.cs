using System.CommandLine;
using System.Runtime.InteropServices;
using HxFunctions.Wiring;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx wire</c>: LiteLLM's configuration, environment and unit, wired to the database and the cache of the wrapper.</summary>
internal static class WireCommand
{
    public static Command Create()
    {
        WireArguments arguments = new();
        Option<string?> to = new("--to") { Description = "The backup's time stamp, as 'hx wire backups' lists it. Default: the newest." };
        Command command = new(
            "wire",
            "Wire LiteLLM to its database and cache: config.yaml, environment files and unit, safely and repeatably."
        )
        {
            Sub(
                "plan",
                "Show what would be changed, restarted and checked. Exit code 0: nothing to do; 1: changes pending; 2: misuse, "
                    + "or an unsafe file.",
                arguments,
                (run, _, token) => run.PlanAsync(token)
            ),
            Sub(
                "apply",
                "Do it. Exit code 0: done, or nothing to do; 1: a step failed, and all was rolled back; 2: misuse, or an unsafe file.",
                arguments,
                (run, _, token) => run.ApplyAsync(token)
            ),
            Sub(
                "verify",
                "Check that files and services agree. Exit code 0: they do; 1: something doesn't; 2: misuse, or an unsafe file.",
                arguments,
                (run, _, token) => run.VerifyAsync(token)
            ),
            Sub(
                "rollback",
                "Restore all files of a backup, and restart the services. Exit code 0: done; 1: a step failed; 2: misuse.",
                arguments,
                (run, parsed, token) => run.RollbackAsync(parsed.GetValue(to), token),
                to
            ),
            Sub(
                "backups",
                "List the backups, oldest first. Exit code 0: done; 2: misuse.",
                arguments,
                (run, report) => report.Backups(run.Backups())
            ),
        };
        return command;
    }

    private static Command Sub(string name, string description, WireArguments arguments, Action<WireRun, WireReport> action) =>
        Sub(
            name,
            description,
            arguments,
            (run, report, _, _) =>
            {
                action(run, report);
                return Task.FromResult(ExitCode.Ok);
            }
        );

    private static Command Sub(
        string name,
        string description,
        WireArguments arguments,
        Func<WireRun, ParseResult, CancellationToken, Task<WireOutcome>> action,
        params Option[] more
    ) =>
        Sub(
            name,
            description,
            arguments,
            async (run, report, parsed, cancellationToken) =>
            {
                WireOutcome outcome = await action(run, parsed, cancellationToken);
                report.End(outcome);
                return outcome.IsGood ? ExitCode.Ok : ExitCode.Negative;
            },
            more
        );

    private static Command Sub(
        string name,
        string description,
        WireArguments arguments,
        Func<WireRun, WireReport, ParseResult, CancellationToken, Task<int>> action,
        params Option[] more
    )
    {
        Command command = new(name, description);
        foreach (Option option in (IEnumerable<Option>)[.. arguments.All, .. more])
        {
            command.Options.Add(option);
        }

        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                TextWriter error = parsed.InvocationConfiguration.Error;
                WireReport report = new(name, parsed.GetValue(arguments.Json), parsed.InvocationConfiguration.Output);
                int code;
                try
                {
                    if (OperatingSystem.IsWindows())
                    {
                        throw new WireRefusedException("hx wire works on Linux, with systemd");
                    }
                    // A terminal that is lost (SIGHUP) ends it like Ctrl+C: in order.
                    using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                    using PosixSignalRegistration lost = PosixSignalRegistration.Create(
                        PosixSignal.SIGHUP,
                        signal =>
                        {
                            signal.Cancel = true;
                            end.Cancel();
                        }
                    );
                    WireRun run = new(arguments.Read(parsed), report, configuration => WrapperSettings.Read(configuration).Problems);
                    code = await action(run, report, parsed, end.Token);
                }
                catch (WireRefusedException refusal)
                {
                    await error.WriteLineAsync($"hx: {refusal.Message}.");
                    report.Refused(refusal.Message);
                    code = ExitCode.Misuse;
                }

                await report.EndAsync();
                return code;
            }
        );
        return command;
    }
}
