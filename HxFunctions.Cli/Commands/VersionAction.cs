using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx --version</c>: the version, and the commit that it was built from, where that is known.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    private const int ShownLength = 12;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        string version =
            typeof(VersionAction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        parseResult.InvocationConfiguration.Output.WriteLine(Text(version));
        return ExitCode.Ok;
    }

    /// <param name="informational">As the SDK writes it: <c>1.2.0+COMMIT</c>.</param>
    internal static string Text(string informational)
    {
        string[] parts = informational.Split('+', 2);
        return parts is [var version, { Length: > 0 } commit]
            ? $"hx {version} (commit {commit[..Math.Min(ShownLength, commit.Length)]})"
            : $"hx {parts[0]}";
    }
}
