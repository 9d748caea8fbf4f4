using System.IO.Compression;
using System.Xml.Linq;
using HxFunctions.Core.Telemetry;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>The package for .NET gateways: packed from what is built, and used by an app that has nothing else.</summary>
[Collection(PackagesCollection.Name)]
public sealed class AspNetCorePackageTests : IDisposable
{
    private readonly ThrowAwayDirectory _directory = new("hx-package-");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Package_is_all_that_an_app_needs()
    {
        FileInfo package = await DotnetCommand.PackAsync("HxFunctions.AspNetCore", _directory, In("packages"));
        Assert.Equal($"HxFunctions.AspNetCore.{ProductVersion.Text}.nupkg", package.Name);
        await AssertDescribedAsync(package.FullName);

        await DotnetCommand.UseAloneAsync(In("packages"), In("nuget.config"));
        await File.WriteAllTextAsync(
            In("app.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <UseAppHost>false</UseAppHost>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="HxFunctions.AspNetCore" Version="{ProductVersion.Text}" /></ItemGroup>
            </Project>
            """
        );
        await File.WriteAllTextAsync(
            In("Program.cs"),
            """
            var builder = WebApplication.CreateBuilder(args);
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Services.AddHxGuard(builder.Configuration.GetSection("HxGuard"));
            var app = builder.Build();
            app.UseHxGuard();
            app.MapGet("/", () => "backend");
            try
            {
                await app.StartAsync();
                using HttpClient client = new();
                Console.WriteLine("The guard is away: " + await client.GetStringAsync(app.Urls.First()));
            }
            catch (Exception e)
            {
                Console.WriteLine(e.GetType().Name + ": " + e.Message);
            }
            """
        );
        await DotnetCommand.RunAsync(_directory, "build", "app.csproj", "--output", In("out"));

        string app = Path.Combine(In("out"), "app.dll");
        Assert.Contains("OptionsValidationException: HxGuard: Url is missing", await RunAsync(app), StringComparison.Ordinal);
        Assert.Contains("503", await RunAsync(app, $"--HxGuard:Url=http://127.0.0.1:{FreePort.Next()}"), StringComparison.Ordinal);
    }

    private static async Task AssertDescribedAsync(string package)
    {
        await using ZipArchive archive = await ZipFile.OpenReadAsync(package);
        await using Stream stream = await archive.Entries.Single(e => e.Name == "HxFunctions.AspNetCore.nuspec").OpenAsync();
        XElement metadata = (await XElement.LoadAsync(stream, LoadOptions.None, CancellationToken.None)).Elements().First();
        string Value(string name) => metadata.Elements().Single(e => e.Name.LocalName == name).Value;
        Assert.Equal(("MIT", "README.md"), (Value("license"), Value("readme")));
        Assert.NotEqual("", Value("description"));
        await PackagePage.AssertLeadsSomewhereAsync(archive, metadata);
        // The framework alone: no package of ours or of others comes along.
        Assert.Equal(
            ["Microsoft.AspNetCore.App"],
            metadata.Descendants().Where(e => e.Name.LocalName == "frameworkReference").Select(e => e.Attribute("name")!.Value)
        );
        Assert.DoesNotContain(metadata.Descendants(), e => e.Name.LocalName == "dependency");
        Assert.Equal(
            ["README.md", "lib/net10.0/HxFunctions.AspNetCore.dll", "lib/net10.0/HxFunctions.AspNetCore.xml"],
            archive
                .Entries.Select(e => e.FullName)
                .Where(name => name == "README.md" || name.StartsWith("lib/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        );
    }

    private Task<string> RunAsync(params string[] arguments) => DotnetCommand.RunAsync(_directory, arguments);

    private string In(string name) => Path.Combine(_directory.Path, name);
}
