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
        Command command = new(
            "wire",
            "Connect LiteLLM to its database and cache: edit config.yaml, environment files and unit, restart, and roll back on failure."
        )
        {
            Sub(
                "plan",
                "Show what would be changed, restarted and checked. Exit code 0: nothing to do; 1: changes are pending; 2: usage error, "
                    + "or a file that can't be edited safely.",
                arguments,
                (run, _, token) => run.PlanAsync(token)
            ),
            Sub(
                "apply",
                "Make the changes. Exit code 0: done, or nothing to do; 1: a step failed, and the changes were rolled back; 2: usage "
                    + "error, or a file that can't be edited safely.",
                arguments,
                (run, _, token) => run.ApplyAsync(token)
            ),
            Sub(
                "verify",
                "Check that files and services agree. Exit code 0: they do; 1: they don't; 2: usage error, or a file that can't be "
                    + "edited safely.",
                arguments,
                (run, _, token) => run.VerifyAsync(token)
            ),
            Sub(
                "rollback",
                "Restore all files of a backup, and restart the services. Exit code 0: done; 1: a step failed; 2: usage error.",
                arguments,
                (run, parsed, token) => run.RollbackAsync(parsed.GetValue(arguments.To), token)
            ),
            Sub(
                "backups",
                "List the backups, oldest first. Exit code 0: done; 2: usage error.",
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
        Func<WireRun, ParseResult, CancellationToken, Task<WireOutcome>> action
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
            }
        );

    private static Command Sub(
        string name,
        string description,
        WireArguments arguments,
        Func<WireRun, WireReport, ParseResult, CancellationToken, Task<int>> action
    )
    {
        Command command = new(name, description);
        Option[] ignored = [.. arguments.Ignored(name)];
        foreach (Option option in (IEnumerable<Option>)[.. arguments.Of(name), .. ignored])
        {
            command.Options.Add(option);
        }

        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                TextWriter error = parsed.InvocationConfiguration.Error;
                bool asks = name is "apply" or "rollback" && arguments.Asks(parsed);
                WireReport report = new(
                    name,
                    arguments.Format.IsForMachines(parsed) ? json => arguments.Format.Format(parsed, json) : null,
                    asks,
                    parsed.InvocationConfiguration.Output
                );
                if (ignored.Where(o => parsed.GetResult(o) is { Implicit: false }).Select(o => o.Name).ToArray() is { Length: > 0 } given)
                {
                    await error.WriteLineAsync(
                        $"hx: {string.Join(", ", given)} {(given.Length == 1 ? "has" : "have")} no effect on 'hx wire {name}'."
                    );
                }

                int code;
                try
                {
                    if (OperatingSystem.IsWindows())
                    {
                        throw new WireRefusedException("hx wire only works on Linux with systemd");
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
