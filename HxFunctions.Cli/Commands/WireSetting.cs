using System.Globalization;
using HxFunctions.Wiring;
using HxFunctions.Wiring.Yaml;
using YamlDotNet.Core;

namespace HxFunctions.Cli.Commands;

/// <summary>The text of <c>hx wire --set</c>: path=value.</summary>
internal static class WireSetting
{
    /// <summary>A value is a switch or a number when it reads like one; in quotes it is text.</summary>
    /// <exception cref="WireRefusedException">No path, a path into a list, or a value that reads like null, a list or a map.</exception>
    public static YamlSetting Parse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1 || !YamlPath.TryParse(text[..equals], out YamlPath? path))
        {
            throw new WireRefusedException("--set must be path=value, e.g. router_settings.num_retries=2");
        }

        if (path.Keys.Any(key => key.All(char.IsAsciiDigit)))
        {
            throw new WireRefusedException("--set names a list entry by its number, but lists can't be edited: edit the file by hand");
        }

        string value = text[(equals + 1)..];
        if (value is ['"', .., '"'] or ['\'', .., '\''])
        {
            return new(path, YamlScalar.String(value[1..^1]));
        }

        if (value is "true" or "false")
        {
            return new(path, YamlScalar.Boolean(value == "true"));
        }

        if (
            long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            && number.ToString(CultureInfo.InvariantCulture) == value
        )
        {
            return new(path, YamlScalar.Integer(number));
        }

        // Not those to the base of 60, nor .inf: whoever writes 1:30.5 means text.
        YamlValueKind kind = YamlResolver.Resolve(value, ScalarStyle.Plain, "");
        if (kind is YamlValueKind.Float && value.All(c => char.IsAsciiDigit(c) || c is '.' or '+' or '-' or 'e' or 'E'))
        {
            return new(path, YamlScalar.Float(value));
        }

        if ((kind is YamlValueKind.Null && value.Length > 0) || value.TrimStart() is ['[' or '{', ..])
        {
            throw new WireRefusedException(
                $"--set {path} has a value that looks like null, a list or a map, which can't be set: for text, put it in "
                    + $"quotes, e.g. --set '{path}=\"...\"'"
            );
        }

        return new(path, YamlScalar.String(value));
    }
}
