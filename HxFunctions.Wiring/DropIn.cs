using System.Text;
using HxFunctions.Wiring.Services;

namespace HxFunctions.Wiring;

/// <summary>The drop-in of LiteLLM's unit: <c>LITELLM_CONFIG</c>, and the environment file.</summary>
internal static class DropIn
{
    public const string FileName = "50-hx-wire.conf";

    /// <summary>Its text.</summary>
    /// <param name="config">The configuration's path.</param>
    /// <param name="environmentFile">The path of LiteLLM's environment file; <see langword="null"/>: none.</param>
    /// <exception cref="WireRefusedException">A path that no unit file can hold.</exception>
    public static string Text(string config, string? environmentFile)
    {
        StringBuilder text = new();
        text.Append("# Written by hx wire, which replaces what is changed here.\n[Service]\n");
        text.Append("Environment=").Append(Quote($"LITELLM_CONFIG={Checked(config)}")).Append('\n');

        if (environmentFile is not null)
        {
            text.Append("EnvironmentFile=").Append(EnvironmentFile(Checked(environmentFile))).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The value of <c>EnvironmentFile=</c> for a path. The whole rest of the line is the path, so that quotes would be part of
    /// it; and it is a wildcard expression (systemd.exec(5)).</summary>
    public static string EnvironmentFile(string path) => GlobPattern.Literal(path).Replace("%", "%%", StringComparison.Ordinal);

    /// <summary>systemd.syntax(7), "Quoting", and systemd.unit(5), "Specifiers": backslashes and quotes are escaped, percent signs
    /// doubled.</summary>
    private static string Quote(string text) =>
        "\""
        + text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("%", "%%", StringComparison.Ordinal)
        + "\"";

    private static string Checked(string path)
    {
        if (path.Any(char.IsControl) || path.EndsWith('\\') || path != path.Trim())
        {
            throw new WireRefusedException(
                "a path has control characters, or ends with a space or a backslash, which a unit file can't contain: choose another path"
            );
        }

        return path;
    }
}
