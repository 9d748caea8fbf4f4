using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>packages.lock.json: where <c>CI=true</c>, a restore takes the packages that it names, by their hashes, or fails.</summary>
/// <remarks>https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files#locking-dependencies</remarks>
public sealed partial class LockFileTests : IDisposable
{
    private const string Project = "HxFunctions.Servers";

    private readonly ThrowAwayDirectory _directory = new("hx-lock-");

    public LockFileTests()
    {
        foreach (string file in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json" })
        {
            File.Copy(Path.Combine(Repository.Root, file), In(file));
        }

        Directory.CreateDirectory(In(Project));
        foreach (string file in new[] { $"{Project}.csproj", "packages.lock.json" })
        {
            File.Copy(Path.Combine(Repository.Root, Project, file), In($"{Project}/{file}"));
        }
    }

    private string Lock => In($"{Project}/packages.lock.json");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Every_project_of_the_solution_has_its_lock()
    {
        string[] projects =
        [
            .. SolutionProject()
                .Matches(File.ReadAllText(Path.Combine(Repository.Root, "HxFunctions.sln")))
                .Select(match => match.Groups[1].Value.Replace('\\', '/')),
        ];
        Assert.True(projects.Length > 10, $"{projects.Length} projects");
        Assert.All(
            projects,
            project =>
            {
                string file = Path.Combine(Repository.Root, Path.GetDirectoryName(project)!, "packages.lock.json");
                using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
                Assert.NotEqual("", document.RootElement.GetProperty("dependencies").GetProperty("net10.0").ToString());
            }
        );
    }

    [Fact]
    public async Task Lock_of_the_project_is_enough_in_CI_and_is_not_written()
    {
        string before = await File.ReadAllTextAsync(Lock);
        (int code, string output, string error) = await RestoreAsync(ci: true);
        Assert.True(code == 0, output + error);
        Assert.Equal(before, await File.ReadAllTextAsync(Lock));
    }

    /// <summary>NU1403: other bytes. NU1004: the project asks for what the lock doesn't have.</summary>
    [Theory]
    [InlineData("packages.lock.json", "\"contentHash\": \"....", "\"contentHash\": \"AAAA", "NU1403")]
    [InlineData("packages.lock.json", "\\[10\\.0\\.3, \\)", "[10.0.2, )", "NU1004")]
    [InlineData("HxFunctions.Servers.csproj", "\"Npgsql\" />", "\"Npgsql\" /><PackageReference Include=\"NCrontab\" />", "NU1004")]
    public async Task Wrong_lock_fails_in_CI(string file, string right, string wrong, string code)
    {
        string path = In($"{Project}/{file}"),
            text = await File.ReadAllTextAsync(path),
            changed = new Regex(right).Replace(text, wrong, 1);
        Assert.NotEqual(text, changed);
        await File.WriteAllTextAsync(path, changed);

        (int exit, string output, string error) = await RestoreAsync(ci: true);

        Assert.NotEqual(0, exit);
        Assert.Contains(code, output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lock_is_written_anew_on_a_developers_machine()
    {
        string before = await File.ReadAllTextAsync(Lock),
            project = In($"{Project}/{Project}.csproj");
        await File.WriteAllTextAsync(
            project,
            (await File.ReadAllTextAsync(project)).Replace(
                "\"Npgsql\" />",
                "\"Npgsql\" /><PackageReference Include=\"NCrontab\" />",
                StringComparison.Ordinal
            )
        );

        (int code, string output, string error) = await RestoreAsync(ci: false);

        Assert.True(code == 0, output + error);
        string after = await File.ReadAllTextAsync(Lock);
        Assert.NotEqual(before, after);
        Assert.Contains("NCrontab", after, StringComparison.Ordinal);
    }

    private Task<(int Code, string Output, string Error)> RestoreAsync(bool ci)
    {
        ProcessStartInfo info = DotnetCommand.Info(_directory, "restore", In(Project));
        info.Environment["CI"] = ci ? "true" : null;
        return DotnetCommand.ExitAsync(info);
    }

    private string In(string name) => Path.Combine(_directory.Path, name);

    [GeneratedRegex(@"""([^""]+\.csproj)""")]
    private static partial Regex SolutionProject();
}
