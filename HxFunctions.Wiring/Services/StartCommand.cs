using System.Text.RegularExpressions;

namespace HxFunctions.Wiring.Services;

/// <summary>
/// What a unit's command line starts, as systemctl shows it: the arguments joined by spaces, without quotes. Programs that only run another
/// one are looked through, and the script of <c>sh -c</c>, too.
/// </summary>
internal static partial class StartCommand
{
    private static readonly string[] ContainerTools = ["docker", "docker-compose", "podman", "podman-compose", "nerdctl"];

    private static readonly string[] Shells = ["sh", "bash", "dash", "ash", "ksh", "zsh"];

    /// <summary>Programs whose last arguments are a command. Of their options those that a value follows: letters, and long ones.</summary>
    private static readonly Dictionary<string, (string Letters, string[] Long)> Runners = new(StringComparer.Ordinal)
    {
        ["env"] = ("uC", ["--unset", "--chdir"]),
        ["sudo"] = (
            "aCcDghpRrTtUu",
            [
                "--user",
                "--group",
                "--host",
                "--prompt",
                "--chdir",
                "--chroot",
                "--role",
                "--type",
                "--other-user",
                "--close-from",
                "--command-timeout",
                "--auth-type",
                "--login-class",
            ]
        ),
        ["exec"] = ("a", []),
        ["nohup"] = ("", []),
        ["setsid"] = ("", []),
        ["nice"] = ("n", ["--adjustment"]),
        ["dumb-init"] = ("r", ["--rewrite"]),
        ["tini"] = ("pe", []),
    };

    /// <summary>The program that a command runs a container with; <see langword="null"/>: it runs none, or several commands.</summary>
    public static string? ContainerTool(string command) => CommandsOf(command) is [{ } only] ? only.ContainerTool : null;

    /// <summary>The same in a script of several commands, none of which is LiteLLM: which one runs LiteLLM isn't known.</summary>
    public static string? PossibleContainerTool(string command) =>
        CommandsOf(command) is { Count: > 1 } several && !several.Exists(one => one.IsLiteLlm)
            ? several.Find(one => one.ContainerTool is not null)?.ContainerTool
            : null;

    /// <summary>What takes systemd's variables away before LiteLLM, or the program that runs its container, gets them: <c>sudo</c>,
    /// <c>env -i</c>; <see langword="null"/>: nothing that is known here.</summary>
    public static string? ClearsEnvironment(string command)
    {
        List<SimpleCommand> all = CommandsOf(command);
        return (all.Find(one => one.IsLiteLlm) ?? all.Find(one => one.ContainerTool is not null))?.ClearedBy;
    }

    /// <summary>
    /// What stands behind <c>--config</c>, or <c>-c</c> for the same (LiteLLM's <c>proxy_cli.py</c>, 1.74.4 and 1.81.9), to the end of the
    /// command. The last one counts, as for LiteLLM. <see langword="null"/>: it names no configuration.
    /// </summary>
    public static string? AfterConfigOption(string command)
    {
        List<SimpleCommand> all = CommandsOf(command);
        return all.Find(one => one.IsLiteLlm) is { } litellm
            ? AfterConfigOption(litellm.Words)
            : all.Select(one => AfterConfigOption(one.Words)).LastOrDefault(after => after is not null);
    }

    private static string? AfterConfigOption(string[] words)
    {
        // Other programs have a -c of their own, so that the short one counts behind LiteLLM's own name alone.
        int program = Array.FindIndex(words, word => NameOf(word) == "litellm");
        for (int i = words.Length - 1; i >= 0; i--)
        {
            bool isShort = program >= 0 && i > program && words[i] == "-c";
            if (words[i] == "--config" || isShort)
            {
                return i + 1 < words.Length ? string.Join(' ', words[(i + 1)..]) : null;
            }

            if (words[i].StartsWith("--config=", StringComparison.Ordinal))
            {
                return string.Join(' ', words[i..])["--config=".Length..];
            }
        }

        return null;
    }

    /// <summary>Whether a text begins with this path, as an argument of its own: a path may hold spaces.</summary>
    public static bool BeginsWith(string text, string path) =>
        text.StartsWith(path, StringComparison.Ordinal) && (text.Length == path.Length || text[path.Length] == ' ');

    private static List<SimpleCommand> CommandsOf(string command) => [.. CommandsOf(command.Split(' '), clearedBy: null)];

    private static IEnumerable<SimpleCommand> CommandsOf(string[] words, string? clearedBy)
    {
        int i = 0;
        while (i < words.Length)
        {
            string name = NameOf(words[i]);
            if (words[i].Length == 0 || Assignment().IsMatch(words[i]))
            {
                i++;
            }
            else if (Runners.TryGetValue(name, out (string Letters, string[] Long) valued))
            {
                int after = AfterOptions(words, i + 1, valued.Letters, valued.Long);
                clearedBy ??= Clears(name, words[(i + 1)..after]) ? (name == "env" ? "env -i" : name) : null;
                i = after;
            }
            else if (Shells.Contains(name) && ScriptAt(words, i + 1) is { } script)
            {
                return Separator().Split(string.Join(' ', words[script..])).SelectMany(one => CommandsOf(one.Trim().Split(' '), clearedBy));
            }
            else
            {
                return [new(words[i..], clearedBy)];
            }
        }

        return [];
    }

    private static int AfterOptions(string[] words, int from, string letters, string[] longOptions)
    {
        int i = from;
        while (i < words.Length && words[i].StartsWith('-'))
        {
            string option = words[i++];
            if (option == "--")
            {
                break;
            }

            // Letters may stand together, and a value may follow at once: -u root, -uroot, -Hu root.
            bool isLong = option.StartsWith("--", StringComparison.Ordinal);
            if (isLong ? longOptions.Contains(option) : option.AsSpan(1).IndexOfAny(letters) is >= 0 and var at && at == option.Length - 2)
            {
                i++;
            }
        }

        return Math.Min(i, words.Length);
    }

    /// <summary>sudo keeps few variables unless it is told to (env_reset in sudoers(5)).</summary>
    private static bool Clears(string runner, string[] options) =>
        runner switch
        {
            "sudo" => !options.Any(option =>
                HasLetter(option, 'E', Runners["sudo"].Letters) || option.StartsWith("--preserve-env", StringComparison.Ordinal)
            ),
            "env" => options.Any(option => option is "-" or "--ignore-environment" || HasLetter(option, 'i', Runners["env"].Letters)),
            _ => false,
        };

    /// <summary>Whether a letter is among an option's, in front of the first that takes the rest as its value: -nE, -Eu root.</summary>
    private static bool HasLetter(string option, char letter, string valued) =>
        option.StartsWith('-')
        && !option.StartsWith("--", StringComparison.Ordinal)
        && option.AsSpan(1).IndexOf(letter) is >= 0 and var at
        && (option.AsSpan(1).IndexOfAny(valued) is var value && (value < 0 || at < value));

    /// <returns>Where the script of <c>sh -c</c> begins; <see langword="null"/>: the shell runs a file.</returns>
    private static int? ScriptAt(string[] words, int from)
    {
        for (int i = from; i < words.Length && words[i].StartsWith('-'); i++)
        {
            if (words[i].StartsWith("--", StringComparison.Ordinal))
            {
                continue;
            }

            if (words[i].Contains('c', StringComparison.Ordinal))
            {
                return i + 1;
            }

            // -o pipefail
            i += words[i].EndsWith('o') ? 1 : 0;
        }

        return null;
    }

    private static string NameOf(string word) => Path.GetFileName(word.Trim('"', '\''));

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*=", RegexOptions.CultureInvariant)]
    private static partial Regex Assignment();

    /// <summary>Between two commands, and no part of <c>2&gt;&amp;1</c> or <c>&amp;&gt;</c>.</summary>
    [GeneratedRegex("(?<![<>])[;&|\n]+(?!>)", RegexOptions.CultureInvariant)]
    private static partial Regex Separator();

    /// <param name="Words">From the program on.</param>
    /// <param name="ClearedBy">See <see cref="ClearsEnvironment"/>.</param>
    private sealed record SimpleCommand(string[] Words, string? ClearedBy)
    {
        public string? ContainerTool => Array.Find(ContainerTools, NameOf(Words[0]).Equals);

        /// <summary>Its own program, or its package as a module of Python's: <c>python -m litellm.proxy.proxy_cli</c>.</summary>
        public bool IsLiteLlm =>
            NameOf(Words[0]) is var program
            && (
                program == "litellm"
                || (
                    program.StartsWith("python", StringComparison.Ordinal)
                    && Array.IndexOf(Words, "-m") is > 0 and var option
                    && option + 1 < Words.Length
                    && Words[option + 1].Split('.')[0] == "litellm"
                )
            );
    }
}
