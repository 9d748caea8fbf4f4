using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;
using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>A package says which commit it is of, its symbols lead to the sources there, and two builds of one commit are the same
/// bytes. Built as the release workflow does, in checkouts of a made-up repository.</summary>
[Collection(PackagesCollection.Name)]
public sealed class PackageSourceTests : IDisposable
{
    private const string Project = "HxFunctions.AspNetCore";

    /// <summary>The source-link document: https://github.com/dotnet/designs/blob/main/accepted/2020/diagnostics/source-link.md.</summary>
    private static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    private readonly ThrowAwayDirectory _directory = new("hx-source-");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Two_builds_of_a_commit_are_alike_and_lead_to_its_sources()
    {
        await MakeCheckoutAsync(In("one"));
        string commit = (await GitAsync(In("one"), "rev-parse", "HEAD")).Trim();
        await ExternalProgram.RunAsync("cp", ["-r", In("one"), In("another")]);

        (byte[] library, byte[] symbols) = await PackAsync("one");
        (byte[] again, _) = await PackAsync("another");

        Assert.Equal(library, again);
        using MemoryStream stream = new(symbols);
        using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(stream);
        MetadataReader reader = provider.GetMetadataReader();
        CustomDebugInformation link = reader
            .CustomDebugInformation.Select(reader.GetCustomDebugInformation)
            .Single(information => reader.GetGuid(information.Kind) == SourceLink);
        Assert.Contains(
            $"https://raw.githubusercontent.com/example/hxfunctions/{commit}/*",
            Encoding.UTF8.GetString(reader.GetBlobBytes(link.Value)),
            StringComparison.Ordinal
        );
    }

    private async Task MakeCheckoutAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        string[] files =
        [
            "Directory.Build.props",
            "Directory.Build.targets",
            "Directory.Packages.props",
            ".editorconfig",
            ".gitignore",
            "global.json",
            "packaging",
            Project,
        ];
        foreach (string file in files)
        {
            await ExternalProgram.RunAsync("cp", ["-r", Path.Combine(Repository.Root, file), folder]);
        }

        foreach (string built in new[] { "bin", "obj" })
        {
            Directory.Delete(Path.Combine(folder, Project, built), recursive: true);
        }

        await GitAsync(folder, "init", "--quiet");
        await GitAsync(folder, "remote", "add", "origin", "https://github.com/example/hxfunctions");
        await GitAsync(folder, "add", ".");
        await GitAsync(folder, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "--quiet", "--message", "x");
    }

    private static Task<string> GitAsync(string folder, params string[] arguments) =>
        ExternalProgram.RunAsync("git", ["-C", folder, .. arguments]);

    private async Task<(byte[] Library, byte[] Symbols)> PackAsync(string checkout)
    {
        string packages = In($"{checkout}-packages");
        await DotnetCommand.RunAsync(
            _directory,
            "pack",
            Path.Combine(In(checkout), Project),
            "--output",
            packages,
            "-p:ContinuousIntegrationBuild=true"
        );
        return (
            await ReadAsync(Directory.GetFiles(packages, "*.nupkg").Single(), $"{Project}.dll"),
            await ReadAsync(Directory.GetFiles(packages, "*.snupkg").Single(), $"{Project}.pdb")
        );
    }

    private static async Task<byte[]> ReadAsync(string package, string name)
    {
        await using ZipArchive archive = await ZipFile.OpenReadAsync(package);
        await using Stream stream = await archive.Entries.Single(entry => entry.Name == name).OpenAsync();
        using MemoryStream bytes = new();
        await stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private string In(string name) => Path.Combine(_directory.Path, name);
}
