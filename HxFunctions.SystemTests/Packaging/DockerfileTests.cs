using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>containers/Dockerfile, which no engine builds here: its instructions, held against the project.</summary>
public sealed partial class DockerfileTests
{
    private static readonly (string Instruction, string Arguments)[] Lines = Read();
    private static readonly int Last = Array.FindLastIndex(Lines, line => line.Instruction == "FROM");

    [Fact]
    public void Base_images_are_microsofts_of_this_version_and_the_last_has_no_shell()
    {
        string framework = Property("Directory.Build.props", "TargetFramework").Replace("net", "", StringComparison.Ordinal);
        string[] images =
        [
            .. Lines
                .Where(line => line.Instruction == "FROM")
                .Select(line => line.Arguments.Split(' ').First(word => !word.StartsWith("--", StringComparison.Ordinal))),
        ];
        Assert.Equal(
            [$"mcr.microsoft.com/dotnet/sdk:{framework}-noble-aot", $"mcr.microsoft.com/dotnet/runtime-deps:{framework}-noble-chiseled"],
            images
        );
        Assert.DoesNotContain(Lines[Last..], line => line.Instruction is "RUN" or "ADD");
    }

    [Fact]
    public void It_runs_as_a_number_that_is_not_root_and_takes_signals_itself()
    {
        Assert.InRange(int.Parse(Only("USER"), System.Globalization.CultureInfo.InvariantCulture), 1, int.MaxValue);
        Assert.Equal(["/app/hx"], Exec(Only("ENTRYPOINT")));
        Assert.Equal(["serve"], Exec(Only("CMD")));
        string[] health = Exec(Only("HEALTHCHECK")[Only("HEALTHCHECK").IndexOf('[', StringComparison.Ordinal)..]);
        Assert.Equal(["/app/hx", "ready"], health);
    }

    [Fact]
    public void What_is_started_is_what_the_project_publishes()
    {
        string project = Path.Combine("HxFunctions.Cli", "HxFunctions.Cli.csproj");
        Assert.Equal("hx", Property(project, "AssemblyName"));
        string publish = Assert.Single(Lines, line => line.Arguments.StartsWith("dotnet publish ", StringComparison.Ordinal)).Arguments;
        Assert.Contains(" HxFunctions.Cli ", publish, StringComparison.Ordinal);
        Assert.Contains(" --output /app ", publish, StringComparison.Ordinal);
        // The base image has no .NET.
        Assert.EndsWith(" -p:PublishAot=true", publish, StringComparison.Ordinal);
        Assert.Contains(Lines[Last..], line => line is ("COPY", "--from=build /app ./"));
        Assert.Equal("/app", Lines[Last..].Single(line => line.Instruction == "WORKDIR").Arguments);
    }

    [Fact]
    public void Everything_that_the_project_builds_from_is_copied_and_let_in()
    {
        string[] copied = [.. Lines[..Last].Where(line => line.Instruction == "COPY").SelectMany(line => line.Arguments.Split(' ')[..^1])];
        string[] ignore =
        [
            .. File.ReadAllLines(Path.Combine(Repository.Root, ".dockerignore")).Where(line => line.Length > 0 && line[0] != '#'),
        ];
        Assert.Equal("*", ignore[0]);
        Assert.All(copied, path => Assert.True(Path.Exists(Path.Combine(Repository.Root, path)), path));
        Assert.All(
            copied,
            path => Assert.Contains(ignore, rule => rule[0] == '!' && (path + "/").StartsWith(rule[1..] + "/", StringComparison.Ordinal))
        );

        string[] needed = [.. BuiltFrom("HxFunctions.Cli/HxFunctions.Cli.csproj").Distinct()];
        Assert.Contains("HxFunctions.Core", needed);
        Assert.Contains("openapi.json", needed);
        Assert.DoesNotContain("HxFunctions.Servers.Garnet", needed);
        // What MSBuild and the SDK read by themselves, where it is.
        string[] found = ["global.json", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "NuGet.config"];
        Assert.All(
            [.. needed, .. found.Where(file => File.Exists(Path.Combine(Repository.Root, file)))],
            path => Assert.Contains(copied, copy => path == copy || path.StartsWith(copy + "/", StringComparison.Ordinal))
        );
        Assert.All(new[] { "**/bin", "**/obj", "**/local.settings.json", "**/.env" }, rule => Assert.Contains(rule, ignore));
    }

    [Fact]
    public void No_secret_is_built_in() =>
        Assert.DoesNotContain(Lines, line => line.Instruction is "ENV" or "ARG" && SecretName().IsMatch(line.Arguments));

    /// <summary>The folder of a project, whatever it takes from outside of it, and the same of every project that it refers to: paths from
    /// the repository's root.</summary>
    private static IEnumerable<string> BuiltFrom(string project)
    {
        string folder = Path.GetDirectoryName(project)!;
        yield return folder;
        foreach (XAttribute include in XElement.Load(Path.Combine(Repository.Root, project)).Descendants().Attributes("Include"))
        {
            // What the native build leaves out isn't needed.
            bool always = include.Parent!.AncestorsAndSelf().All(element => element.Attribute("Condition") is null);
            foreach (string path in include.Value.Split(';').Where(path => always && path.StartsWith("../", StringComparison.Ordinal)))
            {
                string outside = Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, folder, path)).Split("/**")[0];
                foreach (string one in include.Parent.Name.LocalName == "ProjectReference" ? BuiltFrom(outside) : [outside])
                {
                    yield return one;
                }
            }
        }
    }

    private static string Only(string instruction) => Assert.Single(Lines, line => line.Instruction == instruction).Arguments;

    /// <summary>The exec form: no shell stands between the engine and the program.</summary>
    private static string[] Exec(string rest) => JsonSerializer.Deserialize<string[]>(rest)!;

    private static string Property(string file, string name) =>
        XElement.Load(Path.Combine(Repository.Root, file)).Descendants(name).Single().Value;

    private static (string, string)[] Read() =>
        [
            .. File.ReadAllLines(Path.Combine(Repository.Root, "containers", "Dockerfile"))
                .Where(line => line.Length > 0 && line[0] != '#')
                .Select(line => line.Split(' ', 2))
                .Select(pair => (pair[0], pair[1])),
        ];

    [GeneratedRegex("PG_URL|REDIS_URL|KEY|SECRET|PASSWORD|TOKEN", RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();
}
