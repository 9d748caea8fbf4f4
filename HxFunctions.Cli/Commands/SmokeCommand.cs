using System.CommandLine;
using System.Diagnostics;
using HxFunctions.Cli.Smoke;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx smoke</c>: whether a running gateway and function app do together what they should. Reads only.</summary>
internal static class SmokeCommand
{
    public static Command Create()
    {
        Options options = new();
        Command command = new(
            "smoke",
            "Smoke-test a running gateway and function app; GET only. Exit code 0: all pass; 1: something fails; 2: misuse."
        )
        {
            options.Gateway,
            options.Key,
            options.LimitedKey,
            options.Functions,
            options.FunctionsKey,
            options.JUnit.File,
            options.Json,
            options.All,
            options.Timeout,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                TextWriter output = parsed.InvocationConfiguration.Output,
                    error = parsed.InvocationConfiguration.Error;
                if (!options.TryRead(parsed, out SmokeSettings? settings, out string? problem))
                {
                    await error.WriteLineAsync($"hx: {problem}");
                    return ExitCode.Misuse;
                }

                long started = Stopwatch.GetTimestamp();
                using SmokeRun run = new(settings!);
                IReadOnlyList<SmokeResult> results = await run.RunAsync(cancellationToken);
                TimeSpan took = Stopwatch.GetElapsedTime(started);
                await output.WriteAsync(
                    parsed.GetValue(options.Json)
                        ? SmokeReport.Json(results, took)
                        : SmokeTable.Render(results, took, parsed.GetValue(options.All), output)
                );
                bool saved = await options.JUnit.SaveAsync(parsed, "smoke", results, took);
                return saved && results.All(r => r.Outcome != SmokeOutcome.Fail) ? ExitCode.Ok : ExitCode.Negative;
            }
        );
        return command;
    }

    private sealed class Options
    {
        public Option<string> Gateway { get; } =
            new("--gateway") { Description = "The gateway's base URL, e.g. LiteLLM's.", Required = true };

        public Option<string> Key { get; } =
            new("--key-env") { Description = "Name of the environment variable that holds the gateway's admin key.", Required = true };

        public Option<string?> LimitedKey { get; } =
            new("--limited-key-env") { Description = "Name of the one that holds a virtual key that may not administer." };

        public Option<string> Functions { get; } =
            new("--functions") { Description = "The base URL of the function app, or of hx serve.", Required = true };

        public Option<string?> FunctionsKey { get; } =
            new("--functions-key-env") { Description = "Name of the environment variable that holds the function app's key." };

        public JUnitOption JUnit { get; } = new();

        public Option<bool> Json { get; } = new("--json") { Description = "Print JSON for machines." };

        public Option<bool> All { get; } =
            new("--all") { Description = "Print every route on a line of its own, with what was asked and the time it took." };

        public Option<double> Timeout { get; } =
            new("--timeout")
            {
                Description = "Seconds for each request; everything together may take six times that.",
                DefaultValueFactory = _ => 10,
            };

        public bool TryRead(ParseResult parsed, out SmokeSettings? settings, out string? problem)
        {
            settings = null;
            if (
                !RemoteTarget.TryRead(
                    "--gateway",
                    "the gateway's",
                    parsed.GetValue(Gateway),
                    Key.Name,
                    parsed.GetValue(Key),
                    out RemoteTarget? gateway,
                    out problem
                )
                || !RemoteTarget.TryReadKey(LimitedKey.Name, parsed.GetValue(LimitedKey), out string? limited, out problem)
                || !RemoteTarget.TryRead(
                    "--functions",
                    "the app's",
                    parsed.GetValue(Functions),
                    FunctionsKey.Name,
                    parsed.GetValue(FunctionsKey),
                    out RemoteTarget? functions,
                    out problem
                )
            )
            {
                return false;
            }

            double seconds = parsed.GetValue(Timeout);
            problem =
                limited is not null && limited == gateway.Key
                    ? "--limited-key-env names the admin key: it must hold one that may not administer."
                : seconds is >= 0.1 and <= 300 ? JUnit.ProblemOf(parsed)
                : "--timeout must be a number of seconds from 0.1 to 300.";
            settings = problem is null ? new(gateway, limited, functions, TimeSpan.FromSeconds(seconds)) : null;
            return settings is not null;
        }
    }
}
