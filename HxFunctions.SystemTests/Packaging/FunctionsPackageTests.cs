using System.Reflection.PortableExecutable;
using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Worker;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>What azd uploads: looked into, and run.</summary>
[Collection(PackagesCollection.Name)]
public sealed class FunctionsPackageTests(FunctionsPackage package) : IClassFixture<FunctionsPackage>
{
    /// <summary>It has 11.6 MB, of which the drivers, Azure's clients and OpenTelemetry are most.</summary>
    private const long MaxSize = 16 * 1024 * 1024;

    /// <summary>The machine of code compiled ahead for Linux on x64: AMD64, with the runtime's mark of Linux.</summary>
    /// <remarks>https://github.com/dotnet/runtime/blob/main/docs/design/coreclr/botr/readytorun-format.md</remarks>
    private const int LinuxX64 = (int)Machine.Amd64 ^ 0x7B79;

    [Fact]
    public void Package_has_what_the_host_reads_and_nothing_of_the_developers()
    {
        Assert.InRange(package.Zip.Length, 1, MaxSize);
        string[] needed =
        [
            ".azurefunctions/Microsoft.Azure.WebJobs.Extensions.FunctionMetadataLoader.dll",
            ".azurefunctions/function.deps.json",
            "HxFunctions.deps.json",
            "HxFunctions.dll",
            "HxFunctions.runtimeconfig.json",
            "extensions.json",
            "functions.metadata",
            "host.json",
            "worker.config.json",
        ];
        Assert.Empty(needed.Except(package.Files));
        // Symbols of our own code, so that an exception names its line, and those that the Functions SDK makes.
        Assert.Equal(
            [".azurefunctions/Microsoft.Azure.Functions.Worker.Extensions.pdb", "HxFunctions.Core.pdb", "HxFunctions.pdb"],
            package.Files.Where(file => Path.GetExtension(file) == ".pdb")
        );
        // Settings, sources, documentation, other machines' files: whatever else there may be one day is looked at by someone first.
        Assert.Equal(["HxFunctions"], package.Files.Except(needed).Where(file => Path.GetExtension(file) is not (".dll" or ".pdb")));
        Assert.DoesNotContain(package.Files, file => file.StartsWith("runtimes/", StringComparison.Ordinal));
    }

    [Fact]
    public void Host_settings_are_those_of_the_repository()
    {
        using JsonDocument host = JsonDocument.Parse(File.ReadAllText(Path.Combine(package.Folder, "host.json")));
        Assert.Equal("OpenTelemetry", host.RootElement.GetProperty("telemetryMode").GetString());
        Assert.Equal("", host.RootElement.GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString());
        using JsonDocument worker = JsonDocument.Parse(File.ReadAllText(Path.Combine(package.Folder, "worker.config.json")));
        Assert.Equal("HxFunctions.dll", worker.RootElement.GetProperty("description").GetProperty("defaultWorkerPath").GetString());
    }

    /// <summary>A new instance answers sooner for it. Azure.Identity.dll has no code: its types have moved to Azure.Core.</summary>
    [Fact]
    public void Every_assembly_of_the_worker_is_compiled_ahead_for_Linux_on_x64()
    {
        string[] assemblies = [.. package.Files.Where(file => Path.GetExtension(file) == ".dll" && Path.GetDirectoryName(file) == "")];
        Assert.Contains("HxFunctions.Core.dll", assemblies);
        Assert.Equal(["Azure.Identity.dll"], assemblies.Where(file => !IsCompiledAhead(Path.Combine(package.Folder, file))));
    }

    [Fact]
    public async Task Unpacked_package_runs_and_its_functions_answer()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await PlayedHost.StartAsync(WorkerSettings.With(qdrant), package.Folder);
        using JsonDocument built = JsonDocument.Parse(File.ReadAllText(Path.Combine(package.Folder, "functions.metadata")));
        Assert.Equal(
            built.RootElement.EnumerateArray().Select(function => function.GetProperty("name").GetString()!).Order(StringComparer.Ordinal),
            host.Functions.Select(function => function.Name)
        );

        WorkerFunction timer = host.Functions.Single(function => function.Trigger == "timerTrigger");
        Assert.Equal(Worker.Protocol.StatusResult.Types.Status.Success, (await host.FireAsync(timer)).Status);
        await host.UntilAsync("/healthz/ready", 200);
        await host.UntilAsync("/guard?path=/v1/keys", 200);
        await qdrant.StopAsync();
        Assert.Contains("qdrant", (await host.UntilAsync("/guard?path=/v1/keys", 503)).Body, StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsCompiledAhead(string file)
    {
        using PEReader reader = new(File.OpenRead(file));
        return (int)reader.PEHeaders.CoffHeader.Machine == LinuxX64 && reader.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0;
    }
}
