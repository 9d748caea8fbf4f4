using System.CommandLine;
using HxFunctions.Cli.Commands;
using HxFunctions.Servers;
using HxFunctions.Tests.Commands;

namespace HxFunctions.SystemTests.Commands;

/// <summary><c>hx completion</c>, and the help that every command has.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public sealed class CompletionTests
{
    /// <summary>Bash runs the script and completes; hx is the built one, behind a script of that name in PATH.</summary>
    [Theory]
    [InlineData("hx gu", "guard")]
    [InlineData("hx wire p", "plan")]
    [InlineData("hx override cl", "clear closed")]
    [InlineData("hx check -o y", "yaml")]
    [InlineData("hx help ex", "exit-codes")]
    [InlineData("hx guard /v1/keys --me", "--method")]
    [InlineData("DIR/hx che", "check")]
    public async Task Bash_completes_from_the_script(string typed, string expected)
    {
        using ThrowAwayDirectory directory = new("hx-completion-");
        string hx = Path.Combine(directory.Path, "hx");
        await File.WriteAllTextAsync(hx, $"#!/bin/sh\nexec {HxProgram.CommandLine} \"$@\"\n");
        File.SetUnixFileMode(hx, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        // As readline does it: the words of the line, where the cursor is, and then the function that "complete -F" named.
        const string Complete = """
            PATH=$1:$PATH
            source <(hx completion bash) || exit 3
            COMP_LINE=$2 COMP_POINT=${#2}
            read -ra COMP_WORDS <<<"$2"
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            [[ $(complete -p hx) =~ -F\ ([a-z_]+) ]] || exit 4
            "${BASH_REMATCH[1]}"
            printf '%s\n' "${COMPREPLY[@]}" | sort -u
            """;

        string line = typed.Replace("DIR", directory.Path, StringComparison.Ordinal);
        string[] offered = (await ExternalProgram.RunAsync("bash", ["-c", Complete, "bash", directory.Path, line])).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries
        );

        Assert.Equal(expected.Split(' '), offered);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _hx hx")]
    [InlineData("zsh", "compdef _hx hx")]
    [InlineData("fish", "complete -c hx")]
    [InlineData("powershell", "Register-ArgumentCompleter -Native -CommandName hx")]
    public async Task Script_registers_itself_and_asks_hx(string shell, string registration)
    {
        StringWriter output = new(),
            error = new();
        Assert.Equal((0, ""), (await HxCommand.RunAsync(["completion", shell], output, error), error.ToString()));
        Assert.Contains(registration, output.ToString(), StringComparison.Ordinal);
        Assert.Contains("[suggest:", output.ToString(), StringComparison.Ordinal);
    }

    /// <summary>What cmd.exe users type for help is no word that a shell completes to.</summary>
    [Theory]
    [InlineData("hx ")]
    [InlineData("hx wire plan ")]
    public async Task Nothing_that_begins_with_a_slash_is_offered(string typed)
    {
        StringWriter output = new();
        await HxCommand.RunAsync([$"[suggest:{typed.Length}]", typed], output, new StringWriter());
        string[] offered = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("--help", offered);
        Assert.DoesNotContain(offered, word => word.StartsWith('/') || word == "-?");
    }

    [Fact]
    public async Task Every_command_has_help_that_ends_with_an_example_that_parses()
    {
        RootCommand root = HxCommand.CreateRoot();
        List<string> names = [];
        foreach (Command command in Under(root))
        {
            string name = ExampleHelpAction.NameOf(command),
                example = ExampleHelpAction.Examples[name];
            names.Add(name);
            StringWriter output = new(),
                error = new();
            Assert.Equal((0, ""), (await HxCommand.RunAsync([.. name.Split(' ').Skip(1), "--help"], output, error), error.ToString()));
            Assert.EndsWith($"Example:\n  {example}\n", output.ToString().TrimEnd() + "\n", StringComparison.Ordinal);
            Assert.NotEqual("", command.Description);
            Assert.All(
                command.Options.Cast<Symbol>().Concat(command.Arguments),
                symbol => Assert.False(string.IsNullOrEmpty(symbol.Description), $"{name} {symbol.Name}")
            );
            // The other one is bash's own syntax.
            if (example.StartsWith("hx ", StringComparison.Ordinal))
            {
                Assert.Empty(root.Parse(CommandLineWords.Of(example)[1..]).Errors);
            }
        }

        Assert.Equal(ExampleHelpAction.Examples.Keys.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<Command> Under(Command command) => command.Subcommands.SelectMany(Under).Prepend(command);
}
