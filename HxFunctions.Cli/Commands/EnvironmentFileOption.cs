using System.CommandLine;
using HxFunctions.Core.Configuration;
using HxFunctions.Wiring;

namespace HxFunctions.Cli.Commands;

/// <summary>
/// The option that names a file of variables, in systemd's form (<c>NAME=value</c>). They stand for environment variables; one that is set
/// in the environment wins.
/// </summary>
internal sealed class EnvironmentFileOption
{
    public const string Name = "--env-file";

    private static readonly Dictionary<string, string> Sources = new(StringComparer.Ordinal);

    public Option<string?> File { get; } =
        new(Name)
        {
            HelpName = "file",
            Description =
                "Read variables from this file, one NAME=value per line, like systemd's EnvironmentFile=. The environment takes "
                + "precedence.",
        };

    /// <summary>The file that a variable came from; <see langword="null"/>: from the environment itself.</summary>
    public static string? SourceOf(string variable)
    {
        lock (Sources)
        {
            return Sources.GetValueOrDefault(variable);
        }
    }

    /// <summary>Adds the option to a command, or to those under it.</summary>
    public void AddTo(Command command)
    {
        foreach (Command sub in command.Subcommands)
        {
            AddTo(sub);
        }

        if (command.Subcommands.Count == 0)
        {
            command.Options.Add(File);
        }
    }

    /// <summary>Puts the file's variables into the environment of this process.</summary>
    /// <returns>What is wrong with the file, never quoting it; <see langword="null"/>: nothing.</returns>
    public string? Load(ParseResult parsed)
    {
        if (parsed.GetResult(File) is null || parsed.GetValue(File) is not { } path)
        {
            return null;
        }

        string text;
        try
        {
            text = SmallFile.ReadText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"the file that {Name} names can't be read. Does it exist, may this user read it, and is it smaller than 4 MB?";
        }

        EnvFile file = EnvFile.Parse(text);
        if (file.UnclosedLine is { } line)
        {
            return $"the file that {Name} names has a quote that is not closed, or a backslash at the end, in line {line}.";
        }

        if (file.IgnoredLines is [int ignored, ..])
        {
            return $"line {ignored} of the file that {Name} names is neither NAME=value nor a comment.";
        }

        foreach ((string name, string value) in file.Values)
        {
            if (Environment.GetEnvironmentVariable(name) is null)
            {
                Environment.SetEnvironmentVariable(name, value);
                lock (Sources)
                {
                    Sources[name] = Path.GetFileName(path);
                }
            }
        }

        return file.Exported.FirstOrDefault() is { } exported
            ? $"the file that {Name} names has 'export {exported}': remove 'export', which systemd doesn't understand."
            : null;
    }
}
