using System.CommandLine;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Spectre.Console;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx config</c>: the effective configuration, secrets masked, and where each value comes from.</summary>
internal static class ConfigCommand
{
    internal const string Masked = "***";

    public static Command Create()
    {
        OutputOptions format = new();
        Command command = new(
            "config",
            "Show the settings in effect, with secrets masked, and what is wrong with them. Exit code 0: all are right; 2: one is wrong."
        )
        {
            format.Output,
            format.Json,
        };
        command.SetAction(
            (parsed, _) =>
                RunAsync(
                    Settings.Load(),
                    format.IsForMachines(parsed) ? json => format.Format(parsed, json) : null,
                    parsed.InvocationConfiguration.Output,
                    parsed.InvocationConfiguration.Error
                )
        );
        return command;
    }

    /// <summary>Shows what is right, and tells what is wrong.</summary>
    /// <param name="machine">Turns JSON into what was asked for; <see langword="null"/>: tables for people.</param>
    internal static async Task<int> RunAsync(Settings settings, Func<string, string>? machine, TextWriter output, TextWriter error)
    {
        // Without the file's values the rest would be wrong.
        if (settings.IsFileUnreadable)
        {
            await settings.ReportAsync(error);
            await output.WriteAsync(machine?.Invoke(CliJson.ErrorDocument(ExitCode.Misuse, settings.Problems)) ?? "");
            return ExitCode.Misuse;
        }

        ConfigurationProblem[] problems = [.. settings.Problems, .. FileProblems(settings.Product)];
        await output.WriteAsync(machine is null ? Text(settings, output) : machine(ConfigJson.Write(settings, problems)));
        foreach (ConfigurationProblem hint in settings.Product.Hints)
        {
            await error.WriteLineAsync($"hx: {hint}");
        }

        foreach (ConfigurationProblem problem in problems)
        {
            await error.WriteLineAsync($"hx: {problem}".TrimEnd());
        }

        return problems.Length > 0 ? ExitCode.Misuse : ExitCode.Ok;
    }

    /// <summary>Opens the files that the URLs name. Here alone: a running app opens them at each probe, and reports
    /// <c>local_file</c>.</summary>
    private static IEnumerable<ConfigurationProblem> FileProblems(HxSettings settings)
    {
        foreach (DependencyKind kind in settings.Kinds)
        {
            if (LocalFiles.FindUnreadable(kind.Files(settings)) is { } file)
            {
                yield return new($"{kind.UrlVariable}", $"names a file or directory in '{file.Keyword}' that {file.Problem}.");
            }
        }
    }

    private static string Text(Settings settings, TextWriter output)
    {
        CliTable table = new("Variable", "Value", "From") { Narrow = row => $"{row[0]}: {row[1]} ({row[2]})" };
        foreach (Variable variable in Variables.All.Concat(Variables.OfCommandLine))
        {
            (string? value, string source) = Effective(settings, variable);
            string shown = IsWrong(settings, variable) ? "[red]wrong: see below[/]" : Markup.Escape(value ?? "–");
            table.AddRow(Markup.Escape(variable.Name), shown, Markup.Escape(source));
        }

        CliTable rules = new("Guarded route", "Methods", "Needs") { Narrow = row => $"{row[0]}: {row[1]}: {row[2]}" };
        foreach (GuardRule rule in settings.Product.Rules.Where(rule => rule.Origin != RuleOrigin.LiteLlm))
        {
            rules.AddRow(
                Markup.Escape(rule.Route),
                Methods(GuardMethod.Format(rule.Methods, rule.Writing), rule.Methods),
                string.Join(", ", rule.Dependencies)
            );
        }

        foreach (
            IGrouping<string, GuardRule> group in settings
                .Product.Rules.Where(rule => rule.Origin == RuleOrigin.LiteLlm)
                .GroupBy(rule => string.Join(", ", rule.Dependencies), StringComparer.Ordinal)
        )
        {
            rules.AddRow($"{RuleNames.Of(group)[0]}: hx routes list", "by route", group.Key);
        }

        foreach (RouteExemption exemption in settings.Product.Exemptions.Where(e => e.Origin == RuleOrigin.Configured))
        {
            rules.AddRow(
                Markup.Escape(exemption.Route),
                Methods(GuardMethod.Format(exemption.Methods), exemption.Methods),
                "nothing: it is exempt"
            );
        }

        CliTable bounds = new CliTable("Routes, while the guard is in use", "Within", "Behind API Management's cache").Right(1, 2);
        foreach (DetectionBound bound in DetectionBounds.From(settings.Product).Rows)
        {
            bounds.AddRow(Markup.Escape(bound.Case), bound.Text, bound.TextBehindCache);
        }

        return string.Join(Environment.NewLine, new[] { table, rules, bounds }.Select(shown => CliConsole.Render(shown, output)));
    }

    /// <summary>The value as it may be shown, and where it comes from.</summary>
    internal static (string? Value, string Source) Effective(Settings settings, Variable variable)
    {
        string? value = settings.Configuration[variable.Name];
        // Whatever stands there: a password in the wrong place, perhaps.
        if (IsWrong(settings, variable) && !string.IsNullOrWhiteSpace(value))
        {
            return (Masked, SourceOf(settings, variable) ?? "default");
        }

        string source = "default";
        if (variable.Name == Variables.SnapshotSchedule && settings.Product.Schedule is null)
        {
            value = Schedule.FromInterval(settings.Product.Interval);
            source = "interval";
        }
        else if (string.IsNullOrWhiteSpace(value))
        {
            value = variable.Default;
        }
        else if (SourceOf(settings, variable) is { } given)
        {
            source = given;
        }

        if (value is null)
        {
            return (null, "not set");
        }

        string shown =
            variable.Name switch
            {
                Variables.PgUrl => settings.Product.Postgres?.ToString(),
                Variables.RedisUrl => settings.Product.Redis?.ToString(),
                Variables.QdrantUrl => settings.Product.Qdrant?.ToString(),
                Variables.Dependencies => string.Join("; ", settings.Product.HttpDependencies),
                _ when variable.Secret => null,
                // A URL in the place of something else, or with more in it than it should have.
                _ => UrlSecrets.Mask(value),
            } ?? Masked;
        return (shown, source);
    }

    private static string? SourceOf(Settings settings, Variable variable) =>
        Settings.SourceOf(settings.Configuration, variable.Name) switch
        {
            null => null,
            EnvironmentVariablesConfigurationProvider => EnvironmentFileOption.SourceOf(variable.Name) ?? "environment",
            _ => LocalSettings.FileName,
        };

    private static bool IsWrong(Settings settings, Variable variable) =>
        settings.Problems.Any(problem => problem.Variable == variable.Name);

    private static string Methods(string formatted, GuardMethods methods) =>
        methods == GuardMethods.All ? "all" : formatted.Replace(",", ", ", StringComparison.Ordinal);
}
