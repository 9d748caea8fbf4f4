using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using HxFunctions.Core.Telemetry;

namespace HxFunctions.Cli.Commands;

/// <summary>
/// What is wrong with a command line, a line each, with the name that was probably meant. System.CommandLine's own action for errors knows
/// neither the values of options nor the house's form of a message.
/// </summary>
internal static partial class CommandLineFaults
{
    private const int MaxShown = 80;

    public static IEnumerable<string> Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        // Behind an unknown command nothing means what it seems to.
        if (parsed.UnmatchedTokens is [var first, ..] && command.Subcommands.Count > 0 && !IsOption(first))
        {
            return
            [
                $"'{Shown(first)}' is not a command of '{ExampleHelpAction.NameOf(command)}'."
                    + LikelyNames.Question(first, NamesOf(command)),
            ];
        }

        if (parsed.UnmatchedTokens is [var option, ..] && StandsBeforeCommand(option, parsed))
        {
            return [$"'{Shown(option.Split('=', ':')[0])}' must come after the command{AfterWhich(parsed)}"];
        }

        IEnumerable<string> unmatched = parsed.UnmatchedTokens.Select(token => Unmatched(token, command));
        IEnumerable<string> others = parsed
            .Errors.Where(error => !IsAboutUnmatched(error, parsed.UnmatchedTokens))
            .Select(error => TooOften(error) ?? NotANumber(error) ?? Missing(error) ?? LineBreaks().Replace(error.Message, " "));
        return unmatched.Concat(others).Distinct(StringComparer.Ordinal);
    }

    /// <summary>Somebody's words, on one line and not too long.</summary>
    public static string Shown(string text)
    {
        string line = LogText.OneLine(text);
        return line.Length <= MaxShown ? line : $"{line[..MaxShown]}…";
    }

    private static string Unmatched(string token, Command command) =>
        IsOption(token)
            ? $"'{Shown(token.Split('=')[0])}' is not an option of '{ExampleHelpAction.NameOf(command)}'."
                + LikelyNames.Question(token.Split('=')[0], OptionsOf(command))
            : $"'{Shown(token)}' is one argument too many.";

    /// <summary>Whether this is an option of the command, or of one under it, but in front of the command's name.</summary>
    private static bool StandsBeforeCommand(string token, ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string[] words = [.. parsed.Tokens.Select(one => one.Value)];
        bool isInFront = command.Subcommands.Count > 0 || Array.IndexOf(words, token) < Array.LastIndexOf(words, command.Name);
        return isInFront && Leaves(command).SelectMany(leaf => leaf.Options).Any(option => IsNameOf(option, token));
    }

    /// <summary>The command that is meant, as the end of the sentence.</summary>
    private static string AfterWhich(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        return command.Subcommands.Count == 0 ? $" '{ExampleHelpAction.NameOf(command)}'."
            : parsed.UnmatchedTokens.Select(word => LikelyNames.Question(word, NamesOf(command))).FirstOrDefault(asked => asked.Length > 0)
                is { } question
                ? $".{question}"
            : ".";
    }

    private static IEnumerable<Command> Leaves(Command command) =>
        command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);

    /// <summary>As <c>--output</c>, <c>--output=json</c>, <c>-o</c> or <c>-ojson</c>.</summary>
    private static bool IsNameOf(Option option, string token) =>
        option
            .Aliases.Append(option.Name)
            .Any(name => token.Split('=', ':')[0] == name || (name.Length == 2 && token.StartsWith(name, StringComparison.Ordinal)));

    private static bool IsOption(string token) => token.Length > 1 && token[0] == '-';

    private static IEnumerable<string> NamesOf(Command command) => command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name);

    private static IEnumerable<string> OptionsOf(Command command) =>
        command
            .Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(option => option.Recursive)))
            .Where(option => !option.Hidden)
            .SelectMany(option => option.Aliases.Where(alias => alias.StartsWith("--", StringComparison.Ordinal)).Append(option.Name));

    /// <summary>System.CommandLine names the token in quotes.</summary>
    private static bool IsAboutUnmatched(ParseError error, IReadOnlyList<string> unmatched) =>
        error.SymbolResult is null or CommandResult
        && unmatched.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal));

    /// <summary>That an argument or a value is missing, in the house's words.</summary>
    private static string? Missing(ParseError error) =>
        error.SymbolResult switch
        {
            ArgumentResult { Tokens.Count: 0, Argument.Arity.MinimumNumberOfValues: > 0, Parent: OptionResult option } =>
                $"{option.Option.Name} needs a value.",
            ArgumentResult { Tokens.Count: 0, Argument: { Arity.MinimumNumberOfValues: > 0 } argument } => $"<{argument.Name}> is missing.",
            CommandResult command when command.Command.Arguments.FirstOrDefault(one => IsMissing(one, command)) is { } argument =>
                $"<{argument.Name}> is missing.",
            OptionResult { Tokens.Count: 0, Implicit: false, Option: { Arity.MinimumNumberOfValues: > 0 } option } =>
                $"{option.Name} needs a value.",
            OptionResult { Tokens.Count: 0, Option.Required: true } option => $"{option.Option.Name} is required.",
            CommandResult command
                when command.Command.Options.FirstOrDefault(one => one.Required && IsMissing(one, command, error)) is { } option =>
                $"{option.Name} is required.",
            _ => null,
        };

    private static string? TooOften(ParseError error) =>
        OptionOf(error) is { Tokens.Count: > 1, Option: { Arity.MaximumNumberOfValues: 1 } option }
            ? $"{option.Name} can be given only once."
            : null;

    /// <summary>System.CommandLine names the .NET type.</summary>
    private static string? NotANumber(ParseError error) =>
        OptionOf(error) is { Tokens.Count: > 0, Option: { } option } && option.ValueType == typeof(int)
            ? $"{option.Name} must be a whole number."
            : null;

    private static OptionResult? OptionOf(ParseError error) =>
        error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult;

    private static bool IsMissing(Argument argument, CommandResult command) =>
        argument.Arity.MinimumNumberOfValues > 0 && command.GetResult(argument) is null or { Tokens.Count: 0 };

    private static bool IsMissing(Option option, CommandResult command, ParseError error) =>
        command.GetResult(option) is null or { Implicit: true } && error.Message.Contains(option.Name, StringComparison.Ordinal);

    [GeneratedRegex(@"\s*[\r\n]\s*", RegexOptions.CultureInvariant)]
    private static partial Regex LineBreaks();
}
