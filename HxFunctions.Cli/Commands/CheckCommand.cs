using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Http.Status;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Spectre.Console;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx check</c>: probes everything now, past any snapshot.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        OutputOptions format = new();
        Option<bool> verbose = new("--verbose")
        {
            Description = "Show what was tried, in order, with times and the server's own messages.",
        };
        Command command = new(
            "check",
            "Probe every dependency now. Exit code 0: all are up or degraded; 1: one is down; 2: the configuration is wrong."
        )
        {
            format.Output,
            format.Json,
            verbose,
        };
        command.SetAction((parsed, _) => RunAsync(Settings.Load(), parsed, format, parsed.GetValue(verbose)));
        return command;
    }

    private static async Task<int> RunAsync(Settings settings, ParseResult parsed, OutputOptions format, bool verbose)
    {
        TextWriter output = parsed.InvocationConfiguration.Output,
            error = parsed.InvocationConfiguration.Error;
        if (await format.ReportAsync(parsed, settings))
        {
            return ExitCode.Misuse;
        }

        IReadOnlyList<ProbeReport> outcomes = await Waiting.ShowAsync(
            error,
            "Probing every dependency",
            ProbeNow.AllAsync(settings.Product, logging => ToStandardError(logging, settings.Wrapper.LogLevel))
        );
        if (outcomes.Count == 0)
        {
            return await format.FailAsync(
                parsed,
                ExitCode.Misuse,
                $"nothing to check: set {Variables.PgUrl}, {Variables.RedisUrl} or {Variables.QdrantUrl}."
            );
        }

        await output.WriteAsync(
            format.IsForMachines(parsed)
                ? format.Format(parsed, Json(outcomes, verbose))
                : Table(outcomes, output) + (verbose ? Steps(outcomes, output) : "")
        );
        foreach (ConfigurationProblem hint in settings.Product.Hints)
        {
            await error.WriteLineAsync($"hx: {hint}");
        }

        return outcomes.Any(o => o.Outcome.Failed) ? ExitCode.Negative : ExitCode.Ok;
    }

    /// <summary>The drivers' errors for whoever asks for them; standard output stays the table's or the JSON's.</summary>
    private static void ToStandardError(ILoggingBuilder logging, LogLevel level)
    {
        if (level > LogLevel.Debug)
        {
            return;
        }

        logging
            .SetMinimumLevel(level)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("System", LogLevel.Warning)
            .AddSimpleConsole(console => console.SingleLine = true);
        logging
            .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .Configure<ConsoleLoggerOptions>(ConsoleLogs.DropWhenFull);
    }

    private static string Json(IReadOnlyList<ProbeReport> outcomes, bool verbose) =>
        CliJson.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("status", outcomes.Min(o => o.Outcome.Status).Wire());
            writer.WriteStartObject("dependencies");
            foreach ((Dependency dependency, ProbeOutcome outcome, IReadOnlyList<ProbeStep> steps) in outcomes)
            {
                writer.WriteStartObject(dependency.Name);
                writer.WriteString("status", outcome.Status.Wire());
                writer.WriteString("reason", outcome.Reason);
                if (outcome.Detail is not null)
                {
                    writer.WriteString("detail", outcome.Detail);
                }

                writer.WriteNumber("latencyMs", Math.Round(outcome.Latency.TotalMilliseconds, 3));
                if (verbose)
                {
                    WriteSteps(writer, steps);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        });

    private static string Table(IReadOnlyList<ProbeReport> outcomes, TextWriter output)
    {
        CliTable table = new CliTable("Dependency", "Status", "Reason", "Latency", "What to check").Right(3);
        foreach ((Dependency dependency, ProbeOutcome outcome, _) in outcomes)
        {
            table.AddRow(
                Markup.Escape(dependency.DisplayName),
                StatusWords.Coloured(outcome.Status),
                Markup.Escape(outcome.Detail is null ? outcome.Reason : $"{outcome.Reason}: {outcome.Detail}"),
                StatusText.Latency(outcome.Latency.TotalMilliseconds),
                Markup.Escape(Advice.For(outcome.Reason, dependency.Name, outcome.Detail))
            );
        }

        return CliConsole.Render(table, output);
    }

    private static string Steps(IReadOnlyList<ProbeReport> reports, TextWriter output)
    {
        StringBuilder text = new();
        foreach (ProbeReport report in reports)
        {
            CliTable table = new CliTable("After", report.Dependency.DisplayName, "Found").Right(0);
            foreach (ProbeStep step in report.Steps)
            {
                table.AddRow(
                    string.Create(CultureInfo.InvariantCulture, $"{step.At.TotalMilliseconds:0.0} ms"),
                    Markup.Escape(step.What),
                    Markup.Escape(step.Found)
                );
            }

            if (table.Count == 0)
            {
                table.AddRow("", "nothing ended before the deadline", "");
            }

            text.AppendLine().Append(CliConsole.Render(table, output));
        }

        return text.ToString();
    }

    private static void WriteSteps(Utf8JsonWriter writer, IReadOnlyList<ProbeStep> steps)
    {
        writer.WriteStartArray("steps");
        foreach (ProbeStep step in steps)
        {
            writer.WriteStartObject();
            writer.WriteNumber("afterMs", Math.Round(step.At.TotalMilliseconds, 3));
            writer.WriteString("what", step.What);
            writer.WriteString("found", step.Found);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
