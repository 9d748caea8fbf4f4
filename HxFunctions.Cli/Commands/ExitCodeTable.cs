using Spectre.Console;

namespace HxFunctions.Cli.Commands;

/// <summary>What the exit codes of a command say.</summary>
/// <param name="Command">Its name, without hx.</param>
/// <param name="Ok">0.</param>
/// <param name="Negative">1.</param>
/// <param name="Misuse">2, besides a wrong command line.</param>
internal sealed record ExitCodeRow(string Command, string Ok, string Negative, string Misuse)
{
    /// <summary>Every command, in the order of the help: what <c>hx help exit-codes</c> and docs/cli.md show.</summary>
    public static IReadOnlyList<ExitCodeRow> All { get; } =
    [
        new("serve", "ended by Ctrl+C or SIGTERM", "can't listen on its address", "the configuration is wrong"),
        new(
            "demo",
            "every step came true, in time",
            "a step failed or was late, or it was interrupted",
            "redis-server is missing (native build only)"
        ),
        new("check", "every dependency is up or degraded", "a dependency is down", "the configuration is wrong, or nothing is set"),
        new("config", "the configuration is right", "–", "the configuration is wrong, or a file it names can't be read"),
        new("guard", "the path is open", "the path is closed, or nobody answered", "the configuration or the key is wrong"),
        new("routes list", "listed", "–", "the configuration is wrong"),
        new("routes check", "nothing found", "unguarded or unmatched routes", "not an OpenAPI document, or the configuration is wrong"),
        new(
            "gateway check",
            "every spelling is refused, the open path passes",
            "something got through, or nobody answered",
            "a file or a key is wrong"
        ),
        new(
            "override",
            "set, cleared or shown",
            "not set or cleared, or it isn't known; or nobody answered",
            "the configuration or the key is wrong"
        ),
        new("wire plan", "nothing to do", "changes are pending", "a file can't be edited safely"),
        new(
            "wire apply",
            "done, or nothing to do",
            "a step failed, and the changes were rolled back; or you said no",
            "a file can't be edited safely"
        ),
        new("wire verify", "files and services agree", "something does not", "a file can't be edited safely"),
        new("wire rollback", "restored", "a step failed, or you said no", "there is no such backup"),
        new("wire backups", "listed", "–", "the folder can't be read"),
        new("smoke", "every check passes", "a check fails", "a key or a file is wrong"),
        new("watch", "all is up and open, or ended by Ctrl+C", "something is down or closed, or nobody answered", "the key is wrong"),
        new("ready", "the app knows the state of its dependencies", "it doesn't, or it did not answer", "the URL is wrong"),
        new("help", "shown", "–", "no such command or topic"),
        new("completion", "printed", "–", "–"),
    ];

    /// <summary>All of them, for people.</summary>
    public static CliTable Table()
    {
        CliTable table = new CliTable("Command", "0", "1", "2").Whole(0).Sentences(1, 2, 3);
        foreach (ExitCodeRow row in All)
        {
            table.AddRow([.. new[] { row.Command, row.Ok, row.Negative, row.Misuse }.Select(Markup.Escape)]);
        }

        return table;
    }
}
