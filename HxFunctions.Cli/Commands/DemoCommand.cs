using System.CommandLine;
using HxFunctions.Cli.Demo;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Configuration;
using HxFunctions.Servers;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx demo</c>: an outage, told and measured, on throw-away servers.</summary>
internal static class DemoCommand
{
    /// <summary>What a user runs after the demo: look, serve, and prove that the gateway asks.</summary>
    internal static IReadOnlyList<string> NextCommands { get; } =
    ["hx check --env-file my.env", "hx serve --env-file my.env", "hx gateway check https://your-gateway.example"];

    public static Command Create()
    {
        Option<bool> once = new("--once")
        {
            Description = "Exit after the outage. Exit code 0: every step came true in time; 1: one failed or was late.",
        };
        Command command = new(
            "demo",
            "Show an outage on throw-away servers: what fails, how fast the guard closes, how it reopens. Then keep serving until Ctrl+C."
        )
        {
            once,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    new DemoOptions { Once = parsed.GetValue(once) },
                    parsed.InvocationConfiguration.Output,
                    parsed.InvocationConfiguration.Error,
                    cancellationToken
                )
        );
        return command;
    }

    internal static async Task<int> RunAsync(DemoOptions options, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        if (!DemoRedis.IsAvailable)
        {
            await error.WriteLineAsync(
                "hx: the demo needs redis-server, which is not installed: this native build of hx has no Redis of its own. On Debian: "
                    + "apt-get install redis-server"
            );
            return ExitCode.Misuse;
        }

        DemoPage page = new(output);
        try
        {
            return await RunAsync(options, page, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            page.Say("Interrupted; nothing is left behind");
            return ExitCode.Negative;
        }
        // A host.json that the Functions host would refuse, too.
        catch (InvalidDataException exception)
        {
            await error.WriteLineAsync($"hx: {exception.Message}");
            return ExitCode.Misuse;
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException or Npgsql.NpgsqlException)
        {
            await error.WriteLineAsync($"hx: {exception.Message}");
            return ExitCode.Negative;
        }
    }

    private static async Task<int> RunAsync(DemoOptions options, DemoPage page, CancellationToken cancellationToken)
    {
        if (!options.WithPostgres)
        {
            page.Say(
                "PostgreSQL (initdb, postgres) is not installed: the demo uses Redis and Qdrant only. On Debian: apt-get "
                    + "install postgresql",
                DemoTone.Event
            );
        }

        page.Say($"Starting {(options.WithPostgres ? "PostgreSQL, " : "")}Redis and Qdrant, the guard and a gateway", DemoTone.Quiet);
        await using DemoStage stage = await DemoStage.StartAsync(options.WithPostgres, cancellationToken);
        DemoPlot plot = DemoPlot.For(stage);
        await TellStageAsync(stage, plot, page, cancellationToken);

        IReadOnlyList<DemoResult> results = [];
        await using SteadyTraffic traffic = new(stage.Gateway.Address, plot.Routes);
        await page.WithTrafficAsync(
            traffic,
            async () =>
            {
                results = await new DemoScript(stage, plot, options.Margins, page).RunAsync(cancellationToken);
                TellResults(results, options, page);
                TellNext(page);
                if (!options.Once)
                {
                    await ServeAsync(stage, plot, page, cancellationToken);
                }
            }
        );
        return results.All(r => r.Passed) ? ExitCode.Ok : ExitCode.Negative;
    }

    private static async Task TellStageAsync(DemoStage stage, DemoPlot plot, DemoPage page, CancellationToken cancellationToken)
    {
        List<(string Name, string Where)> lines = [];
        if (stage.Postgres is { } postgres)
        {
            lines.Add(($"PostgreSQL {await stage.PostgresVersionAsync(cancellationToken)}", $"127.0.0.1:{postgres.Port}"));
        }

        lines.Add((stage.Redis.Name, $"127.0.0.1:{stage.Redis.Port}"));
        lines.Add(("Qdrant (simulated)", $"127.0.0.1:{stage.Qdrant.Port}"));
        lines.Add(("Guard (HxFunctions)", $"{Authority(stage.Guard)}, defaults, keys in use"));
        lines.Add(("Gateway (stand-in)", $"{Authority(stage.Gateway.Address)}, asks the guard every time"));
        lines.Add(($"Every {SteadyTraffic.Pace.TotalMilliseconds} ms", string.Join(", ", plot.Routes)));
        page.Say(Line(lines[0]));
        foreach ((string, string) line in lines.Skip(1))
        {
            page.Add(Line(line));
        }

        static string Line((string Name, string Where) line) => $"{line.Name, -21}{line.Where}";
    }

    private static void TellResults(IReadOnlyList<DemoResult> results, DemoOptions options, DemoPage page)
    {
        page.Results(results);
        bool allTrue = results.All(r => r.Passed);
        string exit = options.Once ? $" Exit code {(allTrue ? ExitCode.Ok : ExitCode.Negative)}." : "";
        page.Say(
            (allTrue ? "Every step came true." : $"{results.Count(r => !r.Passed)} of {results.Count} steps did not come true.") + exit,
            allTrue ? DemoTone.Good : DemoTone.Bad
        );
    }

    /// <summary>How to go on with one's own servers.</summary>
    private static void TellNext(DemoPage page)
    {
        page.Say($"With your own servers: write {Variables.PgUrl}=… and {Variables.RedisUrl}=… into my.env, then", DemoTone.Event);
        foreach (string command in NextCommands)
        {
            page.Copyable(command);
        }
    }

    /// <summary>Leaves everything running, for the user to try, and tells what changes.</summary>
    private static async Task ServeAsync(DemoStage stage, DemoPlot plot, DemoPage page, CancellationToken cancellationToken)
    {
        // In a file, so that the key shows up neither on the screen nor in the list of processes.
        using ThrowAwayDirectory directory = new("hx-demo-");
        string header = Path.Combine(directory.Path, "key");
        await File.WriteAllTextAsync(header, $"{HostKeys.Header}: {stage.MasterKey}{Environment.NewLine}", cancellationToken);
        string gateway = Authority(stage.Gateway.Address),
            guard = Authority(stage.Guard);
        string status = Path.Combine(directory.Path, "status.html");
        string address = $"{guard}/status?code={Uri.EscapeDataString(stage.MasterKey)}";
        await File.WriteAllTextAsync(
            status,
            $"<!doctype html><title>HxFunctions</title><meta http-equiv=\"refresh\" content=\"0; url={address}\">",
            cancellationToken
        );
        page.Say("Serving until Ctrl+C. The status page, in a browser:", DemoTone.Event);
        page.Copyable(new Uri(status).AbsoluteUri);
        page.Say("Try, in another terminal:", DemoTone.Event);
        page.Copyable($"curl -i -X POST {gateway}/key/generate");
        page.Copyable($"curl -i {gateway}/v1/models");
        page.Copyable($"curl -H @{header} '{guard}/guard?path=/key/generate&method=POST'");
        page.Copyable($"curl -H @{header} {guard}/health/all");
        page.Copyable($"curl -H @{header} -d '{{\"verdict\":\"closed\",\"durationSeconds\":20,\"reason\":\"a try\"}}' {guard}/override");
        foreach (RouteWatch route in plot.Routes)
        {
            route.Changed = (watch, before, now) =>
                page.Say(
                    $"{watch} {before.Status} → {now.Status}{(now.Detail is { } detail ? $": {detail}" : "")}",
                    now.Status == 200 ? DemoTone.Good : DemoTone.Bad
                );
        }

        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (RouteWatch route in plot.Routes)
        {
            route.Changed = null;
        }

        page.Say("Stopping; nothing is left behind");
    }

    private static string Authority(Uri address) => address.GetLeftPart(UriPartial.Authority);
}

/// <summary>How <c>hx demo</c> runs.</summary>
internal sealed record DemoOptions
{
    /// <summary>End after the outage.</summary>
    public bool Once { get; init; }

    /// <summary>Whether PostgreSQL is shown; by default when it is on this machine.</summary>
    public bool WithPostgres { get; init; } = PostgresServer.IsAvailable;

    public DemoMargins Margins { get; init; } = DemoMargins.Default;
}
