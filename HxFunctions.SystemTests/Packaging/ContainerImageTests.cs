using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>The image that the release workflow makes with <c>dotnet publish -t:PublishContainer</c>: as MSBuild sees it, held against the
/// Dockerfile. No registry is reached here, so that no image is made.</summary>
public sealed class ContainerImageTests : IDisposable
{
    private static readonly string[] Dockerfile = File.ReadAllLines(Path.Combine(Repository.Root, "containers", "Dockerfile"));

    private readonly ThrowAwayDirectory _directory = new("hx-image-");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Image_is_the_one_of_the_Dockerfile()
    {
        JsonElement evaluated = await EvaluateAsync();
        string Property(string name) => evaluated.GetProperty("Properties").GetProperty(name).GetString()!;
        string[] Items(string name) =>
            [
                .. evaluated
                    .GetProperty("Items")
                    .GetProperty(name)
                    .EnumerateArray()
                    .Select(item => item.GetProperty("Identity").GetString()!),
            ];

        Assert.Equal(Last("USER"), Property("ContainerUser"));
        Assert.Equal(Last("WORKDIR"), Property("ContainerWorkingDirectory"));
        Assert.Equal("Entrypoint", Property("ContainerAppCommandInstruction"));
        Assert.Equal(JsonSerializer.Deserialize<string[]>(Last("ENTRYPOINT")), Items("ContainerAppCommand"));
        Assert.Equal(JsonSerializer.Deserialize<string[]>(Last("CMD")), Items("ContainerDefaultArgs"));
        Assert.Equal([Last("EXPOSE")], Items("ContainerPort"));
        Assert.Equal(
            Last("ENV").Split(' ').Order(),
            evaluated
                .GetProperty("Items")
                .GetProperty("ContainerEnvironmentVariable")
                .EnumerateArray()
                .Select(item => $"{item.GetProperty("Identity").GetString()}={item.GetProperty("Value").GetString()}")
                .Order()
        );
    }

    /// <summary>The labels that the SDK writes come from these:
    /// https://github.com/opencontainers/image-spec/blob/main/annotations.md.</summary>
    [Fact]
    public async Task Labels_have_their_values()
    {
        JsonElement properties = (await EvaluateAsync()).GetProperty("Properties");
        string[] names =
        [
            "ContainerTitle",
            "ContainerLicenseExpression",
            "ContainerVendor",
            "ContainerInformationUrl",
            "ContainerDocumentationUrl",
        ];
        Assert.All(names, name => Assert.NotEqual("", properties.GetProperty(name).GetString()));
        // Without it the SDK writes neither the source nor the revision.
        Assert.Equal("true", properties.GetProperty("PublishRepositoryUrl").GetString());
    }

    [Fact]
    public void Workflow_takes_the_base_image_of_the_Dockerfile_by_its_digest()
    {
        string workflow = File.ReadAllText(Path.Combine(Repository.Root, ".github", "workflows", "release.yml"));
        string[] image = Last("FROM").Split(':');
        Assert.Contains($"base={image[0]}\n", workflow, StringComparison.Ordinal);
        Assert.Contains($"\"docker://$base:{image[1]}\"", workflow, StringComparison.Ordinal);
        Assert.Contains(" -p:PublishAot=true ", workflow, StringComparison.Ordinal);
        Assert.Contains("-p:ContainerBaseImage=\"$base@$digest\"", workflow, StringComparison.Ordinal);
    }

    private static string Last(string instruction) =>
        Dockerfile.Last(line => line.StartsWith(instruction + " ", StringComparison.Ordinal))[(instruction.Length + 1)..];

    private async Task<JsonElement> EvaluateAsync() =>
        JsonDocument
            .Parse(
                await DotnetCommand.RunAsync(
                    _directory,
                    "msbuild",
                    Path.Combine(Repository.Root, "HxFunctions.Cli"),
                    "-getProperty:ContainerUser,ContainerWorkingDirectory,ContainerAppCommandInstruction,ContainerTitle,ContainerVendor",
                    "-getProperty:ContainerLicenseExpression,ContainerInformationUrl,ContainerDocumentationUrl,PublishRepositoryUrl",
                    "-getItem:ContainerAppCommand,ContainerDefaultArgs,ContainerPort,ContainerEnvironmentVariable"
                )
            )
            .RootElement;
}
