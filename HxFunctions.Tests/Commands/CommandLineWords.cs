using System.Text.RegularExpressions;

namespace HxFunctions.Tests.Commands;

/// <summary>Splits a command line as a shell does, as far as documentation needs it: spaces and quotes.</summary>
internal static partial class CommandLineWords
{
    public static string[] Of(string line) => [.. Word().Matches(line).Select(word => word.Value.Trim('\'', '"'))];

    [GeneratedRegex("""'[^']*'|"[^"]*"|[^\s'"]+""", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
