using System.Text.Json;
using System.Text.RegularExpressions;
using HxFunctions.Core.Telemetry;
using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>The bill of materials of <c>hx</c> (CycloneDX), by the command of the release workflow.</summary>
[Collection(PackagesCollection.Name)]
public sealed partial class BillOfMaterialsTests : IDisposable
{
    private readonly ThrowAwayDirectory _directory = new("hx-sbom-");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_locked_package_of_hx_is_in_it_with_its_version()
    {
        string workflow = await File.ReadAllTextAsync(Path.Combine(Repository.Root, ".github", "workflows", "release.yml"));
        string[] command = Command()
            .Match(workflow)
            .Groups[1]
            .Value.Replace("\"$VERSION\"", ProductVersion.Text, StringComparison.Ordinal)
            .Replace("--output release", $"--output {_directory.Path}", StringComparison.Ordinal)
            .Split(' ');
        System.Diagnostics.ProcessStartInfo restore = DotnetCommand.Info(_directory, ["tool", "restore"]),
            run = DotnetCommand.Info(_directory, command);
        foreach (System.Diagnostics.ProcessStartInfo info in new[] { restore, run })
        {
            info.WorkingDirectory = Repository.Root;
            info.Environment.Remove("NUGET_PACKAGES");
            await DotnetCommand.EndAsync(info);
        }

        using JsonDocument bill = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_directory.Path, "hx.cdx.json")));
        Assert.Equal("CycloneDX", bill.RootElement.GetProperty("bomFormat").GetString());
        Assert.Equal(
            ProductVersion.Text,
            bill.RootElement.GetProperty("metadata").GetProperty("component").GetProperty("version").GetString()
        );
        HashSet<string> listed = [.. bill.RootElement.GetProperty("components").EnumerateArray().Select(NameAndVersion)];
        using JsonDocument locks = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(Repository.Root, "HxFunctions.Cli", "packages.lock.json"))
        );
        string[] locked =
        [
            .. locks
                .RootElement.GetProperty("dependencies")
                .GetProperty("net10.0")
                .EnumerateObject()
                .Where(package => package.Value.TryGetProperty("resolved", out _))
                .Select(package => $"{package.Name} {package.Value.GetProperty("resolved").GetString()}"),
        ];
        Assert.True(locked.Length > 30, $"{locked.Length} packages");
        Assert.All(locked, package => Assert.Contains(package, listed));
    }

    private static string NameAndVersion(JsonElement component) =>
        $"{component.GetProperty("name").GetString()} {component.GetProperty("version").GetString()}";

    [GeneratedRegex(@"^ *dotnet (CycloneDX .*)$", RegexOptions.Multiline)]
    private static partial Regex Command();
}
