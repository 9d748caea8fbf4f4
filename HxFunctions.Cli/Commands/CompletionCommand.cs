using System.CommandLine;

namespace HxFunctions.Cli.Commands;

/// <summary>
/// <c>hx completion</c>: prints a shell's completion script. The scripts ask hx itself, by System.CommandLine's directive
/// <c>[suggest:POSITION]</c>, so that they never lag behind it. Shells that give the whole line begin it with however hx was called; the
/// directive wants the plain name.
/// </summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # hx: completion for bash. Goes into ~/.bashrc as: source <(hx completion bash)
        _hx() {
          local typed=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} IFS=$'\n'
          local line="hx${COMP_LINE:${#typed}}" point=$((COMP_POINT - ${#typed} + 2))
          COMPREPLY=($(compgen -W "$("$typed" "[suggest:$point]" "$line" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _hx hx
        """;

    private const string Zsh = """
        #compdef hx
        # hx: completion for zsh. Goes into ~/.zshrc, after compinit, as: source <(hx completion zsh)
        _hx() {
          local line="hx${BUFFER:${#words[1]}}"
          local -a answers
          answers=("${(@f)$("${words[1]}" "[suggest:$((CURSOR - ${#words[1]} + 2))]" "$line" 2>/dev/null)}")
          if (( ${#answers:#} )); then compadd -- "${answers[@]}"; else _files; fi
        }
        compdef _hx hx
        """;

    private const string Fish = """
        # hx: completion for fish. Goes into ~/.config/fish/config.fish as: hx completion fish | source
        function __hx_complete
          set -l line (commandline -cp)
          hx "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c hx -a '(__hx_complete)'
        """;

    // The text of the command line so far is the parser's; the name that hx was called by is replaced, as above.
    private const string PowerShell = """
        # hx: completion for PowerShell. Goes into $PROFILE as: hx completion powershell | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName hx -ScriptBlock {
          param($word, $ast, $cursor)
          $typed = $ast.CommandElements[0].Extent.Text
          $line = 'hx' + $ast.Extent.Text.Substring($typed.Length)
          $point = $cursor - $ast.Extent.StartOffset - $typed.Length + 2
          & $typed "[suggest:$point]" $line.PadRight($point) 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
          }
        }
        """;

    public static Command Create()
    {
        Argument<string> shell = new("shell") { Description = "bash, zsh, fish or powershell." };
        shell.AcceptChoices("bash", "zsh", "fish", "powershell");
        Command command = new("completion", "Print a script that completes hx's commands and options in a shell.") { shell };
        command.SetAction(parsed =>
            parsed.InvocationConfiguration.Output.WriteLine(
                parsed.GetValue(shell) switch
                {
                    "bash" => Bash,
                    "zsh" => Zsh,
                    "powershell" => PowerShell,
                    _ => Fish,
                }
            )
        );
        return command;
    }
}
