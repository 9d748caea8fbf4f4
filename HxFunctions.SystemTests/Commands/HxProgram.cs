namespace HxFunctions.SystemTests.Commands;

/// <summary>The <c>hx</c> that tests start as a process: the one that is built with them, or with <c>HX_PROGRAM</c> another, such as the
/// native build (<c>eng/test</c> does both).</summary>
internal static class HxProgram
{
    /// <summary>The trait of what <c>eng/test</c> runs against the native build as well.</summary>
    public const string Trait = "Program";

    /// <summary>Runs against any build: the core of what a user does.</summary>
    public const string Any = "any";

    /// <summary>About the native build itself.</summary>
    public const string Native = "native";

    private const string Variable = "HX_PROGRAM";

    /// <summary>Its path, and before it what runs it, if anything.</summary>
    public static IReadOnlyList<string> Command { get; } = Another() is { } path ? [path] : [Dotnet(), Assembly];

    /// <summary>The command as a shell has it.</summary>
    public static string CommandLine => string.Join(' ', Command.Select(word => $"'{word}'"));

    /// <summary>The assembly that is built with the tests.</summary>
    public static string Assembly => Path.Combine(AppContext.BaseDirectory, "hx.dll");

    /// <summary>The one that runs the tests, when it is the SDK's; a test host of its own is not.</summary>
    public static string Dotnet() =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    private static string? Another()
    {
        string? path = Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrEmpty(path) ? null
            : File.Exists(path) ? Path.GetFullPath(path)
            : throw new InvalidOperationException($"{Variable} is no file: {path}");
    }
}
