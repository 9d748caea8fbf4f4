using System.CommandLine;
using System.CommandLine.Parsing;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Cli.Commands;

/// <summary>Options and arguments that take one of a few words.</summary>
internal static class Choices
{
    /// <summary>Takes these words alone, offers them to the shell, and names the likely one when another is given.</summary>
    public static void AcceptChoices(this Option<string> option, params string[] words)
    {
        option.CompletionSources.Clear();
        option.CompletionSources.Add(words);
        option.Validators.Add(result => Judge(result, option.Aliases.FirstOrDefault() ?? option.Name, words));
    }

    /// <inheritdoc cref="AcceptChoices(Option{string}, string[])"/>
    public static void AcceptChoices(this Argument<string> argument, params string[] words)
    {
        argument.CompletionSources.Clear();
        argument.CompletionSources.Add(words);
        argument.Validators.Add(result => Judge(result, $"<{argument.Name}>", words));
    }

    private static void Judge(SymbolResult result, string name, string[] words)
    {
        foreach (Token token in result.Tokens.Where(token => !words.Contains(token.Value, StringComparer.Ordinal)))
        {
            result.AddError(
                $"{name} must be {WordList.Or(words)}, not '{CommandLineFaults.Shown(token.Value)}'."
                    + LikelyNames.Question(token.Value, words)
            );
        }
    }
}
