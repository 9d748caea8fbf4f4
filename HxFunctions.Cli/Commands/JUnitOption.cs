using System.CommandLine;
using HxFunctions.Cli.Smoke;

namespace HxFunctions.Cli.Commands;

/// <summary>The option that names a file for a report in JUnit XML.</summary>
internal sealed class JUnitOption
{
    public Option<string?> File { get; } = new("--junit") { HelpName = "file", Description = "File for a JUnit XML report." };

    /// <summary>What is wrong with the name; told before the work rather than after it.</summary>
    public string? ProblemOf(ParseResult parsed) =>
        parsed.GetValue(File) switch
        {
            null => null,
            "" => "--junit must name a file.",
            { } path when Directory.Exists(path) => "--junit names a folder; it must name a file.",
            { } path when !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))) =>
                "--junit names a file in a folder that does not exist.",
            _ => null,
        };

    /// <summary>Writes the report, if there is to be one.</summary>
    /// <param name="command">Whose report it is, without hx.</param>
    /// <returns>False when it can't be written; that is told then.</returns>
    public async Task<bool> SaveAsync(ParseResult parsed, string command, IReadOnlyList<SmokeResult> results, TimeSpan took)
    {
        if (parsed.GetValue(File) is not { } path)
        {
            return true;
        }

        try
        {
            JUnitReport.Save(path, JUnitReport.Write(command, results, took, TimeProvider.System.GetUtcNow()));
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(
                "hx: the file that --junit names can't be written. Check the folder's permissions and the free disk space."
            );
            return false;
        }
    }
}
