using System.CommandLine;

namespace HxFunctions.Cli.Commands;

internal static class DemoCommand
{
    public static Command Create() => new("demo");
}
