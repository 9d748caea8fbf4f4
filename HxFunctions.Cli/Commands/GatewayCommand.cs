using System.CommandLine;
using System.Diagnostics;
using HxFunctions.Cli.Gateways;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx gateway check URL</c>: whether a gateway asks the guard, in whatever way a path is written.</summary>
internal static class GatewayCommand
{
    public static Command Create() => new("gateway", "Prove that a gateway asks the guard.") { CreateCheck() };

    private static Command CreateCheck()
    {
        GatewayOptions options = new();
        AllowlistOptions allowlist = new(options.BasePath, options.Format);
        Command command = new(
            "check",
            "Ask a gateway for the guard's canary, a path that is always closed, in every spelling that some server reads as that path, "
                + "and for one path that must pass. Safe for the backend: it only gets paths that don't exist, and a GET of the open "
                + "path. Exit code 0: every spelling is refused, and the open path passes; 1: something got through or failed; 2: usage "
                + "error."
        )
        {
            options.Url,
            options.Open,
            options.Headers,
            options.Direct,
            options.DirectHeaders,
            options.BasePath,
            allowlist.File,
            allowlist.Functions,
            allowlist.Key,
            options.JUnit.File,
            options.Format.Output,
            options.Format.Json,
            options.Timeout,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                TextWriter output = parsed.InvocationConfiguration.Output,
                    error = parsed.InvocationConfiguration.Error;
                if (!options.TryRead(parsed, allowlist.IsGiven(parsed), out GatewayCheckSettings? settings, out string? problem))
                {
                    return await options.Format.FailAsync(parsed, ExitCode.Misuse, problem);
                }

                long started = Stopwatch.GetTimestamp();
                (int code, IReadOnlyList<AllowlistFinding> findings) = await allowlist.LookAsync(parsed, cancellationToken);
                if (code != ExitCode.Ok)
                {
                    return code;
                }

                GatewayCheckResult? result = settings is null
                    ? null
                    : await Waiting.ShowAsync(
                        error,
                        "Asking the gateway for the canary, in every spelling",
                        new GatewayCheck(settings, TimeProvider.System).RunAsync(cancellationToken)
                    );
                TimeSpan took = Stopwatch.GetElapsedTime(started);
                bool isGood = result is null or { IsGood: true } && findings.All(one => one.Rule is null);
                await output.WriteAsync(
                    options.Format.IsForMachines(parsed)
                        ? options.Format.Format(parsed, GatewayCheckJson.Write(result, findings, isGood, took))
                        : GatewayCheckReport.Text(result, findings, took, output)
                );
                bool saved = await options.JUnit.SaveAsync(parsed, "gateway check", GatewayWords.Results(result, findings), took);
                return isGood && saved ? ExitCode.Ok : ExitCode.Negative;
            }
        );
        return command;
    }
}
