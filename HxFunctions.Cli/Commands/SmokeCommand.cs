using System.CommandLine;
using System.Diagnostics;
using HxFunctions.Cli.Smoke;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx smoke</c>: whether a running gateway and function app do together what they should. Reads only.</summary>
internal static class SmokeCommand
{
    public static Command Create()
    {
        Options options = new();
        Command command = new(
            "smoke",
            "Smoke-test a running gateway and function app; GET only. Exit code 0: all pass; 1: something fails; 2: usage error."
        )
        {
            options.Gateway,
            options.Key,
            options.LimitedKey,
            options.Functions,
            options.FunctionsKey,
            options.JUnit.File,
            options.Format.Output,
            options.Format.Json,
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
                    return await options.Format.FailAsync(parsed, ExitCode.Misuse, problem);
                }

                long started = Stopwatch.GetTimestamp();
                using SmokeRun run = new(settings!);
                IReadOnlyList<SmokeResult> results = await Waiting.ShowAsync(
                    error,
                    "Asking the gateway and the app",
                    run.RunAsync(cancellationToken)
                );
                TimeSpan took = Stopwatch.GetElapsedTime(started);
                await output.WriteAsync(
                    options.Format.IsForMachines(parsed)
                        ? options.Format.Format(parsed, SmokeReport.Json(results, took))
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
            new("--gateway")
            {
                HelpName = "url",
                Description = "The gateway's base URL, e.g. LiteLLM's.",
                Required = true,
            };

        public Option<string> Key { get; } =
            new("--key-env")
            {
                HelpName = "variable",
                Description = "Name of the environment variable that holds the gateway's admin key.",
                Required = true,
            };

        public Option<string?> LimitedKey { get; } =
            new("--limited-key-env")
            {
                HelpName = "variable",
                Description = "Name of the environment variable that holds a virtual key without admin rights.",
            };

        public Option<string?> Functions { get; } =
            new("--functions")
            {
                HelpName = "url",
                Description = $"The base URL of the function app or hx serve. Default: {Variables.RemoteUrl}.",
            };

        public Option<string?> FunctionsKey { get; } =
            new("--functions-key-env")
            {
                HelpName = "variable",
                Description = $"Name of the environment variable that holds the function app's key. Default: {Variables.RemoteKey}.",
            };

        public JUnitOption JUnit { get; } = new();

        public OutputOptions Format { get; } = new();

        public Option<bool> All { get; } =
            new("--all") { Description = "Print one line for each route, with the request and the time it took." };

        public DurationOption Timeout { get; } =
            new("--timeout", "10s", TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(300))
            {
                Description = "Time limit of each request: 10s, 1m30s. The whole test may take six times that.",
            };

        public bool TryRead(ParseResult parsed, out SmokeSettings? settings, out string problem)
        {
            settings = null;
            string? url = parsed.GetValue(Functions) ?? RemoteDefaults.Url;
            if (url is null)
            {
                problem = $"give the function app's URL with --functions or {Variables.RemoteUrl}.";
                return false;
            }

            string? wrong;
            if (
                !RemoteTarget.TryRead(
                    "--gateway",
                    "the gateway's",
                    parsed.GetValue(Gateway),
                    Key.Name,
                    parsed.GetValue(Key),
                    out RemoteTarget? gateway,
                    out wrong
                )
                || !RemoteTarget.TryReadKey(LimitedKey.Name, parsed.GetValue(LimitedKey), out string? limited, out wrong)
                || !RemoteDefaults.TryReadApp(
                    parsed.GetValue(Functions),
                    url,
                    FunctionsKey.Name,
                    parsed.GetValue(FunctionsKey),
                    out RemoteTarget? functions,
                    out wrong
                )
            )
            {
                problem = wrong;
                return false;
            }

            problem =
                limited is not null && limited == gateway.Key
                    ? "--limited-key-env holds the admin key: it must hold a virtual key without admin rights."
                    : JUnit.ProblemOf(parsed) ?? "";
            settings = problem.Length == 0 ? new(gateway, limited, functions, Timeout.Of(parsed)) : null;
            return settings is not null;
        }
    }
}
