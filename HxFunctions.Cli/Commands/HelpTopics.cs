using System.Text;
using HxFunctions.Core.Configuration;
using Spectre.Console;

namespace HxFunctions.Cli.Commands;

/// <summary>Help on what holds for all commands.</summary>
internal static class HelpTopics
{
    public static IReadOnlyDictionary<string, Func<TextWriter, string>> All { get; } =
        new Dictionary<string, Func<TextWriter, string>>(StringComparer.Ordinal)
        {
            ["exit-codes"] = ExitCodes,
            ["environment"] = EnvironmentVariables,
            ["formats"] = Formats,
        };

    public static string Names => string.Join(", ", All.Keys);

    private static string ExitCodes(TextWriter output)
    {
        CliTable table = ExitCodeRow.Table();
        return Paragraphs(
                output,
                "0: success. 1: the command ran, and the answer is no; or it was interrupted. 2: the command line or the configuration "
                    + "is wrong, for every command. A command that was killed by a signal exits with 128 plus the signal's number."
            )
            + Environment.NewLine
            + CliConsole.Render(table, output);
    }

    private static string EnvironmentVariables(TextWriter output)
    {
        CliTable table = new("Variable", "Meaning");
        foreach (Variable variable in Variables.All.Concat(Variables.OfCommandLine))
        {
            table.AddRow(variable.Name, Markup.Escape(variable.Meaning));
        }

        return Paragraphs(
                output,
                $"Settings are environment variables. The order of precedence is: the command line, the environment, the file of "
                    + $"{EnvironmentFileOption.Name}, {LocalSettings.FileName} in the current folder. 'hx config' shows where each value "
                    + "comes from.",
                $"{Variables.RemoteUrl} is the default of --functions, and {Variables.RemoteKey} is the key for it. If both are set, the "
                    + "key is sent to no other server. Keys are never options: every user of the machine could read them on the command "
                    + "line."
            )
            + Environment.NewLine
            + CliConsole.Render(table, output);
    }

    private static string Formats(TextWriter output) =>
        Paragraphs(
            output,
            "-o table is for people, and may change with any version. -o json and -o yaml are for machines, and contain the same document. "
                + "--json is short for -o json.",
            "If a command fails before it has an answer, the document is {\"error\":{\"exitCode\":…,\"problems\":[…]}}. The same "
                + "problems are on standard error, one per line.",
            "In a table, a dependency is up, degraded, down or unknown, as on the status page. In JSON and YAML, its status is pass, warn, "
                + "fail or unknown, as in the HTTP API. A check or a step passes, fails or is skipped.",
            "Write times in options as 90s, 10m, 1h30m or 2d. Variables hold seconds."
        );

    private static string Paragraphs(TextWriter output, params ReadOnlySpan<string> paragraphs)
    {
        StringBuilder text = new();
        foreach (string paragraph in paragraphs)
        {
            text.Append(text.Length > 0 ? Environment.NewLine : "").Append(CliConsole.Render(new Text(paragraph), output));
        }

        return text.ToString();
    }
}
