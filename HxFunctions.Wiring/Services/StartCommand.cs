namespace HxFunctions.Wiring.Services;

/// <summary>
/// The configuration in a command line whose arguments systemctl joins by spaces: <c>litellm --config PATH</c>, and with <c>-c</c> for the
/// same (LiteLLM's <c>proxy_cli.py</c>, 1.74.4 and 1.81.9).
/// </summary>
internal static class StartCommand
{
    private static readonly string[] ContainerTools = ["docker", "docker-compose", "podman", "podman-compose", "nerdctl"];

    /// <summary>The program that a command runs a container with; <see langword="null"/>: it runs none.</summary>
    public static string? ContainerTool(string command) => Array.Find(ContainerTools, Path.GetFileName(command.Split(' ')[0]).Equals);

    /// <summary>What stands behind the option, to the end of the command; <see langword="null"/>: it names no configuration.</summary>
    public static string? AfterConfigOption(string command)
    {
        string[] words = command.Split(' ');

        // A shell has a -c of its own, so that the short one counts behind LiteLLM's own name alone.
        int program = Array.FindIndex(words, word => Path.GetFileName(word) == "litellm");
        for (int i = 0; i < words.Length; i++)
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
}
