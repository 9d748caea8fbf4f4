using HxFunctions.Wiring;

namespace HxFunctions.Tests.Wiring;

public sealed class LangfuseCheckTests : IDisposable
{
    private readonly DirectoryInfo _environment = Directory.CreateTempSubdirectory("hx-venv-");

    public void Dispose() => _environment.Delete(recursive: true);

    [Theory]
    [InlineData("litellm-1.74.9", "langfuse-3.2.1", true)]
    [InlineData("litellm-1.81.8", "langfuse-3.0.0rc1", true)]
    [InlineData("litellm-1.74.9", "langfuse-2.60.10", false)]
    [InlineData("litellm-1.90.0", "langfuse-3.2.1", false)]
    [InlineData("litellm-1.74.9", "langfuse_otel-3.2.1", false)]
    [InlineData("other-1.0.0", "langfuse-3.2.1", false)]
    public void Client_that_litellm_cannot_use_is_told(string litellm, string langfuse, bool told)
    {
        string packages = Path.Combine(_environment.FullName, "lib", "python3.12", "site-packages");
        Directory.CreateDirectory(Path.Combine(packages, $"{litellm}.dist-info"));
        Directory.CreateDirectory(Path.Combine(packages, $"{langfuse}.dist-info"));
        string? problem = LangfuseCheck.Problem(Path.Combine(_environment.FullName, "bin", "litellm"));
        Assert.Equal(told, problem is not null);
        if (told)
        {
            Assert.Contains("langfuse<3", problem, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("litellm")]
    [InlineData("/usr/sbin/litellm")]
    [InlineData("/nowhere/bin/litellm")]
    public void Program_outside_of_any_environment_is_left_alone(string? program) => Assert.Null(LangfuseCheck.Problem(program));
}
