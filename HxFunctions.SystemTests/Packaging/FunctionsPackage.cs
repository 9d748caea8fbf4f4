using System.IO.Compression;
using System.Text.RegularExpressions;
using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>
/// The package of HxFunctions that azd uploads, made as azd makes it: <c>dotnet publish PROJECT -c Release --output FOLDER</c>
/// (pkg/tools/dotnet/dotnet.go), and a zip of that folder without what <c>.funcignore</c> in it names, that file itself,
/// <c>local.settings.json</c> and <c>.azure</c> (pkg/project/project_utils.go).
/// </summary>
/// <remarks>Read at https://github.com/Azure/azure-dev/tree/ae35809f496491989273d0edefdeb70f245f399b/cli/azd. What lies between source and
/// output is put elsewhere than azd would, so that nothing changes under the other tests.</remarks>
public sealed class FunctionsPackage : IAsyncLifetime
{
    private const string IgnoreFile = ".funcignore";

    private readonly ThrowAwayDirectory _directory = new("hx-azd-");

    /// <summary>The zip.</summary>
    public FileInfo Zip => new(In("package.zip"));

    /// <summary>Where it is unpacked.</summary>
    public string Folder => In("unpacked");

    /// <summary>The files in it, by their paths.</summary>
    public IReadOnlyList<string> Files =>
        [
            .. Directory
                .EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Folder, file))
                .Order(StringComparer.Ordinal),
        ];

    public async Task InitializeAsync()
    {
        string output = In("output");
        await DotnetCommand.RunAsync(
            _directory,
            "publish",
            Path.Combine(Repository.Root, "HxFunctions", "HxFunctions.csproj"),
            "-c",
            "Release",
            "--output",
            output,
            "--artifacts-path",
            In("artifacts")
        );
        // A developer may have one. The project leaves it out, and so would azd.
        await File.WriteAllTextAsync(Path.Combine(output, "local.settings.json"), "{}");
        await CompressAsync(output);
        await ZipFile.ExtractToDirectoryAsync(Zip.FullName, Folder);
    }

    public Task DisposeAsync()
    {
        _directory.Dispose();
        return Task.CompletedTask;
    }

    private async Task CompressAsync(string output)
    {
        Regex[] ignored = await IgnoredAsync(Path.Combine(output, IgnoreFile));
        await using ZipArchive zip = await ZipFile.OpenAsync(Zip.FullName, ZipArchiveMode.Create);
        foreach (string file in Directory.EnumerateFiles(output, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetFileName(file);
            if (name is not (IgnoreFile or "local.settings.json") && !ignored.Any(pattern => pattern.IsMatch(name)))
            {
                await zip.CreateEntryFromFileAsync(file, Path.GetRelativePath(output, file).Replace('\\', '/'));
            }
        }
    }

    /// <summary>Lines without a slash, with stars: what is understood here of the syntax of gitignore, and all that the file
    /// uses.</summary>
    private static async Task<Regex[]> IgnoredAsync(string file)
    {
        string[] lines = [.. (await File.ReadAllLinesAsync(file)).Where(line => line.Length > 0 && line[0] != '#')];
        Assert.All(lines, line => Assert.Matches(@"^[\w.*-]+$", line));
        return [.. lines.Select(line => new Regex($"^{Regex.Escape(line).Replace(@"\*", ".*", StringComparison.Ordinal)}$"))];
    }

    private string In(string name) => Path.Combine(_directory.Path, name);
}
