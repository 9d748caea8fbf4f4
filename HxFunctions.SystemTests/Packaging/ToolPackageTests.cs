using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using HxFunctions.Core.Telemetry;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Packaging;

/// <summary><c>hx</c> as a .NET tool: packed from what is built, installed from a folder, run.</summary>
[Collection(PackagesCollection.Name)]
public sealed class ToolPackageTests : IDisposable
{
    /// <summary>It has 25 MB: Garnet, for <c>hx demo</c>, and the Azure clients are most of it.</summary>
    private const long MaxPackageSize = 32 * 1024 * 1024;

    private readonly ThrowAwayDirectory _directory = new("hx-tool-");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Package_installs_without_a_registry_and_runs()
    {
        string packages = In("packages"),
            tools = In("tools");
        FileInfo package = await DotnetCommand.PackAsync("HxFunctions.Cli", _directory, packages);
        Assert.Equal($"HxFunctions.Tool.{ProductVersion.Text}.nupkg", package.Name);
        Assert.InRange(package.Length, 1, MaxPackageSize);
        await AssertDescribedAsync(package.FullName);

        await DotnetCommand.UseAloneAsync(packages, In("nuget.config"));
        await DotnetCommand.RunAsync(
            _directory,
            "tool",
            "install",
            "HxFunctions.Tool",
            "--version",
            ProductVersion.Text,
            "--tool-path",
            tools,
            "--configfile",
            In("nuget.config")
        );
        string hx = Path.Combine(tools, "hx");
        // From a clone the commit is known, from a downloaded archive it isn't.
        Assert.Matches(
            $@"\Ahx {Regex.Escape(ProductVersion.Text)}( \(commit [0-9a-f]{{12}}\))?\n\z",
            await ExternalProgram.RunAsync(hx, ["--version"])
        );
        Assert.Contains("--method", await ExternalProgram.RunAsync(hx, ["guard", "--help"]), StringComparison.Ordinal);
        // host.json and every assembly are at their places: the functions are found, and listed by what they guard.
        Assert.Contains("/key", await RunWithSettingsAsync(hx, "config"), StringComparison.Ordinal);
    }

    private static async Task AssertDescribedAsync(string package)
    {
        await using ZipArchive archive = await ZipFile.OpenReadAsync(package);
        await using Stream stream = await archive.Entries.Single(e => e.Name == "HxFunctions.Tool.nuspec").OpenAsync();
        XElement metadata = (await XElement.LoadAsync(stream, LoadOptions.None, CancellationToken.None)).Elements().First();
        string Value(string name) => metadata.Elements().Single(e => e.Name.LocalName == name).Value;
        Assert.Equal(("MIT", "README.md"), (Value("license"), Value("readme")));
        Assert.NotEqual("", Value("description"));
        await PackagePage.AssertLeadsSomewhereAsync(archive, metadata);
        Assert.Contains(archive.Entries, e => e.Name == "host.json");
        Assert.DoesNotContain(archive.Entries, e => e.Name == "local.settings.json");
    }

    private async Task<string> RunWithSettingsAsync(string hx, string command)
    {
        ProcessStartInfo info = ExternalProgram.StartInfo(hx, [command], user: null);
        info.WorkingDirectory = _directory.Path;
        info.Environment["PG_URL"] = "postgresql://localhost/x";
        info.Environment["REDIS_URL"] = "redis://localhost";
        return await DotnetCommand.EndAsync(info);
    }

    private string In(string name) => Path.Combine(_directory.Path, name);
}
