using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>The folder of the native build: where <c>HX_PROGRAM</c> is, or published here, which takes some minutes. Warnings of the
/// compiler are errors.</summary>
public sealed class NativeBuild : IAsyncLifetime
{
    private readonly ThrowAwayDirectory _directory = new("hx-native-");

    public string Folder { get; private set; } = "";

    public string Program => Path.Combine(Folder, "hx");

    public async Task InitializeAsync()
    {
        if (HxProgram.Command is [var program])
        {
            Folder = Path.GetDirectoryName(program)!;
            return;
        }

        Folder = Path.Combine(_directory.Path, "output");
        await DotnetCommand.RunAsync(
            _directory,
            "publish",
            Path.Combine(Repository.Root, "HxFunctions.Cli", "HxFunctions.Cli.csproj"),
            "-c",
            "Release",
            "-p:PublishAot=true",
            "--output",
            Folder,
            "--artifacts-path",
            Path.Combine(_directory.Path, "artifacts")
        );
    }

    public Task DisposeAsync()
    {
        _directory.Dispose();
        return Task.CompletedTask;
    }
}
